#pragma once
// How the gateway logs a player in to a telnet game: a small file of the operator's.
// docs/design/world-restarts.md describes it.

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "session/secret.h"

namespace wyld::telnet_game {

// One login, read from such lines (# begins a comment):
//
//   expect "name:"                                  waits for this text
//   send "connect ${account} ${secret}"             types a line; "" is the Return key alone
//   success "Welcome back"                          after the last step, one of these must come
//   failure "Either that player does not exist"     at any time: it has failed
//   timeout 20s                                     for all of it, 1 to 300 seconds; this is the default
//   run always                                      also for who comes for the first time
//   secret alice "open sesame"                      what ${secret} is for the account alice, ${secret:alice}
//                                                   for everybody
//
// A telnet game's accounts are learnt where a player who logs in by hand types what such a line sends
// (login_watch.h); a file that uses ${account} or ${secret} has to send ${account} therefore.
//
// Owner    TelnetGameOptions; the shards share it.
// Errors   a wrong line is a sentence with its number. No message repeats what stands in the file: a slip of
//          the keyboard may turn a secret into anything.
// Limits   kFileBytesMax, kStepsMax, kTextsMax, kTextBytesMax, kSecretsMax.
class LoginScript {
 public:
  static constexpr std::size_t kFileBytesMax = 256 * 1024;
  static constexpr std::size_t kStepsMax = 32;
  static constexpr std::size_t kTextsMax = 16;  // of success, and of failure
  static constexpr std::size_t kTextBytesMax = 250;
  static constexpr std::size_t kSecretsMax = 2'000;

  struct Step {
    bool send;  // else: expect
    std::string text;
  };

  [[nodiscard]] static Outcome<LoginScript> parse(std::string_view text);

  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }
  [[nodiscard]] const std::vector<std::string>& success() const noexcept { return success_; }
  [[nodiscard]] const std::vector<std::string>& failure() const noexcept { return failure_; }
  [[nodiscard]] std::chrono::seconds timeout() const noexcept { return timeout_; }
  [[nodiscard]] bool always() const noexcept { return always_; }

  // Whether it uses ${account} or ${secret}: then it runs for players whose account is known.
  [[nodiscard]] bool needs_account() const;
  // Whether some step sends ${account} and nothing else.
  [[nodiscard]] bool asks_for_the_name_alone() const;
  // The account in a line that a player has typed in the place of `sent`; empty: it cannot be told.
  [[nodiscard]] static std::string_view account_in(std::string_view sent, std::string_view typed);

  // Whether every reference has a value for this account (empty: it has none).
  [[nodiscard]] bool serves(std::string_view account) const;
  // `text` with its references replaced; wipe() it after use. Only if it serves the account.
  [[nodiscard]] std::string expand(std::string_view text, std::string_view account) const;

 private:
  class Parser;
  struct Named {
    std::string name;
    session::Secret value;
  };

  [[nodiscard]] const session::Secret* secret(std::string_view name) const;
  // What `reference` ("account", "secret", "secret:NAME") stands for; nothing: it has no value.
  [[nodiscard]] std::optional<std::string_view> value(std::string_view reference,
                                                      std::string_view account) const;

  std::vector<Step> steps_;
  std::vector<std::string> success_;
  std::vector<std::string> failure_;
  std::vector<Named> secrets_;  // sorted by name_key of the name
  std::chrono::seconds timeout_{20};
  bool always_ = false;
};

// Reads a file that nobody but its owner and group can read. Blocks; for the start. The error is a sentence
// that names the file and what to do.
[[nodiscard]] Outcome<std::shared_ptr<const LoginScript>> load_login_script(const std::string& path);

}  // namespace wyld::telnet_game
