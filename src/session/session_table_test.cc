// What threads do to the table at once: a model says what each of them may see.
#include "session/session_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "session/session_manager.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::system_clock::time_point kNow{1'700'000'000s};

// Keeps the last row of each session, as a database would, and checks the order of the calls.
class LastRows final : public SessionStore {
 public:
  Status create(SessionRow row, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      EXPECT_TRUE(rows_.emplace(row.session.id, row.session).second);
    }
    if (done) done({});
    return {};
  }
  void update(SessionRow row, Done /*done*/) override {
    const std::lock_guard lock(mutex_);
    const auto found = rows_.find(row.session.id);
    ASSERT_NE(found, rows_.end()) << "an update overtook the removal";
    EXPECT_LE(found->second.last_activity, row.session.last_activity) << "an older row came later";
    found->second = row.session;
  }
  void remove(std::span<const SessionId> ids, Done /*done*/) override {
    const std::lock_guard lock(mutex_);
    for (const SessionId& id : ids) EXPECT_EQ(rows_.erase(id), 1U);
  }
  Result<std::vector<SessionRow>> load() override { return std::vector<SessionRow>{}; }
  StoreHealth health() const override { return {}; }

  [[nodiscard]] const std::map<SessionId, SessionSnapshot>& rows() const { return rows_; }

 private:
  std::mutex mutex_;
  std::map<SessionId, SessionSnapshot> rows_;
};

// Everything of a session follows from its id and from which of two connections it has, so a mix shows.
std::uint32_t number_of(const SessionId& id) { return std::uint32_t{id.bytes[14]} << 8 | id.bytes[15]; }
Protocol protocol_of(const SessionId& id, unsigned connection) {
  return static_cast<Protocol>((number_of(id) + connection) % kProtocolCount);
}
SessionHandle handle_of(const SessionId& id, unsigned connection) {
  return {.shard = id.bytes[10], .slot = number_of(id) & 0xffffff, .generation = connection + 1};
}
AddressText address_of(const SessionId& id, unsigned connection) {
  return AddressText(id.text() + (connection == 0 ? " first" : " other"));
}
std::chrono::system_clock::time_point created_of(const SessionId& id) { return kNow + number_of(id) * 1ms; }
// What anybody may touch a session with, and the time from which its writer moves and touches it.
std::chrono::system_clock::time_point touched_of(const SessionId& id) { return created_of(id) + 1s; }
constexpr auto kWritten = kNow + 70s;

bool is_whole(const SessionSnapshot& session) {
  const SessionId& id = session.id;
  const unsigned connection = session.protocol == protocol_of(id, 0) ? 0 : 1;
  const bool held = session.state == State::kDisconnected;
  return session.protocol == protocol_of(id, connection) && session.address == address_of(id, connection) &&
         session.handle == (held ? SessionHandle{} : handle_of(id, connection)) &&
         session.created == created_of(id) &&
         (session.last_activity == created_of(id) || session.last_activity == touched_of(id) ||
          session.last_activity >= kWritten) &&
         (!held || session.expires > session.last_activity);
}

TEST(SessionTable, FindsWhatIsThereThroughGrowthRemovalAndReuse) {
  SessionTable table;
  SessionIdGenerator ids({1, 2, 3, 4});
  std::vector<SessionId> here;
  std::vector<SessionId> gone;
  std::uint64_t random = 1;
  for (int i = 0; i < 20'000; ++i) {
    const SessionId id = ids.next(kNow);
    const SessionTable::Key key(id);
    ASSERT_NE(table.stripe_of(key).insert(key, [](SessionRecord&) {}), nullptr);
    ASSERT_EQ(table.stripe_of(key).insert(key, [](SessionRecord&) {}), nullptr);
    here.push_back(id);
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    if (random >> 62 != 0) {  // three of four leave again
      std::swap(here[(random >> 20) % here.size()], here.back());
      const SessionTable::Key leaving(here.back());
      SessionTable::Stripe& stripe = table.stripe_of(leaving);
      stripe.erase(*stripe.find(leaving));
      gone.push_back(here.back());
      here.pop_back();
    }
  }
  for (const SessionId& id : here) {
    SessionId found;
    ASSERT_TRUE(table.read(id, [&found](const SessionRecord& record) { found = record.id(); }));
    ASSERT_EQ(found, id);
  }
  for (const SessionId& id : gone) ASSERT_FALSE(table.read(id, [](const SessionRecord&) {}));
  std::size_t visited = 0;
  for (const SessionTable::Stripe& stripe : table.stripes()) {
    stripe.for_each([&visited](const SessionRecord&) { ++visited; });
  }
  EXPECT_EQ(visited, here.size());
}

