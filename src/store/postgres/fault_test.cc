// A server that goes away, comes back, hangs, cuts connections and refuses writes.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/contract/rows_fixture.h"
#include "store/postgres/cluster_fixture.h"
#include "store/postgres/proxy_fixture.h"

namespace wyld::store::postgres {
namespace {

using contract::described;
using contract::session_id;
using contract::session_row;
using session::State;

const GatewayIdentity kGateway{.name = "host", .instance = "host"};

Batch batch_of(std::vector<session::SessionRow> rows) { return {.rows = std::move(rows), .removals = {}}; }

// Repeats `call` as the store does, until the database is there.
template <typename Call>
void persist(PostgresDatabase& database, Call&& call) {
  while (true) {
    auto done = database.connect();
    if (done) done = call();
    if (done) return;
    ASSERT_EQ(done.error().fault, Fault::kUnreachable) << done.error().message;
  }
}

class PostgresFaults : public ::testing::Test {
 protected:
  PostgresDatabase make(const std::string& url) { return PostgresDatabase(options_for(url)); }
  static std::vector<std::string> stored(PostgresDatabase& database) {
    const auto rows = database.load(kGateway);
    EXPECT_TRUE(rows) << rows.error().message;
    return described(rows.value_or(contract::Rows{}));
  }
  // The same place by way of the proxy.
  std::string by_proxy() {
    std::string url = url_;
    const std::string port = ':' + std::to_string(server_.port());
    return url.replace(url.find(port), port.size(), ':' + std::to_string(proxy_.port()));
  }
  void SetUp() override {
    ASSERT_TRUE(database_.connect());
    ASSERT_TRUE(database_.migrate());
  }

  testing::PostgresCluster& server_ = shared_cluster();
  const std::string url_ = new_place();
  TroublesomeProxy proxy_{server_.port()};
  PostgresDatabase database_{options_for(url_)};
};

template <typename T>
void expect_unreachable(const Outcome<T>& outcome) {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::kUnreachable) << outcome.error().message;
  EXPECT_EQ(outcome.error().message.find("swordfish"), std::string::npos) << outcome.error().message;
}

TEST_F(PostgresFaults, AServerThatWasStoppedIsUsedAgainWhenItIsBack) {
  for (const auto how : {testing::PostgresCluster::Stop::kFast, testing::PostgresCluster::Stop::kImmediate}) {
    ASSERT_TRUE(database_.commit(kGateway, batch_of({session_row(1)})));
    ASSERT_TRUE(server_.stop(how));
    expect_unreachable(database_.commit(kGateway, batch_of({session_row(2)})));
    expect_unreachable(database_.ping());
    expect_unreachable(database_.connect());
    ASSERT_TRUE(server_.start());
    ASSERT_TRUE(database_.connect());
    EXPECT_TRUE(database_.ping());
    EXPECT_EQ(stored(database_), described({session_row(1)}));
  }
}

TEST_F(PostgresFaults, AConnectionThatWasTerminatedIsNoticedByTheNextCallOnly) {
  ASSERT_TRUE(database_.commit(kGateway, batch_of({session_row(1)})));
  server_.terminate_connections();
  expect_unreachable(database_.commit(kGateway, batch_of({session_row(2)})));
  ASSERT_TRUE(database_.connect());
  EXPECT_TRUE(database_.commit(kGateway, batch_of({session_row(2)})));
  EXPECT_EQ(stored(database_), described({session_row(1), session_row(2)}));
}

TEST_F(PostgresFaults, TerminatedAtAnyMomentNoAcknowledgedRowIsLostOrDoubled) {
  constexpr std::uint64_t kRows = 2'000;
  std::atomic<std::uint64_t> written = 0;
  std::atomic<bool> over = false;
  std::jthread terminator([&] {
    for (int i = 0; i < 40; ++i) {
      const std::uint64_t before = written.load();
      while (written.load() == before && !over) written.wait(before);
      server_.terminate_connections();
    }
  });
  contract::Rows expected;
  for (std::uint64_t number = 0; number < kRows; ++number) {
    // Each row is written, then changed together with the next one.
    Batch batch = batch_of({session_row(number)});
    if (number > 0) batch.rows.push_back(session_row(number - 1, State::kEditing));
    if (number > 1 && number % 3 == 0) {
      batch.removals.push_back(session_id(number - 2));
      std::erase_if(expected, [&](const auto& row) { return row.session.id == session_id(number - 2); });
    }
    persist(database_, [&] { return database_.commit(kGateway, batch); });
    if (number > 0) expected.back().session.state = State::kEditing;
    expected.push_back(session_row(number));
    ++written;
    written.notify_all();
  }
  over = true;
  ++written;
  written.notify_all();
  terminator.join();
  persist(database_, [&] { return database_.ping(); });
  EXPECT_EQ(stored(database_), described(expected));
}

TEST_F(PostgresFaults, CrashesOfTheServerLoseNothingThatWasAcknowledged) {
  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<bool> over = false;
  std::jthread writer([&] {
    PostgresDatabase database(options_for(url_));
    for (std::uint64_t number = 0; !over; ++number) {
      persist(database, [&] { return database.commit(kGateway, batch_of({session_row(number)})); });
      ++acknowledged;
      acknowledged.notify_all();
    }
  });
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t before = acknowledged.load();
    acknowledged.wait(before);
    ASSERT_TRUE(server_.stop(testing::PostgresCluster::Stop::kImmediate));
    ASSERT_TRUE(server_.start());
  }
  over = true;
  writer.join();
  contract::Rows expected;
  for (std::uint64_t number = 0; number < acknowledged; ++number) expected.push_back(session_row(number));
  persist(database_, [&] { return database_.ping(); });
  EXPECT_EQ(stored(database_), described(expected));
}

