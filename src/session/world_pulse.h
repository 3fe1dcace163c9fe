#pragma once
// When a world was last heard by any of its links.

#include <atomic>
#include <chrono>

namespace wyld::session {

// Owner    apps/; outlives the links.
// Thread   any.
class WorldPulse {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Called for everything that arrives: it writes to memory that shards share once in a second only.
  void heard(TimePoint now) noexcept {
    const TimePoint::rep ticks = now.time_since_epoch().count();
    if (ticks - last_.load(std::memory_order_relaxed) < kStep.count()) return;
    last_.store(ticks, std::memory_order_relaxed);
  }

  // True when the world was heard after `when`; may say no for a second longer.
  [[nodiscard]] bool heard_since(TimePoint when) const noexcept {
    return last_.load(std::memory_order_relaxed) > when.time_since_epoch().count();
  }

 private:
  static constexpr TimePoint::duration kStep = std::chrono::seconds(1);

  std::atomic<TimePoint::rep> last_{0};
};

}  // namespace wyld::session
