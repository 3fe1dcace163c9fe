#include "store/database_store.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>

#include "store/contract/rows_fixture.h"
#include "store/fake_database_fixture.h"

namespace wyld::store {
namespace {

using Mood = FakeServer::Mood;

session::SessionRow row(std::uint8_t number, session::State state = session::State::kPlaying) {
  session::SessionRow row;
  row.session.id.bytes[15] = number;
  row.session.id.bytes[11] = number;  // spreads over the writers
  row.session.state = state;
  row.session.address = "203.0.113.7";
  return row;
}

DatabaseStoreOptions quick_options() {
  DatabaseStoreOptions options;
  options.writer.retry_min = std::chrono::milliseconds(1);
  options.writer.retry_max = std::chrono::milliseconds(4);
  options.writer.ping_interval = std::chrono::milliseconds(2);
  return options;
}

// What a Done was told; get() waits for it. The writer may still be on its way out of the Done when the test
// is over: what it touches is its own too.
class Told {
 public:
  Done done() {
    return [state = state_](const Status& status) {
      const std::lock_guard lock(state->mutex);
      state->status = status;
      state->changed.notify_all();
    };
  }
  Status get() {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->status.has_value(); });
    return *state_->status;
  }
  [[nodiscard]] bool told() const {
    const std::lock_guard lock(state_->mutex);
    return state_->status.has_value();
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Status> status;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

class DatabaseStoreTest : public ::testing::Test {
 protected:
  DatabaseStore& open(DatabaseStoreOptions options = quick_options()) {
    store_ = std::make_unique<DatabaseStore>([this] { return std::make_unique<FakeDatabase>(server); },
                                             std::move(options));
    EXPECT_TRUE(store_->start());
    return *store_;
  }
  // Until the store says it is reachable, or is not.
  void wait_until_reachable(bool reachable) const {
    while (store_->health().reachable != reachable) std::this_thread::yield();
  }

  FakeServer server;
  std::unique_ptr<DatabaseStore> store_;
};

// At a restart whose processes overlap, the old one still has the name and the sessions.
TEST(DatabaseStoreName, AStartWaitsForTheProcessThatHasIt) {
  FakeServer server;
  server.put(row(1));
  server.hold_name(2);
  DatabaseStoreOptions options = quick_options();
  options.name_patience = std::chrono::hours(1);
  DatabaseStore store([&server] { return std::make_unique<FakeDatabase>(server); }, options);
  const Outcome<DatabaseStore::Rows> rows = store.start();
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->size(), 1U);
}

TEST(DatabaseStoreName, AStartThatIsNotToWaitRunsBesideTheOther) {
  FakeServer server;
  server.put(row(1));
  server.hold_name(1);
  DatabaseStore store([&server] { return std::make_unique<FakeDatabase>(server); }, quick_options());
  const Outcome<DatabaseStore::Rows> rows = store.start();
  ASSERT_TRUE(rows);
  EXPECT_TRUE(rows->empty());
}

TEST(DatabaseStoreName, AStopEndsTheWaitForIt) {
  FakeServer server;
  server.hold_name(1'000'000);
  DatabaseStoreOptions options = quick_options();
  options.name_patience = std::chrono::hours(1);
  DatabaseStore store([&server] { return std::make_unique<FakeDatabase>(server); }, options);
  store.stop_waiting();
  ASSERT_TRUE(store.start());
}

TEST_F(DatabaseStoreTest, SaysWhichSessionsOtherGatewaysHold) {
  session::ResumeFamily there{};
  there.fill(1);
  session::ResumeFamily nowhere{};
  nowhere.fill(2);
  server.put_elsewhere(there);
  DatabaseStoreOptions options = quick_options();
  options.elsewhere_pause = std::chrono::milliseconds(0);
  DatabaseStore& store = open(options);
  Told found;
  Told not_found;
  ASSERT_TRUE(store.find_elsewhere(there, found.done()));
  ASSERT_TRUE(store.find_elsewhere(nowhere, not_found.done()));
  EXPECT_TRUE(found.get());
  EXPECT_EQ(not_found.get().error().code, ErrorCode::kNotFound);
  server.set_mood(Mood::kAway);
  wait_until_reachable(false);
  Told unknown;
  ASSERT_TRUE(store.find_elsewhere(nowhere, unknown.done()));
  EXPECT_EQ(unknown.get().error().code, ErrorCode::kUnavailable);
}

TEST_F(DatabaseStoreTest, AcknowledgesAfterTheCommit) {
  DatabaseStore& store = open();
  server.hold_commits(true);
  Told told;
  ASSERT_TRUE(store.create(row(1), told.done()));
  server.wait_for_commits(1);
  EXPECT_FALSE(told.told());
  EXPECT_EQ(store.health().backlog_rows, 1U);
  server.hold_commits(false);
  EXPECT_TRUE(told.get());
  EXPECT_TRUE(server.rows().contains(row(1).session.id));
}

TEST_F(DatabaseStoreTest, OneCommitCarriesWhatArrivedDuringTheOneBefore) {
  DatabaseStore& store = open();
  server.hold_commits(true);
  ASSERT_TRUE(store.create(row(1), {}));
  server.wait_for_commits(1);
  std::vector<Told> told(20);
  for (std::uint8_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(store.create(row(static_cast<std::uint8_t>(10 + i)), told[i].done()));
  }
  server.hold_commits(false);
  for (Told& one : told) EXPECT_TRUE(one.get());
  const auto commits = server.commits();
  ASSERT_EQ(commits.size(), 2U);
  EXPECT_EQ(commits[1].size(), 20U);
}

TEST_F(DatabaseStoreTest, TheLastOfSeveralWritesStandsAndAllAreAcknowledged) {
  DatabaseStore& store = open();
  server.hold_commits(true);
  ASSERT_TRUE(store.create(row(9), {}));
  server.wait_for_commits(1);
  Told created;
  Told updated;
  ASSERT_TRUE(store.create(row(1, session::State::kConnecting), created.done()));
  store.update(row(1, session::State::kEditing), updated.done());
  EXPECT_EQ(store.health().backlog_rows, 3U);
  server.hold_commits(false);
  EXPECT_TRUE(created.get());
  EXPECT_TRUE(updated.get());
  EXPECT_EQ(server.rows().at(row(1).session.id).session.state, session::State::kEditing);
  EXPECT_EQ(server.commits()[1].size(), 1U);
  ASSERT_TRUE(store.load());
  EXPECT_EQ(store.health().backlog_rows, 0U);
  EXPECT_EQ(store.health().backlog_bytes, 0U);
}

TEST_F(DatabaseStoreTest, ARemovalAfterACreationLeavesNothing) {
  DatabaseStoreOptions options = quick_options();
  options.writers = 3;
  DatabaseStore& store = open(options);
  std::vector<SessionId> ids;
  for (std::uint8_t i = 1; i <= 50; ++i) {
    ids.push_back(row(i).session.id);
    ASSERT_TRUE(store.create(row(i), {}));
  }
  Told removed;
  store.remove(ids, removed.done());
  EXPECT_TRUE(removed.get());
  EXPECT_TRUE(server.rows().empty());
  Told nothing;
  store.remove({}, nothing.done());
  EXPECT_TRUE(nothing.get());
}

TEST_F(DatabaseStoreTest, WhatWasTakenWhileTheDatabaseWasAwayIsWrittenInOrderWhenItIsBack) {
  DatabaseStore& store = open();
  server.set_mood(Mood::kAway);
  wait_until_reachable(false);
  EXPECT_EQ(store.health().trouble, "the server is away");
  Told created;
  Told updated;
  ASSERT_TRUE(store.create(row(1, session::State::kConnecting), created.done()));
  store.update(row(1, session::State::kPlaying), updated.done());
  ASSERT_TRUE(store.create(row(2), {}));
  EXPECT_FALSE(store.load());  // does not wait for ever
  EXPECT_FALSE(created.told());
  server.set_mood(Mood::kWell);
  EXPECT_TRUE(created.get());
  EXPECT_TRUE(updated.get());
  wait_until_reachable(true);
  const Result<DatabaseStore::Rows> rows = store.load();
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->size(), 2U);
  EXPECT_EQ(server.rows().at(row(1).session.id).session.state, session::State::kPlaying);
}