TEST(SessionTable, IdsThatAreAlikeAreTold) {
  SessionTable table;
  std::set<SessionId> ids;
  for (std::size_t byte = 0; byte < 16; ++byte) {
    for (unsigned value = 0; value < 256; ++value) {
      SessionId id;
      id.bytes[byte] = static_cast<std::uint8_t>(value);
      if (!ids.insert(id).second) continue;
      const SessionTable::Key key(id);
      ASSERT_NE(table.stripe_of(key).insert(key, [](SessionRecord&) {}), nullptr);
    }
  }
  for (const SessionId& id : ids) ASSERT_TRUE(table.read(id, [](const SessionRecord&) {}));
}

// Writers own their sessions and know how these stand; readers look at everybody's.
TEST(SessionTable, ThreadsNeverSeeAMixOfTwoSessions) {
  constexpr int kWriters = 3;
  constexpr int kReaders = 2;
  constexpr std::size_t kEach = 4;  // few, so that places are used again and again
  constexpr int kSteps = 10'000;
  constexpr std::uint64_t kSeen = 100'000;  // however the threads are scheduled, readers get their turn
  LastRows store;
  SessionManager manager({.sessions_max = 1'000'000, .touch_interval = 50ms, .hold = 1h}, store);
  std::array<std::array<std::atomic<std::uint64_t>, 2>, kWriters * kEach> shared{};  // ids to look for
  std::latch begin(kWriters + kReaders);
  std::atomic<int> writing{kWriters};
  std::atomic<std::uint64_t> seen{0};

  struct Leaving {  // also when an assertion has failed
    std::atomic<int>& present;
    ~Leaving() { --present; }
  };
  struct Kept {
    SessionId id;
    State state = State::kClosed;  // Closed: none
  };
  std::array<std::array<Kept, kEach>, kWriters> kept;
  std::vector<std::thread> threads;
  for (std::size_t w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      const Leaving leaving{writing};
      SessionIdGenerator ids({w + 1, 2, 3, 4});
      // All in one stripe, which gives the place of the last one that left to the next one that comes.
      const auto next_id = [&ids](std::chrono::system_clock::time_point now) {
        for (;;) {
          if (const SessionId id = ids.next(now); SessionTable::Key(id).stripe == 0) return id;
        }
      };
      std::uint64_t random = w + 1;
      begin.arrive_and_wait();
      for (int step = 0; step < kSteps || (seen < kSeen && !HasFailure()); ++step) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        const std::size_t slot = random >> 40 & (kEach - 1);
        Kept& mine = kept[w][slot];
        const auto now = kWritten + step * 1ms;
        if (mine.state == State::kClosed) {
          mine.id = next_id(now);
          mine.state = State::kConnecting;
          ASSERT_TRUE(manager.create(mine.id, handle_of(mine.id, 0), protocol_of(mine.id, 0),
                                     address_of(mine.id, 0), created_of(mine.id)));
          const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(mine.id);
          shared[w * kEach + slot][0] = words[0];
          shared[w * kEach + slot][1] = words[1];
        } else if (random >> 62 == 0) {
          ASSERT_TRUE(manager.remove(mine.id));
          ASSERT_FALSE(manager.get(mine.id));
          mine.state = State::kClosed;
        } else if (random >> 62 == 1) {
          const auto to = static_cast<State>((random >> 50) % kStateCount);
          const bool allowed =
              may_move(mine.state, to) && to != State::kClosed && mine.state != State::kDisconnected;
          if (allowed) {
            ASSERT_TRUE(manager.transition(mine.id, to, now));
            mine.state = to;
          } else if (!may_move(mine.state, to)) {
            ASSERT_FALSE(manager.transition(mine.id, to, now));
          }
        } else if (random >> 62 == 2 && mine.state != State::kDisconnected) {
          const auto other = static_cast<unsigned>(random >> 50 & 1);
          ASSERT_TRUE(manager.connect(mine.id, handle_of(mine.id, other), protocol_of(mine.id, other),
                                      address_of(mine.id, other)));
        } else {
          ASSERT_TRUE(manager.touch(mine.id, now));
        }
        if (mine.state != State::kClosed) {
          const auto found = manager.get(mine.id);
          ASSERT_TRUE(found);
          ASSERT_EQ(found->state, mine.state);
          ASSERT_TRUE(is_whole(*found));
        }
      }
    });
  }
  for (std::size_t r = 0; r < kReaders; ++r) {
    threads.emplace_back([&, r] {
      std::uint64_t random = r + 100;
      begin.arrive_and_wait();
      while (writing != 0) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        const auto& words = shared[(random >> 33) % shared.size()];
        const auto id = std::bit_cast<SessionId>(std::array<std::uint64_t, 2>{words[0], words[1]});
        if (const auto found = manager.get(id)) {
          ASSERT_EQ(found->id, id);
          ASSERT_TRUE(is_whole(*found)) << id.text();
          ++seen;
        }
        if (random >> 62 == 0) (void)manager.touch(id, touched_of(id));
        if (random >> 56 == 0) {
          for (const SessionSnapshot& session : manager.active()) ASSERT_TRUE(is_whole(session));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  std::map<SessionId, State> expected;
  std::array<std::size_t, kStateCount> by_state{};
  for (const auto& writer : kept) {
    for (const Kept& mine : writer) {
      if (mine.state == State::kClosed) continue;
      expected.emplace(mine.id, mine.state);
      ++by_state[static_cast<std::size_t>(mine.state)];
    }
  }
  EXPECT_EQ(manager.count(), expected.size());
  for (std::size_t i = 0; i < kStateCount; ++i) EXPECT_EQ(manager.count(static_cast<State>(i)), by_state[i]);
  std::size_t connected = 0;
  for (std::size_t i = 0; i < kProtocolCount; ++i) connected += manager.connected(static_cast<Protocol>(i));
  EXPECT_EQ(connected, expected.size() - by_state[static_cast<std::size_t>(State::kDisconnected)]);
  ASSERT_EQ(store.rows().size(), expected.size());
  for (const auto& [id, row] : store.rows())
    EXPECT_EQ(row.state, expected.at(id)) << "the last state is stored";
}

TEST(SessionTable, TwoThreadsThatMoveOneSessionLeaveTheStoreWithItsLastState) {
  LastRows store;
  SessionManager manager({}, store);
  const SessionId id = SessionIdGenerator({1, 2, 3, 4}).next(kNow);
  ASSERT_TRUE(manager.create(id, {}, Protocol::kTelnet, "203.0.113.7", kNow));
  ASSERT_TRUE(manager.transition(id, State::kWelcome, kNow));
  ASSERT_TRUE(manager.transition(id, State::kPlaying, kNow));
  std::latch begin(3);
  std::atomic<int> moves{0};
  std::vector<std::thread> threads;
  for (const State to : {State::kPlaying, State::kEditing, State::kDisconnected}) {
    threads.emplace_back([&, to] {
      begin.arrive_and_wait();
      for (int i = 0; i < 2000; ++i) {
        if (manager.transition(id, to, kNow)) ++moves;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(moves, 0);
  EXPECT_EQ(store.rows().at(id).state, manager.get(id)->state);
}

TEST(SessionTable, CleanupAndReturnRaceForASessionAndOneOfThemWins) {
  LastRows store;
  SessionManager manager({.hold = 0ms}, store);
  SessionIdGenerator ids({1, 2, 3, 4});
  std::size_t expired = 0;
  std::size_t returned = 0;
  for (int round = 0; round < 200; ++round) {
    const auto now = kNow + round * 1s;
    const SessionId id = ids.next(now);
    ASSERT_TRUE(manager.create(id, {}, Protocol::kTelnet, "", now));
    ASSERT_TRUE(manager.transition(id, State::kDisconnected, now));
    std::latch begin(2);
    bool back = false;
    std::thread player([&] {
      begin.arrive_and_wait();
      back = manager.transition(id, State::kPlaying, now).has_value();
    });
    begin.arrive_and_wait();
    const std::vector<SessionId> ended = manager.cleanup_expired(now);
    player.join();
    ASSERT_EQ(ended.empty(), back);
    ASSERT_EQ(manager.get(id).has_value(), back);
    ++(back ? returned : expired);
  }
  EXPECT_EQ(expired + returned, 200U);
  EXPECT_EQ(manager.count(), returned);
}

}  // namespace
}  // namespace wyld::session
