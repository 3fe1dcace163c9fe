#include "session/session_manager.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "testing/fakes.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using testing::FakeSessionStore;

constexpr std::chrono::system_clock::time_point kNow{1'700'000'000s};

struct Fixture {
  FakeSessionStore store;
  SessionManager manager{{.sessions_max = 3}, store};
  SessionIdGenerator ids{{1, 2, 3, 4}};

  SessionId create(Protocol protocol = Protocol::kTelnet) {
    const SessionId id = ids.next(kNow);
    EXPECT_TRUE(manager.create(id, {}, protocol, "203.0.113.7", kNow));
    return id;
  }
  SessionId hold(std::chrono::milliseconds since = 0ms, std::optional<std::chrono::milliseconds> hold = {}) {
    const SessionId id = create();
    EXPECT_TRUE(manager.transition(id, State::kDisconnected, kNow + since, hold));
    return id;
  }
};

using Ids = std::vector<SessionId>;

TEST(SessionManager, CreatesFindsAndRemoves) {
  Fixture f;
  const SessionId id = f.create();
  const auto found = f.manager.get(id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, id);
  EXPECT_EQ(found->state, State::kConnecting);
  EXPECT_EQ(found->address, AddressText("203.0.113.7"));
  EXPECT_EQ(found->created, kNow);
  EXPECT_EQ(f.manager.count(), 1U);
  EXPECT_TRUE(f.manager.remove(id));
  EXPECT_FALSE(f.manager.get(id));
  EXPECT_EQ(f.manager.count(), 0U);
  EXPECT_EQ(f.manager.remove(id).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(f.store.rows.empty());
}

TEST(SessionManager, RefusesWhenFullAndTakesAgainAfterOneLeft) {
  Fixture f;
  const SessionId first = f.create();
  f.create();
  f.create();
  const auto refused = f.manager.create(f.ids.next(kNow), {}, Protocol::kTelnet, "", kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  EXPECT_EQ(f.manager.count(), 3U);
  EXPECT_TRUE(f.manager.remove(first));
  f.create();
}

TEST(SessionManager, TwoSessionsCannotHaveOneId) {
  Fixture f;
  const SessionId id = f.create();
  const auto second = f.manager.create(id, {}, Protocol::kTelnet, "", kNow);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(f.manager.count(), 1U);
}

TEST(SessionManager, WhatTheStoreRefusesIsNotCreated) {
  Fixture f;
  f.store.full = true;
  bool told = false;
  const SessionId id = f.ids.next(kNow);
  const auto refused =
      f.manager.create(id, {}, Protocol::kTelnet, "", kNow, [&told](Status /*status*/) { told = true; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(told);
  EXPECT_FALSE(f.manager.get(id));
  EXPECT_EQ(f.manager.count(), 0U);
  EXPECT_EQ(f.manager.count(State::kConnecting), 0U);
}

TEST(SessionManager, TellsWhetherASessionIsStored) {
  Fixture f;
  std::optional<Status> told;
  ASSERT_TRUE(f.manager.create(f.ids.next(kNow), {}, Protocol::kTelnet, "", kNow,
                               [&told](Status status) { told = status; }));
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->has_value());
}

TEST(SessionManager, ARefusedMoveChangesNothingAndNamesBothStates) {
  Fixture f;
  const SessionId id = f.create();
  const Status refused = f.manager.transition(id, State::kEditing, kNow + 1s);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kState);
  EXPECT_STREQ(refused.error().what, "a session cannot go from Connecting to Editing");
  EXPECT_EQ(f.manager.get(id)->state, State::kConnecting);
  EXPECT_EQ(f.manager.get(id)->last_activity, kNow);
  EXPECT_EQ(f.manager.count(State::kConnecting), 1U);
  EXPECT_EQ(f.store.calls.size(), 1U) << "only the creation was stored";
}

TEST(SessionManager, AMoveIsMadeCountedAndStored) {
  Fixture f;
  const SessionId id = f.create();
  EXPECT_TRUE(f.manager.transition(id, State::kWelcome, kNow));
  EXPECT_TRUE(f.manager.transition(id, State::kPlaying, kNow + 2s));
  EXPECT_EQ(f.manager.count(State::kConnecting), 0U);
  EXPECT_EQ(f.manager.count(State::kPlaying), 1U);
  EXPECT_EQ(f.store.calls,
            (std::vector<std::string>{"create " + id.text(), "update " + id.text() + " Welcome",
                                      "update " + id.text() + " Playing"}));
  EXPECT_EQ(f.store.rows.at(id).session.last_activity, kNow + 2s);
  EXPECT_EQ(f.manager.transition(f.ids.next(kNow), State::kWelcome, kNow).error().code, ErrorCode::kNotFound);
}

TEST(SessionManager, TouchMovesTheLastActivityAndNeverBack) {
  Fixture f;
  const SessionId id = f.create();
  EXPECT_TRUE(f.manager.touch(id, kNow + 5s));
  EXPECT_EQ(f.manager.get(id)->last_activity, kNow + 5s);
  EXPECT_TRUE(f.manager.touch(id, kNow + 4s));
  EXPECT_EQ(f.manager.get(id)->last_activity, kNow + 5s);
  EXPECT_FALSE(f.manager.touch(f.ids.next(kNow), kNow));
}

TEST(SessionManager, TouchesReachTheStoreOnceAnInterval) {
  Fixture f;
  const SessionId id = f.ids.next(kNow);
  SessionRecord& record = **f.manager.create(id, {}, Protocol::kTelnet, "", kNow);
  for (int i = 1; i < 10; ++i) EXPECT_TRUE(f.manager.touch(id, kNow + i * 1s));
  EXPECT_EQ(f.store.calls.size(), 1U);
  EXPECT_TRUE(f.manager.touch(id, kNow + 10s));
  for (int i = 11; i < 20; ++i) f.manager.touch(record, kNow + i * 1s);
  EXPECT_EQ(f.store.calls.size(), 2U);
  EXPECT_EQ(f.store.rows.at(id).session.last_activity, kNow + 10s);
  EXPECT_TRUE(f.manager.transition(id, State::kWelcome, kNow + 20s));
  f.manager.touch(record, kNow + 29s);
  EXPECT_EQ(f.store.calls.size(), 3U) << "the move was stored, with its time";
  f.manager.touch(record, kNow + 30s);
  EXPECT_EQ(f.store.calls.size(), 4U);
}

TEST(SessionManager, DetailsAreKeptStoredAndForgotten) {
  Fixture f;
  const SessionId id = f.create();
  EXPECT_EQ(f.manager.details(id), nullptr);
  const auto name_ada = [](SessionDetails& changed) { changed.account = "ada"; };
  EXPECT_TRUE(
      f.manager.change_details(id, [](SessionDetails& changed) { changed.metadata["room"] = "hall"; }));
  EXPECT_TRUE(f.manager.change_details(id, name_ada));
  const DetailsPtr details = f.manager.details(id);
  ASSERT_NE(details, nullptr);
  EXPECT_EQ(details->account, "ada");
  EXPECT_EQ(details->metadata.at("room"), "hall") << "what is not changed stays";
  EXPECT_EQ(f.store.rows.at(id).details, details);
  EXPECT_TRUE(f.manager.transition(id, State::kWelcome, kNow));
  EXPECT_EQ(f.store.rows.at(id).details, details) << "every row is whole";
  EXPECT_TRUE(f.manager.remove(id));
  EXPECT_EQ(f.manager.details(id), nullptr);
  EXPECT_EQ(f.manager.details(f.create()), nullptr) << "the place is used again, without them";
  EXPECT_EQ(f.manager.change_details(id, name_ada).error().code, ErrorCode::kNotFound);
}

TEST(SessionManager, CountsByProtocolAndListsTheActive) {
  Fixture f;
  f.create(Protocol::kWebSocketJson);
  f.hold();
  EXPECT_EQ(f.manager.count(Protocol::kWebSocketJson), 1U);
  EXPECT_EQ(f.manager.count(Protocol::kTelnet), 1U);
  const auto active = f.manager.active();
  ASSERT_EQ(active.size(), 1U);
  EXPECT_EQ(active.front().protocol, Protocol::kWebSocketJson);
}

TEST(SessionManager, WhatTheStoreBroughtBackIsHeldAndNotWrittenAgain) {
  Fixture f;
  std::vector<SessionRow> rows(5);
  for (SessionRow& row : rows) {
    row.session.id = f.ids.next(kNow);
    row.session.state = State::kPlaying;
    row.session.address = "203.0.113.9";
    row.session.created = kNow - 1h;
    row.session.last_activity = kNow - 5min;
    row.details = std::make_shared<const SessionDetails>();
  }
  rows.push_back(rows.front());
  EXPECT_EQ(f.manager.adopt(rows), 5U) << "more than sessions_max: they were promised";
  EXPECT_TRUE(f.store.calls.empty());
  EXPECT_EQ(f.manager.count(State::kDisconnected), 5U);
  const auto found = f.manager.get(rows[2].session.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, State::kDisconnected);
  EXPECT_EQ(found->created, kNow - 1h);
  EXPECT_EQ(found->expires, kNow + 10min);
  EXPECT_EQ(f.manager.details(rows[2].session.id), rows[2].details);
  EXPECT_FALSE(f.manager.create(f.ids.next(kNow), {}, Protocol::kTelnet, "", kNow));
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 10min).size(), 5U);
  EXPECT_EQ(f.manager.count(), 0U);
}

TEST(SessionManager, ASessionExpiresWhenItsHoldIsOver) {
  Fixture f;
  const SessionId usual = f.hold();
  const SessionId brief = f.hold(0s, 60s);
  const SessionId live = f.create();
  EXPECT_FALSE(f.manager.get(usual)->is_expired(kNow + 15min - 1ms));
  EXPECT_TRUE(f.manager.get(usual)->is_expired(kNow + 15min));
  EXPECT_FALSE(f.manager.get(live)->is_expired(kNow + 24h));
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 59s), Ids{});
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 60s), Ids{brief});
  EXPECT_FALSE(f.manager.get(brief));
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 15min - 1ms), Ids{});
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 15min), Ids{usual});
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 24h), Ids{}) << "a live session never expires";
  EXPECT_EQ(f.manager.count(), 1U);
  EXPECT_EQ(f.store.rows.size(), 1U);
}

