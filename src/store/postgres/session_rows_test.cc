// Commands and scrollback in PostgreSQL: what came before them, what a crash leaves, what they cost.

#include "store/postgres/session_rows.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/contract/rows_fixture.h"
#include "store/postgres/cluster_fixture.h"

namespace wyld::store::postgres {
namespace {

using contract::commands;
using contract::described;
using contract::row_of_round;
using contract::scrollback;
using contract::session_row;
using contract::with_parts;

const GatewayIdentity kGateway{.name = "host", .instance = "host"};

std::vector<std::string> names_of(const contract::Rows& rows, const std::vector<SessionId>& removals = {}) {
  const auto made = BatchStatements::of(kGateway, {.rows = rows, .removals = removals});
  std::vector<Statement> statements;
  made.value().append_to(statements);
  std::vector<std::string> names;
  for (const Statement& statement : statements) names.emplace_back(statement.name);
  return names;
}

TEST(BatchStatements, NoneIsSentForWhatNoRowSpeaksOf) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_of({}), Names{});
  EXPECT_EQ(names_of({session_row(1), session_row(2)}), Names{"write_sessions"});
  EXPECT_EQ(names_of({session_row(1)}, {contract::session_id(2)}),
            (Names{"write_sessions", "remove_sessions"}));
  EXPECT_EQ(names_of({session_row(1), with_parts(session_row(2), commands({}), nullptr)}),
            (Names{"write_sessions", "clear_commands"}));
  EXPECT_EQ(
      names_of({with_parts(session_row(1), commands({"a"}), nullptr),
                with_parts(session_row(2), commands({}), scrollback({}))}),
      (Names{"write_sessions", "clear_commands", "write_commands", "clear_scrollback", "write_scrollback"}));
}

class PostgresSessionRows : public ::testing::Test {
 protected:
  std::unique_ptr<PostgresDatabase> open(std::span<const Migration> known = migrations()) {
    auto database = std::make_unique<PostgresDatabase>(options_for(url_), known);
    EXPECT_TRUE(database->connect());
    EXPECT_TRUE(database->migrate());
    return database;
  }
  // As a superuser, in the schema of the test.
  std::string sql(const std::string& text) {
    return server_.sql("SET search_path = " + url_.substr(url_.rfind('D') + 1) + "; " + text);
  }

  testing::PostgresCluster& server_ = shared_cluster();
  const std::string url_ = new_place();
};

TEST_F(PostgresSessionRows, ThoseOfTheFirstSchemaAreKept) {
  open(migrations().first(1))->disconnect();
  EXPECT_EQ(
      sql("CREATE ROLE reader; GRANT SELECT ON session_scrollback TO reader;"
          "INSERT INTO sessions VALUES ('00000000-0001-7000-8000-000000000000', 'host', 'telnet', 'Playing',"
          " '203.0.113.7', 'Ada', 'epoch', 'epoch', '{}', '{\"a\":\"b\"}');"
          "INSERT INTO session_commands SELECT id, 3, 'look', 'epoch' FROM sessions;"
          "INSERT INTO session_scrollback SELECT id, 1, 1, 'of old', 'x', 'epoch' FROM sessions"),
      "");
  const auto database = open();
  contract::Rows rows = database->load(kGateway).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(*rows[0].details,
            (session::SessionDetails{.account = "Ada", .capabilities = {}, .metadata = {{"a", "b"}}}));
  ASSERT_NE(rows[0].commands, nullptr);
  EXPECT_EQ(*rows[0].commands,
            (std::vector<session::QueuedCommand>{{.sequence = 3, .line = "look", .created = Time{}}}));
  EXPECT_EQ(rows[0].scrollback, nullptr);
  rows[0] = with_parts(contract::with_keys(rows[0], contract::keys(1)), commands({"north"}),
                       scrollback({"A hall.\n"}));
  EXPECT_TRUE(database->commit(kGateway, {.rows = rows, .removals = {}}));
  EXPECT_EQ(described(database->load(kGateway).value()), described(rows));
  // Who might use the table may still.
  EXPECT_EQ(sql("SELECT has_table_privilege('reader', 'session_scrollback', 'SELECT')"), "t");
}

TEST_F(PostgresSessionRows, AreAllOfOneRoundWhereverTheServerCrashes) {
  constexpr std::uint64_t kSessions = 20;
  open();
  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<bool> over = false;
  std::jthread writer([&] {
    PostgresDatabase database(options_for(url_));
    for (std::uint64_t round = 1; !over; ++round) {
      Batch batch;
      for (std::uint64_t number = 0; number < kSessions; ++number)
        batch.rows.push_back(row_of_round(number, round));
      if (database.connect() && database.commit(kGateway, batch)) {
        acknowledged = round;
        acknowledged.notify_all();
      }
    }
  });
  for (int i = 0; i < 3; ++i) {
    acknowledged.wait(acknowledged.load());
    ASSERT_TRUE(server_.stop(testing::PostgresCluster::Stop::kImmediate));
    const std::uint64_t before = acknowledged.load();
    ASSERT_TRUE(server_.start());
    const auto database = open();
    const contract::Rows found = database->load(kGateway).value();  // of one moment, while they are written
    ASSERT_EQ(found.size(), kSessions);
    const std::uint64_t round = contract::round_of(found.front());
    EXPECT_GE(round, before);
    contract::Rows expected;
    for (std::uint64_t number = 0; number < kSessions; ++number)
      expected.push_back(row_of_round(number, round));
    EXPECT_EQ(described(found), described(expected));
  }
  over = true;
}

TEST_F(PostgresSessionRows, AReaderSeesAllOfARoundOrNone) {
  constexpr std::uint64_t kSessions = 5;
  const auto database = open();
  std::atomic<bool> over = false;
  std::jthread reader([&] {
    const auto mine = open();
    do {
      const auto found = mine->load(kGateway);
      ASSERT_TRUE(found) << found.error().message;
      contract::Rows expected;
      for (std::uint64_t number = 0; number < found->size(); ++number)
        expected.push_back(row_of_round(number, contract::round_of(found->front())));
      EXPECT_EQ(described(*found), described(expected));
    } while (!over);
  });
  for (std::uint64_t round = 1; round <= 200; ++round) {
    Batch batch;
    for (std::uint64_t number = 0; number < kSessions; ++number)
      batch.rows.push_back(row_of_round(number, round));
    EXPECT_TRUE(database->commit(kGateway, batch));
  }
  over = true;
}

}  // namespace
}  // namespace wyld::store::postgres
