#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace wyld::session {

class SessionRecord;

// Which places of the table to look at when: one list for each second. An entry only says "look": the
// record knows whether there is a session to expire.
//
// Owner    SessionManager.
// Thread   any.
// Memory   one pointer for a place that is queued; a place is queued twice only after it was queued again for
//          an earlier second.
class ExpiryQueue {
 public:
  using Second = std::uint32_t;  // since the epoch
  using Places = std::vector<SessionRecord*>;

  void add(Second second, SessionRecord& record) {
    const std::lock_guard lock(mutex_);
    seconds_[second].push_back(&record);
    first_.store(seconds_.begin()->first, std::memory_order_relaxed);
  }

  // The list of the earliest second up to `now`; the caller deals with all of it, or gives the rest back.
  [[nodiscard]] std::optional<std::pair<Second, Places>> take(Second now) {
    if (first_.load(std::memory_order_relaxed) > now) return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (seconds_.empty() || seconds_.begin()->first > now) return std::nullopt;
    std::pair<Second, Places> taken(seconds_.begin()->first, std::move(seconds_.begin()->second));
    seconds_.erase(seconds_.begin());
    first_.store(seconds_.empty() ? kNever : seconds_.begin()->first, std::memory_order_relaxed);
    return taken;
  }
  void give_back(Second second, Places rest) {
    const std::lock_guard lock(mutex_);
    Places& places = seconds_[second];
    if (places.empty()) {
      places = std::move(rest);
    } else {
      places.insert(places.end(), rest.begin(), rest.end());
    }
    first_.store(seconds_.begin()->first, std::memory_order_relaxed);
  }

 private:
  static constexpr Second kNever = std::numeric_limits<Second>::max();

  std::mutex mutex_;
  std::map<Second, Places> seconds_;
  std::atomic<Second> first_{kNever};
};

}  // namespace wyld::session
