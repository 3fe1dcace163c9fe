#include "wyldgate/housekeeper.h"

#include <pthread.h>

#include <chrono>

#include "base/log.h"

namespace wyld {

void Housekeeper::start() {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "wyld-house");
    run();
  });
}

void Housekeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Housekeeper::run() {
  constexpr std::size_t kRemovedAtOnce = 10'000;  // the rest a second later
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
    const std::vector<SessionId> removed =
        manager_.cleanup_expired(std::chrono::system_clock::now(), kRemovedAtOnce);
    for (const SessionId& id : removed) registry_.remove(id);
    if (!removed.empty())
      log(LogLevel::kInfo, "sessions_expired", {{"count", std::to_string(removed.size())}});
    refusals_.report(std::chrono::steady_clock::now());
  }
  refusals_.report_all();
}

}  // namespace wyld
