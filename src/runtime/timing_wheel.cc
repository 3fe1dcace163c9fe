#include "runtime/timing_wheel.h"

#include <algorithm>
#include <bit>

namespace wyld::runtime {

void Timer::cancel() noexcept {
  if (wheel_ != nullptr) wheel_->unlink(*this);
}

void TimingWheel::unlink(Timer& timer) noexcept {
  *timer.previous_link_ = timer.next_;
  if (timer.next_ != nullptr) timer.next_->previous_link_ = timer.previous_link_;
  timer.next_ = nullptr;
  timer.previous_link_ = nullptr;
  timer.wheel_ = nullptr;
  --count_;
}

void TimingWheel::schedule(Timer& timer, TimePoint when) noexcept {
  timer.cancel();
  std::uint64_t tick = current_tick_ + 1;
  if (when > start_) {
    const Duration since = when - start_;
    const auto rounded_up = static_cast<std::uint64_t>((since + kTick - Duration(1)) / kTick);
    tick = std::max(tick, rounded_up);
  }
  timer.deadline_tick_ = tick;
  timer.wheel_ = this;
  const std::size_t slot = tick % kSlots;
  timer.next_ = slots_[slot];
  timer.previous_link_ = &slots_[slot];
  if (timer.next_ != nullptr) timer.next_->previous_link_ = &timer.next_;
  slots_[slot] = &timer;
  occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
  ++count_;
}

void TimingWheel::advance(TimePoint now) {
  if (now <= start_) return;
  const auto target = static_cast<std::uint64_t>((now - start_) / kTick);
  // A jump over a whole turn of the wheel visits every slot once.
  const std::uint64_t first = target - current_tick_ > kSlots ? target - kSlots + 1 : current_tick_ + 1;
  for (std::uint64_t tick = first; tick <= target && count_ > 0; ++tick) {
    const std::size_t slot = tick % kSlots;
    if (slots_[slot] == nullptr) {
      occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
      continue;
    }
    // Take the slot's list, so that a callback may cancel, destroy or schedule any timer.
    Timer* due = slots_[slot];
    slots_[slot] = nullptr;
    due->previous_link_ = &due;
    current_tick_ = std::max(current_tick_, tick);
    while (due != nullptr) {
      Timer& timer = *due;
      const std::uint64_t deadline = timer.deadline_tick_;
      unlink(timer);
      if (deadline <= target) {
        timer.function_(timer.context_);
      } else {
        schedule(timer, time_of(deadline));
      }
    }
    if (slots_[slot] == nullptr) occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  }
  current_tick_ = std::max(current_tick_, target);
}

TimePoint TimingWheel::time_of(std::uint64_t tick) const noexcept {
  return start_ + kTick * static_cast<std::int64_t>(tick);
}

TimePoint TimingWheel::next_wake() const noexcept {
  if (count_ == 0) return TimePoint::max();
  // The next occupied slot after the current tick; its timers may belong to a later turn, then we wake
  // once for nothing every 4 seconds.
  const std::uint64_t begin = current_tick_ + 1;
  for (std::size_t ahead = 0; ahead < kSlots;) {
    const std::size_t slot = (begin + ahead) % kSlots;
    const std::uint64_t word = occupied_[slot / 64] >> (slot % 64);
    if (word != 0) return time_of(begin + ahead + static_cast<unsigned>(std::countr_zero(word)));
    ahead += 64 - slot % 64;
  }
  return time_of(begin);
}

}  // namespace wyld::runtime
