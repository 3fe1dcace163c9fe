#include "simulation/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "http/http_dialect.h"
#include "http/web.h"
#include "runtime/address.h"

namespace wyld::simulation {
namespace {

session::ShardSessionsOptions with_epoch(session::ShardSessionsOptions options, std::uint64_t epoch) {
  options.epoch = epoch;
  return options;
}

// The bounds of arrivals have tests of their own; here every client is let in.
session::AdmissionOptions open_doors() {
  session::AdmissionOptions options;
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max() / 2;
  options.connections_max = 1'000'000;
  options.connections_per_address = options.unauthenticated_per_address = kNone;
  options.new_per_second_per_address = options.new_burst_per_address = kNone;
  return options;
}

transport::PlayerOptions player_options(const Plan& plan) {
  transport::PlayerOptions options;
  options.world_name = "Simulation";
  options.version = "0";
  options.proxy_in_front = plan.proxied > 0;
  return options;
}

// As all gateways of this program have it: it keeps nothing.
http::Web& web() {
  static http::Web web(http::WebOptions{});
  return web;
}

runtime::SocketAddress peer_address(std::string_view host) {
  return runtime::parse_listen_address(fmt::format("{}:1", host))->front();
}

}  // namespace

Gateway::Gateway(Run run, Database& database, World& world, std::uint64_t epoch)
    : run_(run),
      world_(world),
      store_(database),
      manager_({.sessions_max = 1000, .hold = run.plan.sessions.hold}, store_),
      registry_([this](std::span<std::uint8_t> bytes) { run_.random.fill(bytes); }),
      admission_(open_doors()),
      witnesses_(*this) {
  const std::vector<session::SessionRow> rows = database.rows();
  run_.model.restarted(rows);
  adopted_ = manager_.adopt(rows);
  registry_.adopt(rows);
  const session::ShardSessionsOptions options = with_epoch(run.plan.sessions, epoch);
  for (std::uint8_t shard = 0; shard < kShards; ++shard) make_shard(shard, options);
  std::vector<transport::Connections*> connections;
  for (const Shard& shard : shards_) connections.push_back(shard.connections.get());
  for (const Shard& shard : shards_) {
    shard.connections->set_peers(
        connections, [this](std::uint8_t to, ShardTask task) { return post(to, std::move(task)); });
  }
  world.gateway_up(*this);
  house_keeping();
}

void Gateway::make_shard(std::uint8_t index, const session::ShardSessionsOptions& options) {
  Shard& shard = shards_[index];
  auto system = std::make_unique<SimulatedSystem>(run_.schedule, run_.random, descriptors_);
  shard.system = system.get();
  shard.loop = std::make_unique<runtime::Loop>(std::move(system));
  shard.sessions =
      std::make_unique<session::ShardSessions>(index, manager_, options, shard.loop->clock(),
                                               shard.loop->timers(), SessionIdGenerator(run_.random.four()));
  shard.world = world_.connect(*this, index);
  shard.sessions->set_world(*shard.world);
  shard.sessions->set_resume(registry_, [this](std::span<std::uint8_t> bytes) { run_.random.fill(bytes); });
  shard.sessions->set_mail([this](std::uint8_t to, ShardTask task) { return post(to, std::move(task)); });
  shard.connections = std::make_unique<transport::Connections>(
      *shard.loop, *shard.sessions, admission_, player_options(run_.plan),
      static_cast<std::uint32_t>(run_.random.next()));
  shard.connections->set_web(http::dialects_of_a_shard(web()));
  shard.connections->set_observer(witnesses_);
}

Gateway::~Gateway() {
  kill();
  // Connections first, and all of them: a session may have lent its own to another shard's.
  for (Shard& shard : shards_) shard.connections.reset();
}

void Gateway::kill() {
  if (!std::exchange(*alive_, false)) return;
  store_.kill();
  descriptors_.kill();
  world_.gateway_gone();
}

void Gateway::begin_stop() {
  stop_at_ = run_.schedule.clock.now + player_options(run_.plan).drain_timeout;
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    enter(shard, [this, shard] {
      sessions(shard).end_all(session::EndReason::kShutdown, "The gateway is restarting.");
      shards_[shard].connections->stop();
    });
  }
}

bool Gateway::has_stopped() const noexcept {
  return run_.schedule.clock.now >= stop_at_ || connection_count() == 0;
}

void Gateway::finish_stop() {
  world_.gateway_stops();
  store_.close();
  *alive_ = false;
  descriptors_.exit();
  world_.gateway_gone();
}

void Gateway::after(Duration delay, std::move_only_function<void()> task) {
  run_.schedule.after(delay, [alive = std::weak_ptr<bool>(alive_), task = std::move(task)]() mutable {
    const std::shared_ptr<bool> still = alive.lock();
    if (still && *still) task();
  });
}

