#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "world/telnet_game/login_script.h"

namespace wyld::telnet_game {

// What a terminal would show of a text, as a stream: without escape sequences and without control characters
// other than '\n'. Pure.
class PlainText {
 public:
  // Appends what is left of `utf8` to `out`.
  void feed(std::string_view utf8, std::string& out);

 private:
  enum class State : std::uint8_t { kText, kEscape, kCsi, kString, kStringEscape };
  State state_ = State::kText;
};

// One player's login by a script: the game's text in, lines to type out. Pure; the same text gives the same
// steps however it is cut.
//
// Owner    Player, while it lasts.
// Thread   the shard's.
// Limits   keeps as much text as the longest that is looked for.
class LoginRun {
 public:
  enum class Move : std::uint8_t { kWait, kSend, kSucceeded, kFailed };

  // `script` serves `account` and outlives this.
  LoginRun(const LoginScript& script, std::string_view account);

  void feed(std::string_view utf8);
  // What to do now. kSend: `line` is to be typed, and wiped; ask again. kSucceeded, kFailed: it is over.
  [[nodiscard]] Move next(std::string& line);
  // Steps done, for the log.
  [[nodiscard]] std::size_t step() const noexcept { return step_; }

 private:
  [[nodiscard]] bool done() const noexcept { return step_ == script_.steps().size(); }

  const LoginScript& script_;
  const std::string account_;
  std::vector<std::string> success_;
  std::vector<std::string> failure_;
  std::size_t longest_ = 1;  // of the texts that are looked for, in bytes
  std::size_t step_ = 0;
  PlainText plain_;
  std::string text_;  // what was said since the last text was found
};

}  // namespace wyld::telnet_game
