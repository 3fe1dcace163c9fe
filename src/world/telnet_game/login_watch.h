#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "world/telnet_game/login_run.h"
#include "world/telnet_game/login_script.h"

namespace wyld::telnet_game {

// Learns under which name a player logs in by hand, for the login script of the next time: from the line that
// the player types where the script would send ${account}, or from what the client says by GMCP Char.Login.
// A name counts only when the game has taken the login, by one of the script's `success` texts: else anybody
// could name another player's account, and the script would log them in with that player's secret. Pure.
//
// Owner    Player, until the name is known or kTextBytesMax have been said.
// Thread   the shard's.
// Limits   keeps as much text as the longest that is looked for, and one line.
class LoginWatch {
 public:
  static constexpr std::size_t kTextBytesMax = 256 * 1024;

  // `script` outlives this.
  explicit LoginWatch(const LoginScript& script);

  void said(std::string_view utf8);
  // `secret`: the client did not show it.
  void typed(std::string_view line, bool secret);
  // Char.Login.Credentials to the game.
  void offered(std::string_view account);

  // The account; empty: not known yet.
  [[nodiscard]] const std::string& account() const noexcept { return known_; }
  // Nothing more will be learnt.
  [[nodiscard]] bool over() const noexcept { return !known_.empty() || said_bytes_ > kTextBytesMax; }

 private:
  void suppose(std::string_view account);
  void look();
  // Where text_ has `text`, with its reference replaced; npos: nowhere.
  [[nodiscard]] std::size_t find(const std::string& text) const;

  const LoginScript& script_;
  std::size_t longest_ = 1;
  std::size_t step_ = 0;
  std::size_t said_bytes_ = 0;
  PlainText plain_;
  std::string text_;       // what was said since the last text was found
  std::string last_line_;  // the last one that was no secret, until something else is typed
  std::string supposed_;   // until the game has taken the login
  std::string known_;
};

}  // namespace wyld::telnet_game
