#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace wyld::runtime {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

class TimingWheel;

// One deadline, embedded in the object it concerns. Destroying it cancels it.
class Timer {
 public:
  using Function = void (*)(void* context);

  // `function(context)` runs when the deadline passes; it may schedule or destroy this timer.
  Timer(Function function, void* context) noexcept : function_(function), context_(context) {}
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void cancel() noexcept;
  [[nodiscard]] bool scheduled() const noexcept { return wheel_ != nullptr; }

 private:
  friend class TimingWheel;
  Timer* next_ = nullptr;
  Timer** previous_link_ = nullptr;
  TimingWheel* wheel_ = nullptr;
  std::uint64_t deadline_tick_ = 0;
  Function function_;
  void* context_;
};

// Deadlines of one shard: scheduling, cancelling and expiry are O(1), however many there are. Pure: the
// owner says what time it is. Deadlines are kept to kTick; none fires early.
//
// Owner    a Loop (or a simulation).
// Thread   the owner's.
class TimingWheel {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds(8);

  explicit TimingWheel(TimePoint start) noexcept : start_(start) {}
  TimingWheel(const TimingWheel&) = delete;
  TimingWheel& operator=(const TimingWheel&) = delete;

  // (Re)schedules. `when` in the past fires at the next advance().
  void schedule(Timer& timer, TimePoint when) noexcept;
  // Fires everything due at `now`, in order of ticks.
  void advance(TimePoint now);
  // No timer fires before this; TimePoint::max() when there is none.
  [[nodiscard]] TimePoint next_wake() const noexcept;
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  friend class Timer;
  static constexpr std::size_t kSlots = 512;

  void unlink(Timer& timer) noexcept;
  [[nodiscard]] TimePoint time_of(std::uint64_t tick) const noexcept;

  TimePoint start_;
  std::uint64_t current_tick_ = 0;  // everything up to here has fired
  std::size_t count_ = 0;
  std::array<Timer*, kSlots> slots_{};
  std::array<std::uint64_t, kSlots / 64> occupied_{};
};

}  // namespace wyld::runtime
