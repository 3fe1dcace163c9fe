#include "session/session_manager.h"

#include <gtest/gtest.h>

#include <atomic>
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
};

TEST(SessionManager, CreatesFindsAndRemoves) {
  Fixture f;
  const SessionId id = f.create();
  const auto found = f.manager.get(id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, State::kConnecting);
  EXPECT_EQ(found->address, "203.0.113.7");
  EXPECT_EQ(found->created, kNow);
  EXPECT_EQ(f.manager.count(), 1U);
  EXPECT_TRUE(f.manager.remove(id));
  EXPECT_FALSE(f.manager.get(id));
  EXPECT_EQ(f.manager.count(), 0U);
  EXPECT_EQ(f.manager.remove(id).error().code, ErrorCode::kNotFound);
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

TEST(SessionManager, ARefusedMoveChangesNothing) {
  Fixture f;
  const SessionId id = f.create();
  const Status refused = f.manager.transition(id, State::kEditing);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kState);
  EXPECT_EQ(f.manager.get(id)->state, State::kConnecting);
  EXPECT_EQ(f.manager.count(State::kConnecting), 1U);
  EXPECT_EQ(f.store.calls.size(), 1U) << "only the creation was stored";
}

TEST(SessionManager, AMoveIsMadeCountedAndStored) {
  Fixture f;
  const SessionId id = f.create();
  EXPECT_TRUE(f.manager.transition(id, State::kWelcome));
  EXPECT_TRUE(f.manager.transition(id, State::kPlaying));
  EXPECT_EQ(f.manager.count(State::kConnecting), 0U);
  EXPECT_EQ(f.manager.count(State::kPlaying), 1U);
  EXPECT_EQ(f.store.calls, (std::vector<std::string>{"create " + id.text(), "state " + id.text() + " Welcome",
                                                     "state " + id.text() + " Playing"}));
  EXPECT_EQ(f.manager.transition(f.ids.next(kNow), State::kWelcome).error().code, ErrorCode::kNotFound);
}

TEST(SessionManager, TouchMovesTheLastActivity) {
  Fixture f;
  const SessionId id = f.create();
  EXPECT_TRUE(f.manager.touch(id, kNow + 5s));
  EXPECT_EQ(f.manager.get(id)->last_activity, kNow + 5s);
  EXPECT_FALSE(f.manager.touch(f.ids.next(kNow), kNow));
}

TEST(SessionManager, CountsByProtocolAndListsTheActive) {
  Fixture f;
  f.create(Protocol::kWebSocketJson);
  const SessionId held = f.create();
  EXPECT_TRUE(f.manager.transition(held, State::kDisconnected));
  EXPECT_EQ(f.manager.count(Protocol::kWebSocketJson), 1U);
  EXPECT_EQ(f.manager.count(Protocol::kTelnet), 1U);
  const auto active = f.manager.active();
  ASSERT_EQ(active.size(), 1U);
  EXPECT_EQ(active.front().protocol, Protocol::kWebSocketJson);
}

TEST(SessionManager, ThreadsMayUseItAtOnce) {
  struct QuietStore final : SessionStore {
    void create(const SessionSnapshot&, Done done) override { done({}); }
    void update_state(const SessionId&, State, Done done) override { done({}); }
    void remove(const SessionId&, Done done) override { done({}); }
    Result<std::vector<SessionSnapshot>> load_all() override { return std::vector<SessionSnapshot>{}; }
  } quiet;
  SessionManager manager({.sessions_max = 100'000}, quiet);
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) (void)manager.active();
  });
  std::vector<std::thread> writers;
  for (std::uint64_t t = 0; t < 3; ++t) {
    writers.emplace_back([&manager, t] {
      SessionIdGenerator ids({t + 1, 2, 3, 4});
      for (int i = 0; i < 2000; ++i) {
        const SessionId id = ids.next(kNow);
        ASSERT_TRUE(manager.create(id, {}, Protocol::kTelnet, "203.0.113.7", kNow));
        ASSERT_TRUE(manager.touch(id, kNow + 1s));
        ASSERT_TRUE(manager.transition(id, State::kWelcome));
        if (i % 2 == 0) {
          ASSERT_TRUE(manager.remove(id));
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  stop = true;
  reader.join();
  EXPECT_EQ(manager.count(), 3000U);
  EXPECT_EQ(manager.count(State::kWelcome), 3000U);
}

}  // namespace
}  // namespace wyld::session
