#include "session/connection_pool.h"

#include <gtest/gtest.h>

#include <optional>

#include "testing/fakes.h"

namespace wyld::session {
namespace {

using testing::FakeSessionStore;
using testing::FakeTransport;
using testing::FakeWorld;
using testing::VirtualTime;

// Two shards whose mailboxes are emptied by hand.
struct Fixture {
  VirtualTime time;
  FakeSessionStore store;
  SessionManager manager{{.sessions_max = 100}, store};
  FakeWorld world;
  ShardSessions zero{0, manager, {}, time.clock, time.timers, SessionIdGenerator({1, 2, 3, 4})};
  ShardSessions one{1, manager, {}, time.clock, time.timers, SessionIdGenerator({5, 6, 7, 8})};
  std::vector<std::pair<std::uint8_t, ConnectionPool::Task>> mail;
  std::optional<std::uint8_t> full;
  ConnectionPool pool{manager, 2, [this](std::uint8_t shard, ConnectionPool::Task task) {
                        if (full == shard) return false;
                        mail.emplace_back(shard, std::move(task));
                        return true;
                      }};

  Fixture() {
    zero.set_world(world);
    one.set_world(world);
  }
  SessionHandle play(ShardSessions& sessions, FakeTransport& transport) {
    const SessionHandle handle = *sessions.open(transport, Protocol::kTelnet, "203.0.113.7");
    sessions.settled(handle);
    return handle;
  }
  void deliver() {
    for (auto& [shard, task] : mail) task(shard == 0 ? zero : one);
    mail.clear();
  }
};

TEST(ConnectionPool, SendsToTheShardThatHasTheSession) {
  Fixture f;
  FakeTransport a;
  FakeTransport b;
  f.play(f.zero, a);
  const SessionHandle handle = f.play(f.one, b);
  EXPECT_TRUE(f.pool.send(*f.one.id_of(handle), "psst\n"));
  f.deliver();
  EXPECT_EQ(b.transcript(), "psst\n");
  EXPECT_EQ(a.transcript(), "");
}

TEST(ConnectionPool, NobodyIsNobody) {
  Fixture f;
  EXPECT_FALSE(f.pool.send(SessionId{}, "psst"));
  FakeTransport a;
  const SessionHandle handle = f.play(f.zero, a);
  const SessionId id = *f.zero.id_of(handle);
  f.zero.ended(handle);
  EXPECT_FALSE(f.pool.send(id, "psst"));
}

TEST(ConnectionPool, BroadcastReachesEveryShardAndCounts) {
  Fixture f;
  FakeTransport a;
  FakeTransport b;
  FakeTransport c;
  f.play(f.zero, a);
  f.play(f.one, b);
  f.play(f.one, c);
  std::size_t reached = 99;
  EXPECT_EQ(f.pool.broadcast("all\n", [&reached](std::size_t n) { reached = n; }), 2U);
  EXPECT_EQ(reached, 99U) << "not before the last shard has run it";
  f.deliver();
  EXPECT_EQ(reached, 3U);
  EXPECT_EQ(a.transcript(), "all\r\n");
  EXPECT_EQ(c.transcript(), "all\r\n");
  EXPECT_EQ(f.pool.connection_count(), 3U);
  EXPECT_EQ(f.pool.connection_count(Protocol::kTelnet), 3U);
  EXPECT_EQ(f.pool.active_sessions().size(), 3U);
}

TEST(ConnectionPool, AFullMailboxIsReportedAndTheCountStillComes) {
  Fixture f;
  FakeTransport a;
  FakeTransport b;
  const SessionHandle handle = f.play(f.zero, a);
  f.play(f.one, b);
  f.full = std::uint8_t{0};
  EXPECT_FALSE(f.pool.send(*f.zero.id_of(handle), "psst"));
  std::size_t reached = 99;
  EXPECT_EQ(f.pool.broadcast("all\n", [&reached](std::size_t n) { reached = n; }), 1U);
  f.deliver();
  EXPECT_EQ(reached, 1U);
}

}  // namespace
}  // namespace wyld::session
