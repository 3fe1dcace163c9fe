#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "session/account_service.h"
#include "session/player_transport.h"
#include "session/state.h"

namespace wyld::session {

// What is to be done after a step of the dialogue, in this order: move to `state`, hide or show what is
// typed, say `text`, then `action`.
struct LoginStep {
  enum class Action : std::uint8_t {
    kAsk,        // the text ends in a question
    kLogIn,      // ask the service about attempt(); answered() takes what it says
    kCheckName,  // the same with name()
    kCreate,     // the same with account()
    kWait,       // nothing for `wait`, then waited()
    kEnter,      // name() has logged in
    kLeave,      // the session ends; `text` is why
  };
  Action action = Action::kAsk;
  State state = State::kUsername;
  bool secret = false;  // what is typed next is not shown
  std::string text;
  std::chrono::milliseconds wait{0};
  EndReason reason = EndReason::kWorldEnded;  // of kLeave
};

// The gateway's own login: asks for name and password, or makes a new account. Words and their order are the
// same for a name that nobody has as for a wrong password. Sans-I/O: lines and answers in, steps out.
//
// Owner    ShardSessions, one for each session that is logging in.
// Thread   the session's shard.
// Errors   a player's mistakes are answered with a sentence and the question again.
// Limits   kRefusalsMax wrong passwords, then kTakenMax names that others have: the session ends. Between
//          kLogIn, kCheckName, kCreate or kWait and their end no line is taken.
class LoginDialogue {
 public:
  static constexpr int kRefusalsMax = 5;
  static constexpr int kTakenMax = 10;

  [[nodiscard]] LoginStep start(std::string_view banner);
  [[nodiscard]] LoginStep line(std::string_view text);
  // Name and password at once, from a client that keeps them; only where they are taken.
  [[nodiscard]] LoginStep credentials(std::string_view name, std::string_view password);
  [[nodiscard]] bool takes_credentials() const noexcept {
    return state_ == State::kUsername || state_ == State::kPassword;
  }
  [[nodiscard]] LoginStep answered(const AccountAnswer& answer);
  // The service had no room for the question.
  [[nodiscard]] LoginStep busy();
  [[nodiscard]] LoginStep waited();
  // The question again, on a new line.
  [[nodiscard]] LoginStep repeat() { return ask("\n"); }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] LoginAttempt attempt(std::string_view address) const;
  [[nodiscard]] NewAccount account(std::string_view address) const;

 private:
  [[nodiscard]] LoginStep username(std::string_view text);
  [[nodiscard]] LoginStep password(std::string_view text);
  [[nodiscard]] LoginStep new_username(std::string_view text);
  [[nodiscard]] LoginStep new_password(std::string_view text);
  [[nodiscard]] LoginStep new_confirm(std::string_view text);
  [[nodiscard]] LoginStep new_email(std::string_view text);
  [[nodiscard]] LoginStep refused(std::string_view why);
  [[nodiscard]] LoginStep taken(std::string_view why);
  [[nodiscard]] LoginStep wait_for(std::chrono::milliseconds wait);
  [[nodiscard]] LoginStep give_up(std::string_view why);

  // `before`, then the question of the present state.
  [[nodiscard]] LoginStep ask(std::string_view before);
  [[nodiscard]] LoginStep go(State state, std::string_view before);
  [[nodiscard]] LoginStep consult(LoginStep::Action action, std::string_view before);
  [[nodiscard]] LoginStep leave(EndReason reason, std::string_view text);

  State state_ = State::kUsername;
  std::string name_;
  Secret password_;
  std::string email_;
  std::chrono::milliseconds waited_{0};
  std::chrono::milliseconds waiting_{0};
  int refusals_ = 0;
  int taken_ = 0;
};

}  // namespace wyld::session
