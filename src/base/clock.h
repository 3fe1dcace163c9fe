#pragma once

#include <chrono>

namespace wyld {

// What time it is for one shard. Whoever drives the shard (its loop, a simulation, a test) sets it
// at the beginning of each turn; everyone else only reads, and nobody below the edges asks the system.
struct TurnClock {
  std::chrono::steady_clock::time_point now{};
  std::chrono::system_clock::time_point wall{};
};

}  // namespace wyld