TEST(SessionManager, AHoldThatEndsBetweenTwoSecondsIsOverAtMostASecondLate) {
  Fixture f;
  const SessionId id = f.hold(500ms);
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 15min + 499ms), Ids{});
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 15min + 1s), Ids{id});
}

TEST(SessionManager, ASessionThatCameBackDoesNotExpire) {
  Fixture f;
  const SessionId id = f.hold();
  EXPECT_TRUE(f.manager.transition(id, State::kPlaying, kNow + 1min));
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 15min), Ids{});
  EXPECT_TRUE(f.manager.transition(id, State::kDisconnected, kNow + 20min));
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 35min - 1ms), Ids{});
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 35min), Ids{id});
}

TEST(SessionManager, AHoldThatBeganAnewCountsFromThere) {
  Fixture f;
  const SessionId id = f.hold();
  EXPECT_TRUE(f.manager.transition(id, State::kPlaying, kNow + 1min));
  EXPECT_TRUE(f.manager.transition(id, State::kDisconnected, kNow + 2min));
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 16min), Ids{});
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 17min), Ids{id});
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 24h), Ids{});
}

TEST(SessionManager, AShorterHoldOverrulesALongerOne) {
  Fixture f;
  const SessionId id = f.hold();
  EXPECT_TRUE(f.manager.transition(id, State::kPlaying, kNow));
  EXPECT_TRUE(f.manager.transition(id, State::kDisconnected, kNow, 10s));
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 10s), Ids{id});
  const SessionId next = f.create();  // at the same place, still queued for the longer hold
  EXPECT_EQ(f.manager.cleanup_expired(kNow + 24h), Ids{});
  EXPECT_TRUE(f.manager.get(next));
}