TEST_F(PostgresFaults, ACommitWhoseAnswerIsLostIsRepeatedWithoutHarm) {
  PostgresDatabase database = make(by_proxy());
  ASSERT_TRUE(database.connect());
  const Batch first = batch_of({session_row(1), session_row(2)});
  ASSERT_TRUE(database.commit(kGateway, first));
  const Batch second{.rows = {session_row(2, State::kEditing), session_row(3)}, .removals = {session_id(1)}};
  proxy_.lose_next_answer();
  expect_unreachable(database.commit(kGateway, second));
  // It took effect.
  const auto expected = described({session_row(2, State::kEditing), session_row(3)});
  EXPECT_EQ(stored(database_), expected);
  ASSERT_TRUE(database.connect());
  EXPECT_TRUE(database.commit(kGateway, second));
  EXPECT_EQ(stored(database_), expected);
}

TEST_F(PostgresFaults, ACommitThatWasGivenUpNeverOverwritesALaterOne) {
  PostgresOptions options = options_for(by_proxy());
  options.answer_timeout = std::chrono::milliseconds(300);
  PostgresDatabase database(options);
  ASSERT_TRUE(database.connect());
  ASSERT_TRUE(database.commit(kGateway, batch_of({session_row(1, State::kConnecting)})));
  proxy_.hold();
  const Outcome<void> given_up = database.commit(kGateway, batch_of({session_row(1, State::kWelcome)}));
  expect_unreachable(given_up);
  EXPECT_NE(given_up.error().message.find("the server has not answered for 1 s"), std::string::npos);
  // The first connection is still there, and its commit on the way.
  persist(database, [&] { return database.commit(kGateway, batch_of({session_row(1, State::kPlaying)})); });
  proxy_.release();
  proxy_.wait_until_gone();
  EXPECT_EQ(stored(database_), described({session_row(1, State::kPlaying)}));
}

