#include "simulation/gateway.h"

#include <fmt/format.h>

#include <algorithm>

namespace wyld::simulation {
namespace {

session::ShardSessionsOptions with_epoch(session::ShardSessionsOptions options, std::uint64_t epoch) {
  options.epoch = epoch;
  return options;
}

}  // namespace

Gateway::Gateway(Run run, Database& database, World& world, std::uint64_t epoch)
    : run_(run),
      world_(world),
      store_(database),
      timers_(run.schedule.clock.now),
      manager_({.sessions_max = 1000, .hold = run.plan.sessions.hold}, store_),
      registry_([this](std::span<std::uint8_t> bytes) { run_.random.fill(bytes); }) {
  const std::vector<session::SessionRow> rows = database.rows();
  run_.model.restarted(rows);
  adopted_ = manager_.adopt(rows);
  registry_.adopt(rows);
  const session::ShardSessionsOptions options = with_epoch(run.plan.sessions, epoch);
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    shards_[shard] = std::make_unique<session::ShardSessions>(shard, manager_, options, clock(), timers_,
                                                              SessionIdGenerator(run_.random.four()));
    links_[shard] = world.connect(*this, shard);
    shards_[shard]->set_world(*links_[shard]);
    shards_[shard]->set_resume(registry_, [this](std::span<std::uint8_t> bytes) { run_.random.fill(bytes); });
    shards_[shard]->set_post([this, shard](std::move_only_function<void(session::ShardSessions&)> task) {
      return post(shard, [this, shard, task = std::move(task)]() mutable { task(*shards_[shard]); });
    });
  }
  world.gateway_up(*this);
  house_keeping();
}

Gateway::~Gateway() { kill(); }

void Gateway::kill() {
  if (!std::exchange(*alive_, false)) return;
  store_.kill();
  for (const std::unique_ptr<Player>& player : players_) player->forget();
  world_.gateway_gone();
}

void Gateway::stop() {
  if (!*alive_) return;
  for (const std::unique_ptr<session::ShardSessions>& shard : shards_)
    shard->end_all(session::EndReason::kShutdown, "The gateway is restarting.");
  flush();
  world_.gateway_stops();
  store_.close();
  *alive_ = false;
  for (const std::unique_ptr<Player>& player : players_) {
    if (!player->done()) player->forget();
  }
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
    for (std::move_only_function<void()>& posted : std::exchange(mailboxes_[shard], {})) posted();
  });
  return true;
}

void Gateway::house_keeping() {
  after(std::chrono::seconds(1), [this] {
    for (const SessionId& id : manager_.cleanup_expired(clock().wall)) {
      run_.model.removed(id);
      --adopted_;
    }
    house_keeping();
  });
}

void Gateway::accept(std::shared_ptr<Connection> connection, session::Protocol protocol,
                     std::string_view address) {
  const auto shard = static_cast<std::uint8_t>(run_.random.below(kShards));
  std::unique_ptr<Player> player;
  if (protocol == session::Protocol::kTelnet) {
    player = std::make_unique<TelnetPlayer>(*this, shard, std::move(connection));
  } else {
    player = std::make_unique<JsonPlayer>(*this, shard, std::move(connection));
  }
  players_.push_back(std::move(player));
  players_.back()->start(protocol, address);
}

void Gateway::turn() {
  timers_.advance(clock().now);
  flush();
  sweep();
}

void Gateway::flush() {
  for (std::size_t i = 0; i < unflushed_.size(); ++i) {
    const std::shared_ptr<Connection> connection = unflushed_[i];  // flushing may add to the list
    connection->flush();
  }
  unflushed_.clear();
}

void Gateway::sweep() {
  std::erase_if(players_,
                [](const std::unique_ptr<Player>& player) { return player->done() && !player->moving(); });
}

void Gateway::line_comes(std::uint64_t connection, const SessionId& id, const std::string& line) {
  if (!line.empty() && line.front() == 'L') run_.model.received(connection, id, line);
}

void Gateway::line_has_come(const SessionId& id, const std::string& line, bool deferred) {
  if (line == "send") {
    if (deferred) {
      run_.model.word_deferred(id);
    } else if (!run_.model.is_away(id)) {
      run_.model.released(id, /*by_word=*/true);
    }
  } else {
    run_.model.settled(id, line, deferred);
  }
}

void Gateway::check_counts() {
  std::size_t live = 0;
  std::size_t held = 0;
  for (const std::unique_ptr<session::ShardSessions>& shard : shards_) {
    live += shard->live_count();
    held += shard->held_count();
    constexpr std::size_t kChunk = 8 * 1024;
    if (shard->scrollback_bytes() > run_.plan.sessions.scrollback_shard_bytes + kChunk)
      run_.model.fail("a shard keeps more scrollback than it may");
  }
  const std::size_t connected =
      manager_.connected(session::Protocol::kTelnet) + manager_.connected(session::Protocol::kWebSocketJson);
  const std::size_t disconnected = manager_.count(session::State::kDisconnected);
  if (manager_.count() < live || connected != live - held || disconnected < held ||
      manager_.count() - live != disconnected - held) {
    run_.model.fail(fmt::format(
        "the manager counts {} sessions, {} connected, {} disconnected; the shards have {}, {} of them held",
        manager_.count(), connected, disconnected, live, held));
  }
  const std::size_t queue_max = run_.plan.sessions.output_bytes_max +
                                4 * run_.plan.sessions.scrollback_bytes + 4 * run_.plan.words_max + 64 * 1024;
  for (const std::unique_ptr<Player>& player : players_) {
    if (player->queued_bytes() > queue_max)
      run_.model.fail(fmt::format("{} bytes wait for one client", player->queued_bytes()));
  }
}

void Gateway::check_end() { check_counts(); }

}  // namespace wyld::simulation
