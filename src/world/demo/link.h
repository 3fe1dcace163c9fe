#pragma once
// Joins the demo world to the shards: one World under a lock, one DemoLink per shard.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include "base/shard_mail.h"
#include "session/world_link.h"
#include "world/demo/world.h"

namespace wyld::demo {

using Clock = std::function<TimePoint()>;

// Owner    apps/; outlives every DemoLink.
// Thread   any. The lock is held for one call into the world, never while output is delivered.
class SharedWorld {
 public:
  explicit SharedWorld(const WorldOptions& options = {}) : accounts_(options.accounts), world_(options) {}

  [[nodiscard]] bool accounts() const noexcept { return accounts_; }

  // Where the output for a shard's sessions goes, on that shard's thread. Added before the first session.
  void add_shard(std::uint8_t shard, session::WorldEvents& events) { events_.at(shard) = &events; }
  [[nodiscard]] session::WorldEvents& events_of(std::uint8_t shard) const { return *events_.at(shard); }

  template <typename Work>
  void with(Work&& work) {
    const std::scoped_lock lock(mutex_);
    work(world_);
  }

  // Pieces of output that a full mailbox refused.
  [[nodiscard]] std::uint64_t dropped_count() const { return dropped_.load(std::memory_order_relaxed); }
  void count_dropped(std::uint64_t count) { dropped_.fetch_add(count, std::memory_order_relaxed); }

 private:
  const bool accounts_;
  std::array<session::WorldEvents*, session::kShardsMax> events_{};
  std::mutex mutex_;
  World world_;
  std::atomic<std::uint64_t> dropped_ = 0;
};

// One shard's way into the world. Output for its own sessions is delivered before the call returns,
// output for others is posted. Between shards, messages of two senders may arrive in either order.
//
// Owner    apps/.
// Thread   its shard.
// Errors   none; what a full mailbox refuses is counted in SharedWorld.
// Limits   keeps nothing per session.
class DemoLink final : public session::WorldLink {
 public:
  DemoLink(SharedWorld& shared, std::uint8_t shard, session::WorldEvents& events, ShardMail mail,
           Clock clock = std::chrono::steady_clock::now);

  [[nodiscard]] bool gateway_logs_in() const override { return shared_.accounts(); }
  [[nodiscard]] std::string login_banner(const Capabilities& capabilities) const override {
    return demo::login_banner(capabilities);
  }
  void attach(session::SessionHandle session, const session::PlayerInfo& player) override;
  void connection_lost(session::SessionHandle session) override;
  void connection_restored(session::SessionHandle session, const session::PlayerInfo& player) override;
  void detach(session::SessionHandle session, session::DetachReason reason) override;
  void input(session::SessionHandle session, std::uint64_t sequence, std::string_view line,
             bool secret) override;
  void characters(session::SessionHandle session, std::string_view text) override;
  void side_channel(session::SessionHandle session, std::string_view package, std::string_view body) override;
  void capabilities_changed(session::SessionHandle session, const Capabilities& capabilities) override;
  void interrupt(session::SessionHandle session) override;
  void edited(session::SessionHandle session, std::uint64_t edit, bool cancelled,
              std::string_view text) override;
  void pause(session::SessionHandle session) override;
  void resume(session::SessionHandle session) override;

 private:
  // `work(world, now, outbox)` under the lock; then what it wants said is delivered.
  template <typename Work>
  void act(Work&& work);
  void deliver(Outbox outbox);

  SharedWorld& shared_;
  std::uint8_t shard_;
  session::WorldEvents& events_;
  ShardMail mail_;
  Clock clock_;
};

}  // namespace wyld::demo
