#include "world/telnet_game/closing.h"

#include <algorithm>

namespace wyld::telnet_game {

void Closings::note(runtime::TimePoint now, bool own_line) noexcept {
  if (count(now) == 0) {
    first_ = now;
    count_ = unprompted_ = 0;
  }
  ++count_;
  if (!own_line) ++unprompted_;
}

std::size_t Closings::count(runtime::TimePoint now) const noexcept {
  return now - first_ <= kWindow ? count_ : 0;
}

std::size_t Closings::unprompted(runtime::TimePoint now) const noexcept {
  return now - first_ <= kWindow ? unprompted_ : 0;
}

Verdict judge(bool own_line, const Closings& closings, std::size_t living, runtime::TimePoint now) noexcept {
  const std::size_t together = closings.count(now);
  const std::size_t unprompted = closings.unprompted(now);
  // Players who say goodbye at one moment all typed something.
  if (together > 1 && together > living && unprompted > 0) return Verdict::kDied;
  if (own_line && living > 0 && unprompted == 0) return Verdict::kLeft;
  return Verdict::kAsk;
}

std::chrono::milliseconds redial_delay(unsigned failures, std::chrono::milliseconds first,
                                       std::chrono::milliseconds max, std::uint64_t random) noexcept {
  constexpr unsigned kDoublingsMax = 20;
  const std::int64_t whole =
      std::max<std::int64_t>(1, std::min(max.count(), first.count() << std::min(failures, kDoublingsMax)));
  return std::chrono::milliseconds(
      whole - static_cast<std::int64_t>(random % static_cast<std::uint64_t>(whole / 2 + 1)));
}

}  // namespace wyld::telnet_game
