#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/timing_wheel.h"
#include "session/resume_registry.h"
#include "session/session_manager.h"
#include "session/shard_sessions.h"
#include "simulation/player.h"
#include "simulation/store.h"
#include "simulation/world.h"

namespace wyld::simulation {

inline constexpr std::size_t kShards = 2;

// One process of the gateway: the real core over a database, a network and a world that are not.
//
// Owner    Simulation. What is scheduled outlives it, and asks alive() first.
class Gateway {
 public:
  Gateway(Run run, Database& database, World& world, std::uint64_t epoch);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  void accept(std::shared_ptr<Connection> connection, session::Protocol protocol, std::string_view address);
  // As kill -9 ends it.
  void kill();
  // As an operator ends it.
  void stop();

  // Fires what is due, and lets the turn's output go.
  void turn();
  void flush();
  [[nodiscard]] TimePoint next_wake() const noexcept { return timers_.next_wake(); }
  // False: the shard's mailbox is full.
  [[nodiscard]] bool post(std::uint8_t shard, std::move_only_function<void()> task);
  void fill_mailboxes(Duration time) { full_until_ = run_.schedule.clock.now + time; }
  // Runs `task` after `delay`, unless the process is gone by then.
  void after(Duration delay, std::move_only_function<void()> task);
  void check_counts();
  void check_end();

  // For those inside.
  [[nodiscard]] session::ShardSessions& sessions(std::size_t shard) noexcept { return *shards_[shard]; }
  [[nodiscard]] runtime::TimingWheel& timers() noexcept { return timers_; }
  [[nodiscard]] const TurnClock& clock() const noexcept { return run_.schedule.clock; }
  [[nodiscard]] Model& model() noexcept { return run_.model; }
  [[nodiscard]] Random& random() noexcept { return run_.random; }
  [[nodiscard]] Trace& trace() noexcept { return run_.trace; }
  void flush_later(const std::shared_ptr<Connection>& connection) { unflushed_.push_back(connection); }
  void line_comes(std::uint64_t connection, const SessionId& id, const std::string& line);
  // `deferred`: it, or one before it, may still wait for its turn.
  void line_has_come(const SessionId& id, const std::string& line, bool deferred);

 private:
  void house_keeping();
  void sweep();

  const Run run_;
  World& world_;
  Store store_;
  runtime::TimingWheel timers_;
  session::SessionManager manager_;
  session::ResumeRegistry registry_;
  std::vector<std::unique_ptr<Player>> players_;
  std::array<std::unique_ptr<session::WorldLink>, kShards> links_;
  std::array<std::unique_ptr<session::ShardSessions>, kShards> shards_;
  std::vector<std::shared_ptr<Connection>> unflushed_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::size_t adopted_ = 0;  // from the store, and not yet gone
  TimePoint full_until_{};
  std::array<std::vector<std::move_only_function<void()>>, kShards> mailboxes_;
};

}  // namespace wyld::simulation