TEST_F(DatabaseStoreTest, CommandsAndScrollbackThatWaitAreNotLostByLaterWrites) {
  DatabaseStore& store = open();
  Told there;
  session::SessionRow former = row(1);
  former.commands = contract::commands({"of old"});
  former.scrollback = contract::scrollback({"of old"});
  ASSERT_TRUE(store.create(former, there.done()));
  EXPECT_TRUE(there.get());
  server.set_mood(Mood::kAway);
  wait_until_reachable(false);
  Told queued;
  Told said;
  Told moved;
  session::SessionRow with_commands = row(1);
  with_commands.commands = contract::commands({"north", "look"});
  store.update(with_commands, queued.done());
  session::SessionRow with_scrollback = row(1);
  with_scrollback.scrollback = contract::scrollback({"A hall."});
  store.update(with_scrollback, said.done());
  store.update(row(1, session::State::kDisconnected), moved.done());
  EXPECT_GT(store.health().backlog_bytes, 0U);
  server.set_mood(Mood::kWell);
  for (Told* const told : {&queued, &said, &moved}) EXPECT_TRUE(told->get());
  const session::SessionRow stored = server.rows().at(row(1).session.id);
  EXPECT_EQ(stored.session.state, session::State::kDisconnected);
  EXPECT_EQ(*stored.commands, *with_commands.commands);
  EXPECT_EQ(*stored.scrollback, *with_scrollback.scrollback);
  wait_until_reachable(true);
  ASSERT_TRUE(store.load());
  EXPECT_EQ(store.health().backlog_bytes, 0U);
}

