#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "session/input_gate.h"
#include "session/pending_commands.h"

namespace wyld::session {

struct ShardSessionsOptions {
  // Input beyond its rate waits, and the session stops reading until there is room again. More than may wait
  // is dropped, and the player is told.
  InputRates rates = {};
  WaitingLimits waiting = {};
  // Output waiting for one client. Over a quarter of it the world is asked to pause; over all of it
  // whole messages are dropped and the player is told. One message may exceed it when nothing waits.
  std::size_t output_bytes_max = 256 * 1024;
  // For logging in, from the connection on and however slowly the client reads; a player who makes an account
  // gets it again at each new question. While the game is away there is `queue.age_max`.
  std::chrono::milliseconds login_deadline{60'000};
  // A client whose output has been waiting that long without ever emptying is let go.
  std::chrono::milliseconds slow_reader_deadline{30'000};

  // How long a session without connection is kept; 0: not at all.
  std::chrono::milliseconds hold{15 * 60 * 1000};
  // Output kept for clients that come back: for each session, and for all of a shard.
  std::size_t scrollback_bytes = 64 * 1024;
  std::size_t scrollback_shard_bytes = 64 * 1024 * 1024;
  // What of their side channels is kept for all of a shard.
  std::size_t side_channel_shard_bytes = 32 * 1024 * 1024;
  // Players whose client keeps no token are shown a code.
  bool resume_codes = true;
  // What waits for a world that is away, and the words by which the player rules over it.
  PendingOptions pending = {};
  // Names this process in the numbering of output: larger than that of any process before it, below 2^53.
  std::uint64_t epoch = 1;
};

}  // namespace wyld::session
