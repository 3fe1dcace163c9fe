#pragma once
// What the tests of coming back share: a gateway of two shards, run by hand, and its clients.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "session/resume_registry.h"
#include "session/shard_sessions.h"
#include "testing/fakes.h"

namespace wyld::session {

inline std::function<void(std::span<std::uint8_t>)> counting_random() {
  return [next = std::uint8_t{1}](std::span<std::uint8_t> bytes) mutable {
    for (std::uint8_t& byte : bytes) byte = next;
    ++next;
  };
}

// A process of the gateway: registry, manager and two shards over a store that outlives it.
class GatewayProcess {
 public:
  GatewayProcess(testing::VirtualTime& clock, testing::FakeSessionStore& database,
                 ShardSessionsOptions options, std::uint64_t epoch)
      : time(clock), store(database), options_(with_epoch(std::move(options), epoch)) {
    for (std::uint8_t i = 0; i < 2; ++i) {
      shards.push_back(std::make_unique<ShardSessions>(i, manager, options_, time.clock, time.timers,
                                                       SessionIdGenerator({epoch, 2U + i, 3, 4})));
      shards[i]->set_world(worlds[i]);
      shards[i]->set_resume(registry, random_);
      shards[i]->set_mail([this](std::uint8_t, ShardTask task) {
        if (!takes_posts) return false;
        tasks_.push_back(std::move(task));
        return true;
      });
    }
    std::vector<SessionRow> rows;
    for (const auto& [id, row] : store.rows) rows.push_back(row);
    manager.adopt(rows);
    registry.adopt(rows);
  }

  // What shards were posted, until nothing is left.
  void run() {
    while (!tasks_.empty()) {
      for (ShardTask& task : std::exchange(tasks_, {})) task();
    }
  }

  // A player who has entered the world on `shard`, with everything stored.
  SessionHandle enter(testing::FakeTransport& transport, std::uint8_t shard = 0) {
    const SessionHandle handle = *shards[shard]->open(transport, Protocol::kWebSocketJson, "203.0.113.7");
    transport.handle = handle;
    shards[shard]->settled(handle);
    shards[shard]->on_entered(handle);
    run();
    worlds[shard].calls.clear();
    transport.said.clear();
    return handle;
  }

  // A connection that shows `token`.
  SessionHandle come_back(testing::FakeTransport& transport, const std::string& token, std::uint8_t shard = 0,
                          std::optional<OutputPosition> position = {}) {
    const SessionHandle fresh = *shards[shard]->open(transport, Protocol::kWebSocketJson, "198.51.100.4");
    transport.handle = fresh;
    shards[shard]->resume(fresh, {.token = token, .code = {}, .position = position});
    if (transport.moved_to >= 0) {
      auto arrived = std::move(transport.arrived);
      arrived(*shards[static_cast<std::size_t>(std::exchange(transport.moved_to, -1))], transport);
    }
    run();
    return fresh;
  }

  testing::VirtualTime& time;
  testing::FakeSessionStore& store;
  SessionManager manager{{.sessions_max = 100}, store};
  ResumeRegistry registry{counting_random()};
  testing::FakeWorld worlds[2];
  std::vector<std::unique_ptr<ShardSessions>> shards;
  bool takes_posts = true;

 private:
  static ShardSessionsOptions with_epoch(ShardSessionsOptions options, std::uint64_t epoch) {
    options.epoch = epoch;
    return options;
  }

  const ShardSessionsOptions options_;
  std::function<void(std::span<std::uint8_t>)> random_ = counting_random();
  std::vector<ShardTask> tasks_;
};

class Resume : public ::testing::Test {
 protected:
  Resume() { start(1); }
  void start(std::uint64_t epoch) {
    gateway.reset();
    gateway = std::make_unique<GatewayProcess>(time, store, options, epoch);
  }
  // The next process finds what the store had when this one was killed.
  void kill_and_start(std::uint64_t epoch) {
    const auto rows = store.rows;
    gateway.reset();
    store.rows = rows;
    start(epoch);
  }
  ShardSessions& shard(std::size_t index = 0) { return *gateway->shards[index]; }
  testing::FakeWorld& world(std::size_t index = 0) { return gateway->worlds[index]; }

  static testing::FakeTransport browser() {
    testing::FakeTransport transport;
    transport.has_token_store = true;
    transport.capabilities_.gmcp = true;
    transport.form = {.protocol = Protocol::kWebSocketJson, .charset = Charset::kUtf8};
    return transport;
  }

  // That the player may have one is clear after some time only.
  std::string code_of(testing::FakeTransport& client) {
    shard().code_wanted(client.handle);
    gateway->run();
    return client.code;
  }

  // A Telnet client connects and goes on where `code` says.
  void type_code(testing::FakeTransport& client, const std::string& code) {
    const SessionHandle fresh = *shard().open(client, Protocol::kTelnet, "198.51.100.4");
    shard().settled(fresh);
    shard().line(fresh, "resume " + code, false);
  }

  testing::VirtualTime time;
  testing::FakeSessionStore store;
  ShardSessionsOptions options;
  std::unique_ptr<GatewayProcess> gateway;
};

}  // namespace wyld::session
