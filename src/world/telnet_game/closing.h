#pragma once
// What a connection that the game has closed says about the game. Pure.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "runtime/timing_wheel.h"

namespace wyld::telnet_game {

// How often the game ended connections of its own accord within a second or so.
//
// Owner    TelnetGameLink, one per shard.
// Thread   the shard's.
class Closings {
 public:
  static constexpr runtime::Duration kWindow = std::chrono::seconds(1);

  // `own_line`: the player had just typed something, which may have been the game's word for leaving.
  void note(runtime::TimePoint now, bool own_line) noexcept;
  [[nodiscard]] std::size_t count(runtime::TimePoint now) const noexcept;
  // Those that followed no line of their player's.
  [[nodiscard]] std::size_t unprompted(runtime::TimePoint now) const noexcept;

 private:
  runtime::TimePoint first_{};
  std::size_t count_ = 0;
  std::size_t unprompted_ = 0;
};

enum class Verdict : std::uint8_t {
  kLeft,  // the game let this player go
  kDied,  // the game is gone
  kAsk,   // only a new connection can tell
};

// One orderly close, after others had time to follow. `living`: connections that the game keeps.
[[nodiscard]] Verdict judge(bool own_line, const Closings& closings, std::size_t living,
                            runtime::TimePoint now) noexcept;

// How long to wait before the game is tried again: `first` doubled `failures` times, at most `max`, less up
// to half of it by `random`, so that gateways and shards do not come all at once.
[[nodiscard]] std::chrono::milliseconds redial_delay(unsigned failures, std::chrono::milliseconds first,
                                                     std::chrono::milliseconds max,
                                                     std::uint64_t random) noexcept;

}  // namespace wyld::telnet_game
