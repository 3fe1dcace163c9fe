#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/capabilities.h"
#include "codec/gmcp/message.h"
#include "runtime/timing_wheel.h"
#include "session/world_link.h"
#include "world/telnet_game/login_run.h"
#include "world/telnet_game/login_watch.h"
#include "world/telnet_game/sent_lines.h"
#include "world/telnet_game/upstream.h"

namespace wyld::telnet_game {

class TelnetGameLink;

// Where a player stands with the game.
enum class Phase : std::uint8_t {
  kDialling,   // for the first time; the game has not answered yet
  kPlaying,    // the game has taken the connection
  kClosed,     // the game has closed it; what that means is being found out
  kResting,    // away: the last connection did not last, so the next one waits
  kAway,       // away: waits for its turn
  kReturning,  // away: being dialled
};

// Why no more input is wanted from a player; bits.
enum Block : std::uint8_t {
  kGameDoesNotRead = 1,
  kClosing = 2,    // Phase::kClosed
  kLoggingIn = 4,  // the gateway is typing
};

// A moment at which something is to be done for one player.
struct PlayerTimer {
  PlayerTimer(TelnetGameLink& of, session::SessionHandle who, runtime::Timer::Function function)
      : link(of), session(who), timer(function, this) {}
  TelnetGameLink& link;
  const session::SessionHandle session;
  runtime::Timer timer;
};

struct Login {
  Login(const LoginScript& script, std::string_view account, TelnetGameLink& link, session::SessionHandle who,
        runtime::Timer::Function on_timeout)
      : run(script, account), timeout(link, who, on_timeout) {}
  LoginRun run;
  PlayerTimer timeout;
};

struct EarlyLine {
  std::string text;
  bool shown;  // it is no secret
};

// What is known of one player, whether or not the game is there.
//
// Owner    TelnetGameLink, from attach to detach.
// Thread   the shard's.
struct Player {
  session::SessionHandle session;
  SessionId id;
  Capabilities capabilities;
  std::string address;
  std::string account;  // whom to log in as; empty: unknown
  std::string hello;    // GMCP Core.Hello and Core.Supports as the client has them now
  gmcp::Supports supports;

  Phase phase = Phase::kDialling;
  std::uint8_t blocks = 0;       // of Block
  std::uint8_t short_lives = 0;  // connections in a row that did not last
  bool own_line = false;         // of kClosed: something had just been typed
  bool asks = false;             // of kClosed: only a new connection can tell
  bool entered = false;
  bool drop_logged = false;  // that something which the game sent was dropped
  bool returning = false;    // has been in the game before, and may be logged in by the script
  bool redialled = false;    // the gateway made the connection that is open, or was last, by itself
  bool paused = false;       // the player's output is over its high mark
  runtime::TimePoint spoke_at{};
  runtime::TimePoint answered_at{};  // when the game took the connection that is open, or was last
  runtime::TimePoint closed_at{};

  SentLines sent;
  // While another address may have to be tried: what was typed, to be sent there.
  std::vector<EarlyLine> early;
  std::unique_ptr<Upstream> upstream;
  std::unique_ptr<PlayerTimer> rest;
  std::unique_ptr<Login> login;
  std::unique_ptr<LoginWatch> watch;  // while the player may log in by hand, and a script needs the account
};

}  // namespace wyld::telnet_game
