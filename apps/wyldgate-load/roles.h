// The five roles a load program can play. Each runs to its end and returns the exit code; results
// go to standard output as JSON, one object to a line.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "wyldgate-load/wire.h"

namespace wyld::load {

struct GameOptions {
  sockaddr_in listen{};
  std::size_t reply_bytes = 48;  // The whole reply with its CRLF.
  std::size_t writes = 1;        // How many write() calls it leaves in: games often use several.
  bool negotiate = false;        // Offers options at connect, as a real game does.
  bool greet_known = false;      // Greets once it was told terminal type and window; needs `negotiate`.
  bool prompts = false;          // Ends each reply with IAC GA.
};
int run_game(const GameOptions& options);

struct PlayersOptions {
  sockaddr_in connect{};
  std::size_t connections = 1000;
  std::size_t ramp = 200;        // Connections opened before the answers are looked at.
  std::size_t line_bytes = 48;   // With the CRLF.
  std::size_t reply_bytes = 48;  // Checked against what arrives.
  Wire::Form form = Wire::Form::kTelnet;
  TelnetPeer::Manner manner = TelnetPeer::Manner::kClient;
  std::size_t round_trips = 100'000;  // Measured; 0 means until `seconds` have passed.
  double seconds = 0;
  std::size_t warmup = 10'000;  // Round trips before the measured ones.
  std::size_t inflight = 0;     // Closed loop: outstanding at once; 0 means one per connection.
  double rate = 0;              // Open loop: lines a second, all connections together.
  pid_t subject = 0;            // Its CPU time over the measured part is reported.
  bool step = false;  // Says "measuring" and "measured" and each time waits for a line on standard input.
  double give_up_seconds = 120;  // No progress for this long ends the run with an error.
};
int run_players(const PlayersOptions& options);

struct IdleOptions {
  sockaddr_in connect{};
  std::size_t connections = 10'000;
  Wire::Form form = Wire::Form::kTelnet;
  TelnetPeer::Manner manner = TelnetPeer::Manner::kClient;
  std::string name_prefix;     // Not empty: each connection sends PREFIX<number> as its first line.
  double quiet_seconds = 2.5;  // Silence that counts as settled; longer than negotiations may take.
};
int run_idle(const IdleOptions& options);

struct SetupOptions {
  sockaddr_in connect{};
  std::size_t connections = 1000;
  std::size_t warmup = 200;  // Opened and closed before the measured ones.
  Wire::Form form = Wire::Form::kTelnet;
  TelnetPeer::Manner manner = TelnetPeer::Manner::kClient;
  double rate = 500;           // Connections opened, and later closed, each second.
  std::size_t burst = 1;       // Of these, at once.
  double quiet_seconds = 0.2;  // Silence after which set-up and end count as over.
  pid_t subject = 0;           // Its CPU time over both is reported.
  bool step = false;           // As with the players.
};
int run_setup(const SetupOptions& options);

struct BroadcastOptions {
  sockaddr_in connect{};
  std::size_t listeners = 100;
  std::size_t rounds = 200;
  std::size_t warmup = 10;
  Wire::Form form = Wire::Form::kTelnet;
  TelnetPeer::Manner manner = TelnetPeer::Manner::kClient;
  std::string command = "shout";
  double quiet_seconds = 0.3;
  double give_up_seconds = 60;
};
int run_broadcast(const BroadcastOptions& options);

}  // namespace wyld::load
