#pragma once
// One session on its way through the gateway's own login.

#include <cstdint>

#include "runtime/timing_wheel.h"
#include "session/login_dialogue.h"

namespace wyld::session {

// Follows a LoginDialogue, and says what each of its steps means for the session beside the words: states,
// echo, time, and whether lines may be read. Decides only.
//
// Owner    a connection's half of a session, between its welcome and the world.
// Thread   its shard's.
class LoginProgress {
 public:
  // What a step asks for, in this order; then its text and its action.
  struct Effects {
    bool check_ends = false;       // `late_by`: how much later the login's deadline is
    bool moves = false;            // to the step's state
    bool renews_deadline = false;  // a new question has a time of its own
    bool changes_echo = false;     // as LoginStep::secret says
    bool tells_result = false;     // to the client that signs in by itself,
    bool success = false;          // this
    bool check_begins = false;     // the deadline is postponed by kCheckPatience, after the step's text
    runtime::Duration late_by{0};
  };

  // How long a check may take, with the waits that it imposes, before the login's deadline ends the session
  // all the same. Only an answer that was lost takes as long.
  static constexpr std::chrono::minutes kCheckPatience{10};

  [[nodiscard]] LoginDialogue& dialogue() noexcept { return dialogue_; }
  // `state`: the session's before the step.
  [[nodiscard]] Effects follow(const LoginStep& step, State state, runtime::TimePoint now) noexcept;
  // By credentials(), whose outcome is to be told.
  void signs_in() noexcept { by_client_ = true; }

  // Lines wait until a question to the accounts, or a wait that was imposed, is over.
  [[nodiscard]] bool is_checking() const noexcept { return checking_; }
  // The client has been told not to show what is typed.
  [[nodiscard]] bool is_secret() const noexcept { return secret_; }

 private:
  LoginDialogue dialogue_;
  runtime::TimePoint check_ends_{};  // while checking
  bool checking_ = false;
  bool secret_ = false;
  bool by_client_ = false;
  std::uint16_t states_seen_ = 0;  // bit n: has been in state n
};

}  // namespace wyld::session