TEST(SessionManager, CleansUpNoMoreAtOnceThanAskedAndInBatches) {
  FakeSessionStore store;
  SessionManager manager({.sessions_max = 5000}, store);
  SessionIdGenerator ids({1, 2, 3, 4});
  for (int i = 0; i < 3000; ++i) {
    const SessionId id = ids.next(kNow);
    ASSERT_TRUE(manager.create(id, {}, Protocol::kTelnet, "", kNow));
    ASSERT_TRUE(manager.transition(id, State::kDisconnected, kNow + i % 7 * 100ms));
  }
  EXPECT_EQ(manager.cleanup_expired(kNow + 1h, 10).size(), 10U);
  EXPECT_EQ(manager.count(), 2990U);
  EXPECT_EQ(manager.cleanup_expired(kNow + 1h).size(), 2990U);
  EXPECT_EQ(manager.count(State::kDisconnected), 0U);
  EXPECT_TRUE(store.rows.empty());
  EXPECT_EQ(store.removed_at_once, (std::vector<std::size_t>{10, 1024, 1024, 942}));
}

TEST(SessionManager, TheStoreHearsOfAnOpenedSessionWhenItIsTold) {
  Fixture f;
  const SessionId id = f.ids.next(kNow);
  SessionRecord& record = **f.manager.open(id, {}, Protocol::kTelnet, "203.0.113.7", kNow);
  ASSERT_TRUE(f.manager.transition(record, State::kWelcome, kNow));
  f.manager.touch(record, kNow + 1h);
  ASSERT_TRUE(f.manager.change_details(id, [](SessionDetails& details) { details.account = "Ada"; }));
  EXPECT_TRUE(f.store.calls.empty());
  bool durable = false;
  ASSERT_TRUE(
      f.manager.store(record, kNow + 1h, [&durable](Status stored) { durable = stored.has_value(); }));
  EXPECT_TRUE(durable);
  EXPECT_EQ(f.store.rows.at(id).session.state, State::kWelcome);
  EXPECT_EQ(f.store.rows.at(id).details->account, "Ada");
  ASSERT_TRUE(f.manager.store(record, kNow + 1h));
  EXPECT_EQ(f.store.calls.size(), 1U) << "once";
  ASSERT_TRUE(f.manager.remove(id));
  EXPECT_TRUE(f.store.rows.empty());
}

TEST(SessionManager, TheStoreNeverHearsOfASessionThatEndsBefore) {
  Fixture f;
  const SessionId id = f.ids.next(kNow);
  ASSERT_TRUE(f.manager.open(id, {}, Protocol::kTelnet, "203.0.113.7", kNow));
  EXPECT_EQ(f.manager.count(), 1U);
  ASSERT_TRUE(f.manager.remove(id));
  EXPECT_EQ(f.manager.count(), 0U);
  EXPECT_TRUE(f.store.calls.empty());
  f.create();
  EXPECT_EQ(f.store.calls.size(), 1U) << "the same place, another session";
}

TEST(SessionManager, AStoreThatIsFullRefusesAnOpenedSessionLater) {
  Fixture f;
  SessionRecord& record = **f.manager.open(f.ids.next(kNow), {}, Protocol::kTelnet, "203.0.113.7", kNow);
  f.store.full = true;
  EXPECT_FALSE(f.manager.store(record, kNow));
  f.store.full = false;
  EXPECT_TRUE(f.manager.store(record, kNow));
  EXPECT_EQ(f.store.rows.size(), 1U);
}

}  // namespace
}  // namespace wyld::session