TEST_F(DatabaseStoreTest, ABatchIsBoundedInBytes) {
  DatabaseStoreOptions options = quick_options();
  options.writer.batch_bytes_max = 100'000;
  DatabaseStore& store = open(options);
  server.hold_commits(true);
  ASSERT_TRUE(store.create(row(100), {}));
  server.wait_for_commits(1);
  std::vector<Told> told(10);
  for (std::uint8_t i = 0; i < 10; ++i) {
    session::SessionRow large = row(i);
    large.scrollback = contract::scrollback({std::string(i == 5 ? 200'000 : 40'000, 'x')});
    ASSERT_TRUE(store.create(large, told[i].done()));
  }
  server.hold_commits(false);
  for (Told& one : told) EXPECT_TRUE(one.get());
  std::vector<std::size_t> counts;
  for (const auto& commit : server.commits()) counts.push_back(commit.size());
  EXPECT_EQ(counts, (std::vector<std::size_t>{1, 2, 2, 1, 1, 2, 2}));
}

TEST_F(DatabaseStoreTest, ACommitWhoseAnswerWasLostIsRepeated) {
  DatabaseStore& store = open();
  server.set_mood(Mood::kLosesAnswers);
  Told told;
  ASSERT_TRUE(store.create(row(1), told.done()));
  server.wait_for_commits(3);
  EXPECT_FALSE(told.told());
  server.set_mood(Mood::kWell);
  EXPECT_TRUE(told.get());
  EXPECT_EQ(server.rows().size(), 1U);
}

