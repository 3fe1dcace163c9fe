#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/loop.h"
#include "session/admission.h"
#include "session/resume_registry.h"
#include "session/session_manager.h"
#include "session/shard_sessions.h"
#include "simulation/simulated_system.h"
#include "simulation/store.h"
#include "simulation/witness.h"
#include "simulation/world.h"
#include "transport/connections.h"

namespace wyld::simulation {

inline constexpr std::size_t kShards = 2;

// One process of the gateway: real loops, connections and sessions over a database, a network and a world
// that are not.
//
// Owner    Simulation. What is scheduled outlives it, and asks alive() first.
class Gateway {
 public:
  Gateway(Run run, Database& database, World& world, std::uint64_t epoch);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  void accept(std::shared_ptr<SimulatedSocket> socket, session::Protocol protocol, std::string_view address);
  // As kill -9 ends it.
  void kill();
  // As an operator ends it: takes nobody in from now on, tells everybody, and waits until they have read it.
  void begin_stop();
  [[nodiscard]] bool is_stopping() const noexcept { return stop_at_ != TimePoint::max(); }
  // All have, or the time for that is over.
  [[nodiscard]] bool has_stopped() const noexcept;
  void finish_stop();

  // Runs the loops for which a timer is due, or which see by now that something is ready.
  void run_loops();
  [[nodiscard]] TimePoint next_wake() const noexcept;
  // Does `deed` in a turn of the shard's loop, as everything that concerns a shard is done: its clock is
  // right, and output leaves afterwards. In that turn already: at once. Otherwise the turn does first what
  // else is due.
  void enter(std::uint8_t shard, std::move_only_function<void()> deed);
  // False: the shard's mailbox is full.
  [[nodiscard]] bool post(std::uint8_t shard, std::move_only_function<void()> task);
  void fill_mailboxes(Duration time) { full_until_ = run_.schedule.clock.now + time; }
  // Runs `task` after `delay`, unless the process is gone by then.
  void after(Duration delay, std::move_only_function<void()> task);
  void check_counts();
  // Everything is quiet: each connection has its descriptor and its place, and nothing else has.
  void check_end();

  // For those inside.
  [[nodiscard]] session::ShardSessions& sessions(std::size_t shard) noexcept {
    return *shards_[shard].sessions;
  }
  [[nodiscard]] Model& model() noexcept { return run_.model; }
  [[nodiscard]] Trace& trace() noexcept { return run_.trace; }

 private:
  // As transport::Shard has them, in that order.
  struct Shard {
    SimulatedSystem* system = nullptr;  // the loop's
    std::unique_ptr<runtime::Loop> loop;
    std::unique_ptr<session::ShardSessions> sessions;
    std::unique_ptr<session::WorldLink> world;
    std::unique_ptr<transport::Connections> connections;
  };
  static constexpr std::size_t kNoShard = kShards;

  void make_shard(std::uint8_t index, const session::ShardSessionsOptions& options);
  void turn(std::size_t shard);
  [[nodiscard]] std::size_t connection_count() const noexcept;
  void house_keeping();

  const Run run_;
  World& world_;
  Store store_;
  session::SessionManager manager_;
  session::ResumeRegistry registry_;
  session::Admission admission_;
  Witnesses witnesses_;
  Descriptors descriptors_;
  std::array<Shard, kShards> shards_;
  std::size_t running_ = kNoShard;                     // whose turn it is
  std::array<std::optional<TimePoint>, kShards> due_;  // when a loop sees what is ready
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::size_t adopted_ = 0;  // from the store, and not yet gone
  TimePoint full_until_{};
  TimePoint stop_at_ = TimePoint::max();
  std::array<std::vector<std::move_only_function<void()>>, kShards> mailboxes_;
};

}  // namespace wyld::simulation
