#include "session/deadlines.h"

#include <algorithm>

namespace wyld::session {

void Deadlines::set(runtime::TimingWheel& timers, Deadline which, runtime::TimePoint when) noexcept {
  due_[index(which)] = when;
  rearm(timers);
}

void Deadlines::postpone(runtime::TimingWheel& timers, Deadline which, runtime::Duration by) noexcept {
  if (is_set(which)) set(timers, which, due_[index(which)] + by);
}

void Deadlines::cancel_all() noexcept {
  due_.fill(kNever);
  timer_.cancel();
}

std::optional<runtime::TimePoint> Deadlines::due(Deadline which) const noexcept {
  return is_set(which) ? std::optional(due_[index(which)]) : std::nullopt;
}

std::optional<Deadline> Deadlines::take_due(runtime::TimePoint now) noexcept {
  const auto earliest = std::min_element(due_.begin(), due_.end());
  if (*earliest > now) return std::nullopt;
  *earliest = kNever;
  return static_cast<Deadline>(earliest - due_.begin());
}

void Deadlines::rearm(runtime::TimingWheel& timers) noexcept {
  const runtime::TimePoint earliest = *std::min_element(due_.begin(), due_.end());
  if (earliest == kNever) {
    timer_.cancel();
  } else {
    timers.schedule(timer_, earliest);
  }
}

}  // namespace wyld::session
