#pragma once
// What a connection waits for, each with a due time of its own.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "runtime/timing_wheel.h"

namespace wyld::session {

enum class Deadline : std::uint8_t {
  kLogin,       // the player has entered the world
  kSlowReader,  // the output that waits has left
  kStore,       // the store has answered for a client that wants to resume
  // The rest are moments to look, not bounds.
  kCode,       // whether the player can be shown a code
  kEcho,       // whether the client has heard that it echoes again
  kLoginWait,  // the login goes on
  kLate,       // requests that came too fast are heard
};

// Due times by name, over one timer of the wheel: that of the earliest. Setting one never moves another.
//
// Owner    a channel.
// Thread   its shard's.
class Deadlines {
 public:
  static constexpr std::size_t kCount = 7;

  // `function(context)` runs when a deadline has passed; it calls take_due() until that gives none, then
  // rearm().
  Deadlines(runtime::Timer::Function function, void* context) noexcept : timer_(function, context) {
    due_.fill(kNever);
  }

  void set(runtime::TimingWheel& timers, Deadline which, runtime::TimePoint when) noexcept;
  // Later by so much (or earlier, when negative), if it is set.
  void postpone(runtime::TimingWheel& timers, Deadline which, runtime::Duration by) noexcept;
  // The timer may still fire at that time, and finds nothing due.
  void cancel(Deadline which) noexcept { due_[index(which)] = kNever; }
  void cancel_all() noexcept;

  [[nodiscard]] bool is_set(Deadline which) const noexcept { return due_[index(which)] != kNever; }
  [[nodiscard]] std::optional<runtime::TimePoint> due(Deadline which) const noexcept;

  // The earliest of those that are due, which is no longer set then.
  [[nodiscard]] std::optional<Deadline> take_due(runtime::TimePoint now) noexcept;
  void rearm(runtime::TimingWheel& timers) noexcept;

 private:
  static constexpr runtime::TimePoint kNever = runtime::TimePoint::max();
  [[nodiscard]] static constexpr std::size_t index(Deadline which) noexcept {
    return static_cast<std::size_t>(which);
  }

  std::array<runtime::TimePoint, kCount> due_;
  runtime::Timer timer_;
};

}  // namespace wyld::session
