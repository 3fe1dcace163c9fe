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
  std::vector<ShardTask> mail;
  std::optional<std::uint8_t> full;
  std::optional<Delivery> delivery;
  ConnectionPool pool{manager, {&zero, &one}, [this](std::uint8_t shard, ShardTask task) {
                        if (full == shard) return false;
                        mail.push_back(std::move(task));
                        return true;
                      }};

  Fixture() {
    zero.set_world(world);
    one.set_world(world);
  }
  SessionHandle play(ShardSessions& sessions, FakeTransport& transport,
                     Protocol protocol = Protocol::kTelnet) {
    const SessionHandle handle = *sessions.open(transport, protocol, "203.0.113.7");
    sessions.settled(handle);
    return handle;
  }
  ConnectionPool::Done note() {
    delivery.reset();
    return [this](const Delivery& what) { delivery = what; };
  }
  void deliver() {
    for (ShardTask& task : mail) task();
    mail.clear();
  }
};

TEST(ConnectionPool, SendsToTheShardThatHasTheSession) {
  Fixture f;
  FakeTransport a;
  FakeTransport b;
  f.play(f.zero, a);
  const SessionHandle handle = f.play(f.one, b);
  EXPECT_TRUE(f.pool.send(*f.one.id_of(handle), "psst\n", f.note()));
  EXPECT_FALSE(f.delivery) << "not before the shard has come to it";
  f.deliver();
  EXPECT_EQ(f.delivery, (Delivery{.queued = 1}));
  EXPECT_EQ(b.transcript(), "psst\n");
  EXPECT_EQ(a.transcript(), "");
}

TEST(ConnectionPool, NobodyIsNobody) {
  Fixture f;
  EXPECT_EQ(f.pool.send(SessionId{}, "psst").error().code, ErrorCode::kNotFound);
  FakeTransport a;
  const SessionHandle handle = f.play(f.zero, a);
  const SessionId id = *f.zero.id_of(handle);
  EXPECT_TRUE(f.pool.send(id, "psst", f.note()));
  f.zero.ended(handle);
  EXPECT_EQ(f.pool.send(id, "psst").error().code, ErrorCode::kNotFound);
  f.deliver();
  EXPECT_EQ(f.delivery, (Delivery{.gone = 1})) << "it ended while the text was on its way";
}

TEST(ConnectionPool, WhoIsOverTheBoundIsReportedAsRefused) {
  Fixture f;
  FakeTransport slow;
  FakeTransport quick;
  const SessionHandle handle = f.play(f.zero, slow);
  f.play(f.one, quick);
  slow.stuck = true;
  f.zero.on_output(handle, std::string(ShardSessionsOptions{}.output_bytes_max, 'a'));
  EXPECT_TRUE(f.pool.send(*f.zero.id_of(handle), "psst\n", f.note()));
  f.deliver();
  EXPECT_EQ(f.delivery, (Delivery{.refused = 1}));
  f.pool.broadcast("all\n", f.note());
  f.deliver();
  EXPECT_EQ(f.delivery, (Delivery{.queued = 1, .refused = 1}));
}

TEST(ConnectionPool, BroadcastReachesEveryShardAndCounts) {
  Fixture f;
  FakeTransport a;
  FakeTransport b;
  FakeTransport c;
  f.play(f.zero, a);
  f.play(f.one, b);
  f.play(f.one, c, Protocol::kWebSocketJson);
  EXPECT_EQ(f.pool.broadcast("all\n", f.note()), 2U);
  f.deliver();
  EXPECT_EQ(f.delivery, (Delivery{.queued = 3}));
  EXPECT_EQ(a.transcript(), "all\r\n");
  EXPECT_EQ(c.transcript(), "all\r\n");
  EXPECT_EQ(f.pool.connection_count(), 3U);
  EXPECT_EQ(f.pool.connection_count(Protocol::kTelnet), 2U);
  EXPECT_EQ(f.pool.by_protocol(), (std::array<std::size_t, kProtocolCount>{2, 1, 0}));
  EXPECT_EQ(f.pool.active_sessions().size(), 3U);
}