TEST_F(DatabaseStoreTest, ARowThatIsRefusedHoldsUpNoOther) {
  DatabaseStore& store = open();
  server.reject(row(7).session.id);
  server.hold_commits(true);
  ASSERT_TRUE(store.create(row(100), {}));
  server.wait_for_commits(1);
  std::vector<Told> told(20);
  for (std::uint8_t i = 0; i < 20; ++i) ASSERT_TRUE(store.create(row(i), told[i].done()));
  server.hold_commits(false);
  for (std::uint8_t i = 0; i < 20; ++i) {
    const Status status = told[i].get();
    EXPECT_EQ(status.has_value(), i != 7) << int{i};
    EXPECT_TRUE(status || status.error().code == ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(server.rows().size(), 20U);
  EXPECT_TRUE(store.health().reachable);
}

TEST_F(DatabaseStoreTest, AFullBacklogRefusesNewSessionsOnly) {
  DatabaseStoreOptions options = quick_options();
  options.backlog_rows_max = 3;
  DatabaseStore& store = open(options);
  server.set_mood(Mood::kAway);
  wait_until_reachable(false);
  for (std::uint8_t i = 0; i < 3; ++i) ASSERT_TRUE(store.create(row(i), {}));
  bool ran = false;
  const Status refused = store.create(row(3), [&ran](const Status&) { ran = true; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(ran);
  Told updated;
  store.update(row(1, session::State::kDisconnected), updated.done());
  Told removed;
  store.remove(std::array{row(2).session.id}, removed.done());
  server.set_mood(Mood::kWell);
  EXPECT_TRUE(updated.get());
  EXPECT_TRUE(removed.get());
  EXPECT_EQ(server.rows().size(), 2U);
  EXPECT_TRUE(store.create(row(3), {}));
}

TEST_F(DatabaseStoreTest, TheBacklogIsBoundedInBytesToo) {
  DatabaseStoreOptions options = quick_options();
  options.backlog_bytes_max = 100'000;
  DatabaseStore& store = open(options);
  server.set_mood(Mood::kAway);
  wait_until_reachable(false);
  session::SessionRow large = row(1);
  large.details = std::make_shared<session::SessionDetails>(session::SessionDetails{
      .account = "", .capabilities = {}, .metadata = {{"note", std::string(200'000, 'x')}}});
  ASSERT_TRUE(store.create(large, {}));
  EXPECT_FALSE(store.create(row(2), {}));
}

TEST_F(DatabaseStoreTest, ClosingWritesWhatWaits) {
  DatabaseStore& store = open();
  Told told;
  ASSERT_TRUE(store.create(row(1), told.done()));
  store.close(std::chrono::seconds(60));
  EXPECT_TRUE(told.get());
  EXPECT_EQ(server.rows().size(), 1U);
}

TEST_F(DatabaseStoreTest, ClosingGivesUpWhatCannotBeWritten) {
  DatabaseStore& store = open();
  server.set_mood(Mood::kAway);
  wait_until_reachable(false);
  Told told;
  ASSERT_TRUE(store.create(row(1), told.done()));
  store.close(std::chrono::milliseconds(5));
  const Status status = told.get();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
  Told late;
  store.update(row(1), late.done());
  EXPECT_FALSE(late.get());
}

TEST_F(DatabaseStoreTest, StartsWithoutItsDatabaseAndAdoptsLater) {
  server.put(row(5, session::State::kDisconnected));
  server.set_mood(Mood::kAway);
  DatabaseStore store([this] { return std::make_unique<FakeDatabase>(server); }, quick_options());
  const Outcome<DatabaseStore::Rows> started = store.start();
  ASSERT_FALSE(started);
  std::promise<DatabaseStore::Rows> adopted;
  store.start_without(started.error(),
                      [&adopted](DatabaseStore::Rows rows) { adopted.set_value(std::move(rows)); });
  EXPECT_FALSE(store.health().reachable);
  EXPECT_FALSE(store.find("alice"));
  Told told;
  ASSERT_TRUE(store.create(row(1), told.done()));
  server.set_mood(Mood::kWell);
  const DatabaseStore::Rows rows = adopted.get_future().get();
  ASSERT_EQ(rows.size(), 1U);  // what was created meanwhile is not brought back
  EXPECT_EQ(rows[0].session.id, row(5).session.id);
  EXPECT_TRUE(told.get());
  EXPECT_TRUE(store.find("alice"));
}

TEST_F(DatabaseStoreTest, AnAccountWhoseAnswerWasLostIsNotTaken) {
  FakeDatabase* questions = nullptr;
  store_ = std::make_unique<DatabaseStore>(
      [&] {
        auto database = std::make_unique<FakeDatabase>(server);
        if (questions == nullptr) questions = database.get();
        return database;
      },
      quick_options());
  ASSERT_TRUE(store_->start());
  questions->loses_next_answer = true;
  session::Account alice{.name = "Alice", .password_hash = "hash one", .email = "", .created = {}};
  EXPECT_TRUE(store_->add(alice));
  alice.password_hash = "hash two";
  const Status taken = store_->add(alice);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kAlreadyExists);
}

TEST_F(DatabaseStoreTest, ManyThreadsLoseNothing) {
  DatabaseStoreOptions options = quick_options();
  options.writers = 2;
  DatabaseStore& store = open(options);
  constexpr int kEach = 60;
  std::atomic<int> acknowledged{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const session::SessionRow one = row(static_cast<std::uint8_t>(t * kEach + i));
        EXPECT_TRUE(store.create(one, [&](const Status& status) { acknowledged += status.has_value(); }));
        if (i % 10 == 0) server.set_mood(i % 20 == 0 ? Mood::kAway : Mood::kLosesAnswers);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  server.set_mood(Mood::kWell);
  store.close(std::chrono::seconds(60));
  EXPECT_EQ(acknowledged.load(), 4 * kEach);
  EXPECT_EQ(server.rows().size(), static_cast<std::size_t>(4 * kEach));
}

}  // namespace
}  // namespace wyld::store