bool Gateway::post(std::uint8_t shard, std::move_only_function<void()> task) {
  if (!*alive_ || run_.schedule.clock.now < full_until_) return false;
  mailboxes_[shard].push_back(std::move(task));
  if (mailboxes_[shard].size() > 1) return true;
  constexpr Duration kTurnMax = std::chrono::milliseconds(2);
  after(run_.random.between(Duration(0), kTurnMax), [this, shard] {
    enter(shard, [this, shard] {
      for (std::move_only_function<void()>& posted : std::exchange(mailboxes_[shard], {})) posted();
    });
  });
  return true;
}

void Gateway::house_keeping() {
  after(std::chrono::seconds(1), [this] {
    for (const SessionId& id : manager_.cleanup_expired(run_.schedule.clock.wall)) {
      run_.model.removed(id);
      --adopted_;
    }
    house_keeping();
  });
}

void Gateway::accept(std::shared_ptr<SimulatedSocket> socket, session::Protocol protocol,
                     std::string_view address) {
  const auto shard = static_cast<std::uint8_t>(run_.random.below(kShards));
  transport::Connections& connections = *shards_[shard].connections;
  socket->accept();
  runtime::Fd fd = descriptors_.open(socket);
  enter(shard, [&] {
    witnesses_.accepting(socket);
    if (protocol == session::Protocol::kTelnet) {
      connections.accept_telnet(std::move(fd), peer_address(address));
    } else {
      connections.accept_web(std::move(fd), peer_address(address));
    }
    witnesses_.accepting(nullptr);
  });
}

// --- turns ---

void Gateway::enter(std::uint8_t shard, std::move_only_function<void()> deed) {
  if (running_ == shard) return deed();
  WYLD_CHECK(running_ == kNoShard);  // shards reach one another by post() only
  [[maybe_unused]] const bool posted = shards_[shard].loop->post(std::move(deed));
  turn(shard);
}

void Gateway::turn(std::size_t shard) {
  running_ = shard;
  due_[shard].reset();
  shards_[shard].loop->run_once(Duration(0));
  running_ = kNoShard;
}

void Gateway::run_loops() {
  constexpr int kTurnsMax = 10'000;
  const TimePoint now = run_.schedule.clock.now;
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    if (shards_[shard].loop->timers().next_wake() <= now) turn(shard);
    for (int turns = 0; shards_[shard].system->ready(); ++turns) {
      std::optional<TimePoint>& due = due_[shard];
      if (!due) due = now + run_.random.between(Duration(0), run_.plan.turn_max);
      if (*due > now) break;
      turn(shard);
      if (turns == kTurnsMax) return run_.model.fail("a loop goes round in circles");
    }
  }
  witnesses_.sweep();
}

TimePoint Gateway::next_wake() const noexcept {
  TimePoint wake = TimePoint::max();
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    wake = std::min({wake, shards_[shard].loop->timers().next_wake(), due_[shard].value_or(wake)});
  }
  return wake;
}

// --- checks ---

void Gateway::check_counts() {
  std::size_t live = 0;
  std::size_t held = 0;
  for (const Shard& shard : shards_) {
    live += shard.sessions->live_count();
    held += shard.sessions->held_count();
    constexpr std::size_t kChunk = 8 * 1024;
    if (shard.sessions->scrollback_bytes() > run_.plan.sessions.scrollback_shard_bytes + kChunk)
      run_.model.fail("a shard keeps more scrollback than it may");
  }
  const std::size_t connected = manager_.connected(session::Protocol::kTelnet) +
                                manager_.connected(session::Protocol::kWebSocketTelnet) +
                                manager_.connected(session::Protocol::kWebSocketJson);
  const std::size_t disconnected = manager_.count(session::State::kDisconnected);
  if (manager_.count() < live || connected != live - held || disconnected < held ||
      manager_.count() - live != disconnected - held) {
    run_.model.fail(fmt::format(
        "the manager counts {} sessions, {} connected, {} disconnected; the shards have {}, {} of them held",
        manager_.count(), connected, disconnected, live, held));
  }
  const std::size_t queue_max = run_.plan.sessions.output_bytes_max +
                                4 * run_.plan.sessions.scrollback_bytes + 4 * run_.plan.words_max + 64 * 1024;
  for (const std::unique_ptr<Witness>& witness : witnesses_.all()) {
    if (witness->in_session() && witness->queued_bytes() > queue_max)
      run_.model.fail(fmt::format("{} bytes wait for one client", witness->queued_bytes()));
  }
}

std::size_t Gateway::connection_count() const noexcept {
  std::size_t connections = 0;
  for (const Shard& shard : shards_) connections += shard.connections->count();
  return connections;
}

void Gateway::check_end() {
  check_counts();
  const std::size_t connections = connection_count();
  if (descriptors_.count() != connections || admission_.connections() != connections) {
    run_.model.fail(fmt::format("{} connections have {} descriptors and {} places", connections,
                                descriptors_.count(), admission_.connections()));
  }
}

}  // namespace wyld::simulation