TEST(ConnectionPool, AFullMailboxIsReportedAndTheCountStillComes) {
  Fixture f;
  FakeTransport a;
  FakeTransport b;
  const SessionHandle handle = f.play(f.zero, a);
  f.play(f.one, b);
  f.full = std::uint8_t{0};
  const SessionId id = *f.zero.id_of(handle);
  EXPECT_EQ(f.pool.send(id, "psst", f.note()).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(f.pool.broadcast("all\n", f.note()), 1U);
  f.deliver();
  EXPECT_EQ(f.delivery, (Delivery{.queued = 1}));
  EXPECT_EQ(f.pool.broadcast_to(std::span(&id, 1), "you\n", f.note()), 0U);
  EXPECT_EQ(f.delivery, (Delivery{.refused = 1})) << "known at once: no shard took it";
}

TEST(ConnectionPool, SomeAreChosenByTheirIds) {
  Fixture f;
  FakeTransport a;
  FakeTransport b;
  FakeTransport c;
  const SessionId first = *f.zero.id_of(f.play(f.zero, a));
  f.play(f.zero, b);
  const SessionId last = *f.one.id_of(f.play(f.one, c));
  const std::vector<SessionId> chosen{first, SessionId{}, last};
  EXPECT_EQ(f.pool.broadcast_to(chosen, "you\n", f.note()), 2U);
  f.deliver();
  EXPECT_EQ(f.delivery, (Delivery{.queued = 2, .gone = 1}));
  EXPECT_EQ(a.transcript(), "you\r\n");
  EXPECT_EQ(b.transcript(), "");
  EXPECT_EQ(c.transcript(), "you\r\n");
}

TEST(ConnectionPool, SomeAreChosenByWhatTheyAre) {
  Fixture f;
  FakeTransport telnet;
  FakeTransport web;
  f.play(f.zero, telnet);
  f.play(f.one, web, Protocol::kWebSocketJson);
  const auto on_the_web = [](const SessionSnapshot& s) { return s.protocol == Protocol::kWebSocketJson; };
  EXPECT_EQ(f.pool.broadcast_to(on_the_web, "page\n", f.note()), 1U);
  f.deliver();
  EXPECT_EQ(f.delivery, (Delivery{.queued = 1}));
  EXPECT_EQ(telnet.transcript(), "");
}

TEST(ConnectionPool, AHeldSessionGetsANewConnectionAndTheOldOneCannotTakeItAway) {
  Fixture f;
  const SessionId id = SessionIdGenerator({9, 9, 9, 9}).next(f.time.clock.wall);
  const SessionHandle old{.shard = 0, .slot = 7, .generation = 1};
  const SessionHandle fresh{.shard = 1, .slot = 3, .generation = 5};
  const auto now = f.time.clock.wall;
  ASSERT_TRUE(f.manager.create(id, old, Protocol::kTelnet, "203.0.113.7", now));
  ASSERT_TRUE(f.manager.transition(id, State::kDisconnected, now));
  EXPECT_EQ(f.pool.connection_count(), 0U) << "a held session has no connection";
  EXPECT_EQ(f.pool.send(id, "psst").error().code, ErrorCode::kNotFound);

  const auto before = f.pool.register_connection(id, fresh, Protocol::kWebSocketJson, "2001:db8::7");
  ASSERT_TRUE(before);
  EXPECT_EQ(before->generation, 0U);
  EXPECT_EQ(f.pool.by_protocol(), (std::array<std::size_t, kProtocolCount>{0, 1, 0}));
  EXPECT_EQ(f.store.rows.at(id).session.address, AddressText("2001:db8::7"));
  EXPECT_EQ(f.store.rows.at(id).session.protocol, Protocol::kWebSocketJson);

  EXPECT_EQ(*f.pool.register_connection(id, old, Protocol::kTelnet, "203.0.113.7"), fresh) << "taken over";
  EXPECT_FALSE(f.pool.unregister_connection(id, fresh));
  EXPECT_EQ(f.pool.connection_count(), 1U);
  EXPECT_TRUE(f.pool.unregister_connection(id, old));
  EXPECT_FALSE(f.pool.unregister_connection(id, old));
  EXPECT_EQ(f.pool.connection_count(), 0U);

  ASSERT_TRUE(f.manager.transition(id, State::kClosed, now));
  EXPECT_EQ(f.pool.register_connection(id, old, Protocol::kTelnet, "").error().code, ErrorCode::kState);
  EXPECT_EQ(f.pool.register_connection({}, old, Protocol::kTelnet, "").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace wyld::session