TEST_F(PostgresFaults, ACommitThatFailsAtItsVeryEndIsNoCommit) {
  ASSERT_TRUE(database_.commit(kGateway, batch_of({session_row(1)})));
  const std::string schema = url_.substr(url_.rfind('D') + 1);
  ASSERT_EQ(server_.sql("SET search_path = " + schema +
                        "; CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                        " $$ BEGIN RAISE EXCEPTION 'not today' USING ERRCODE = '23514'; END $$;"
                        "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON sessions"
                        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.state = 'Editing')"
                        " EXECUTE FUNCTION refuse()"),
            "");
  for (const Batch& batch : {batch_of({session_row(2), session_row(3, State::kEditing)}),
                             Batch{.rows = {session_row(3, State::kEditing)}, .removals = {session_id(1)}}}) {
    const Outcome<void> refused = database_.commit(kGateway, batch);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::kRejected) << refused.error().message;
    EXPECT_EQ(stored(database_), described({session_row(1)}));
  }
}

TEST_F(PostgresFaults, RefusedRowsLeaveTheConnectionAsItWas) {
  ASSERT_TRUE(database_.commit(kGateway, batch_of({session_row(1)})));
  session::SessionRow bad = session_row(2);
  for (const auto& details : {contract::details("", {{"note", std::string("a\0b", 3)}}),
                              contract::details(std::string("a\0b", 3)), contract::details("\xc3")}) {
    bad.details = details;
    const Outcome<void> refused =
        database_.commit(kGateway, {.rows = {session_row(3), bad}, .removals = {session_id(1)}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::kRejected) << refused.error().message;
    EXPECT_EQ(stored(database_), described({session_row(1)}));
  }
  EXPECT_TRUE(database_.commit(kGateway, batch_of({session_row(2)})));
}

TEST_F(PostgresFaults, AReadOnlyServerIsUnreachableUntilItIsNot) {
  ASSERT_EQ(server_.create_database("failover"), "");
  PostgresDatabase database = make(server_.url("failover"));
  ASSERT_TRUE(database.connect());
  ASSERT_TRUE(database.migrate());
  ASSERT_EQ(server_.sql("ALTER DATABASE failover SET default_transaction_read_only = on", "postgres"), "");
  server_.terminate_connections();
  expect_unreachable(database.ping());
  ASSERT_TRUE(database.connect());
  expect_unreachable(database.ping());
  ASSERT_TRUE(database.connect());
  expect_unreachable(database.commit(kGateway, batch_of({session_row(1)})));
  ASSERT_TRUE(database.connect());
  expect_unreachable(database.claim("host", ""));
  ASSERT_EQ(server_.sql("ALTER DATABASE failover RESET default_transaction_read_only", "postgres"), "");
  ASSERT_TRUE(database.connect());
  EXPECT_TRUE(database.ping());
  EXPECT_TRUE(database.commit(kGateway, batch_of({session_row(1)})));
  EXPECT_EQ(stored(database), described({session_row(1)}));
}

TEST_F(PostgresFaults, ALockedTableIsGivenUpBeforeLong) {
  PostgresOptions options = options_for(url_);
  options.answer_timeout = std::chrono::milliseconds(300);
  PostgresDatabase database(options);
  ASSERT_TRUE(database.connect());
  ASSERT_TRUE(database.commit(kGateway, batch_of({session_row(1)})));
  std::unique_ptr<PGconn, decltype(&PQfinish)> holder(PQconnectdb(url_.c_str()), PQfinish);
  PQclear(PQexec(holder.get(), "BEGIN; LOCK TABLE sessions"));
  const Outcome<void> blocked = database.commit(kGateway, batch_of({session_row(2)}));
  expect_unreachable(blocked);
  PQclear(PQexec(holder.get(), "COMMIT"));
  ASSERT_TRUE(database.connect());
  EXPECT_TRUE(database.commit(kGateway, batch_of({session_row(3)})));
  EXPECT_EQ(stored(database), described({session_row(1), session_row(3)}));
}

TEST_F(PostgresFaults, TenThousandRowsWithDetailsFitInOneCommit) {
  contract::Rows rows;
  for (std::uint64_t number = 0; number < 10'000; ++number) {
    rows.push_back(session_row(number));
    rows.back().details = contract::details("Ada", {{"note", std::string(500, 'x')}});
  }
  EXPECT_TRUE(database_.commit(kGateway, batch_of(rows)));
  EXPECT_EQ(stored(database_), described(rows));
}

}  // namespace
}  // namespace wyld::store::postgres
