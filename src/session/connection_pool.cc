#include "session/connection_pool.h"

#include <atomic>
#include <optional>
#include <utility>

#include "base/counters.h"

namespace wyld::session {

bool ConnectionPool::send(const SessionId& id, std::string utf8) {
  const std::optional<SessionSnapshot> session = manager_.get(id);
  if (!session || !is_live(session->state)) return false;
  const SessionHandle handle = session->handle;
  const bool posted =
      post_(static_cast<std::uint8_t>(handle.shard),
            [handle, text = std::move(utf8)](ShardSessions& sessions) { sessions.send(handle, text); });
  if (!posted) count(Counter::kMailboxFull);
  return posted;
}

std::size_t ConnectionPool::broadcast(std::string utf8, std::move_only_function<void(std::size_t)> done) {
  struct Shared {
    std::string text;
    std::atomic<std::size_t> shards_left;
    std::atomic<std::size_t> reached{0};
    std::move_only_function<void(std::size_t)> done;

    void finish_one() {
      if (shards_left.fetch_sub(1, std::memory_order_acq_rel) == 1 && done) {
        done(reached.load(std::memory_order_relaxed));
      }
    }
  };
  const auto shared = std::make_shared<Shared>();
  shared->text = std::move(utf8);
  shared->shards_left.store(shards_, std::memory_order_relaxed);
  shared->done = std::move(done);
  std::size_t taken = 0;
  for (std::size_t shard = 0; shard < shards_; ++shard) {
    const bool posted = post_(static_cast<std::uint8_t>(shard), [shared](ShardSessions& sessions) {
      shared->reached.fetch_add(sessions.broadcast(shared->text), std::memory_order_relaxed);
      shared->finish_one();
    });
    if (posted) {
      ++taken;
    } else {
      count(Counter::kMailboxFull);
      shared->finish_one();
    }
  }
  return taken;
}

std::size_t ConnectionPool::connection_count() const noexcept {
  return manager_.count() - manager_.count(State::kDisconnected) - manager_.count(State::kClosed);
}

}  // namespace wyld::session
