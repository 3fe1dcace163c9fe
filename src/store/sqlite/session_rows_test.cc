// Commands and scrollback in SQLite: what came before them, what a crash leaves, what somebody broke.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/counters.h"
#include "store/contract/rows_fixture.h"
#include "store/sqlite/sqlite_fixture.h"

namespace wyld::store::sqlite {
namespace {

using contract::commands;
using contract::described;
using contract::row_of_round;
using contract::scrollback;
using contract::session_id;
using contract::session_row;
using contract::with_parts;
using ::testing::HasSubstr;

const GatewayIdentity kGateway{.name = "host", .instance = "host"};

class SqliteSessionRows : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteDatabase> open(std::span<const Migration> known = migrations()) {
    auto database = std::make_unique<SqliteDatabase>(options_for(path_), known);
    EXPECT_TRUE(database->connect());
    EXPECT_TRUE(database->migrate());
    return database;
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_ / "gateway.db";
};

TEST_F(SqliteSessionRows, ThoseOfTheFirstSchemaAreKept) {
  open(migrations().first(1));
  Shell shell(path_);
  shell.run(
      "INSERT INTO sessions VALUES"
      " (x'00000000000170008000000000000000', 'host', 'telnet', 'Playing', '203.0.113.7', 'Ada', 5, 6, '{}', "
      "'{\"a\":\"b\"}')");
  shell.run("INSERT INTO session_commands SELECT id, 3, 'look', 7 FROM sessions");
  shell.run("INSERT INTO session_scrollback SELECT id, 1, 1, 'of old', x'00', 0 FROM sessions");
  const auto database = open();
  contract::Rows rows = database->load(kGateway).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(*rows[0].details,
            (session::SessionDetails{.account = "Ada", .capabilities = {}, .metadata = {{"a", "b"}}}));
  ASSERT_NE(rows[0].commands, nullptr);
  EXPECT_EQ(*rows[0].commands,
            (std::vector<session::QueuedCommand>{
                {.sequence = 3, .line = "look", .created = Time(std::chrono::microseconds(7))}}));
  EXPECT_EQ(rows[0].scrollback, nullptr);
  rows[0] = with_parts(contract::with_keys(rows[0], contract::keys(1)), commands({"north"}),
                       scrollback({"A hall.\n"}));
  EXPECT_TRUE(database->commit(kGateway, {.rows = rows, .removals = {}}));
  EXPECT_EQ(described(database->load(kGateway).value()), described(rows));
}

TEST_F(SqliteSessionRows, AreAllOfOneRoundWhereverTheProcessIsKilled) {
  constexpr std::uint64_t kSessions = 20;
  open()->disconnect();
  std::uint64_t round = 0;
  for (int kill = 0; kill < 8; ++kill) {
    std::array<int, 2> progress{};
    ASSERT_EQ(::pipe(progress.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      SqliteDatabase database(options_for(path_));
      if (!database.connect()) ::_exit(1);
      for (std::uint64_t mine = round + 1;; ++mine) {
        Batch batch;
        for (std::uint64_t number = 0; number < kSessions; ++number)
          batch.rows.push_back(row_of_round(number, mine));
        if (!database.commit(kGateway, batch) || ::write(progress[1], "x", 1) != 1) ::_exit(1);
      }
    }
    ::close(progress[1]);
    char byte = 0;
    for (int acknowledged = 0; acknowledged < 3 + kill && ::read(progress[0], &byte, 1) == 1; ++acknowledged)
      ++round;
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    while (::read(progress[0], &byte, 1) == 1) ++round;
    ::close(progress[0]);

    const contract::Rows found = open()->load(kGateway).value();
    ASSERT_FALSE(found.empty());
    EXPECT_GE(contract::round_of(found.front()), round);
    round = contract::round_of(found.front());
    contract::Rows expected;
    for (std::uint64_t number = 0; number < kSessions; ++number)
      expected.push_back(row_of_round(number, round));
    EXPECT_EQ(described(found), described(expected));
  }
}

TEST_F(SqliteSessionRows, AreReadWithOneQueryATable) {
  const auto database = open();
  Shell shell(path_);
  for (const Sql sql : {Sql::kLoadCommands, Sql::kLoadScrollback}) {
    const std::string plan = shell.run("EXPLAIN QUERY PLAN " + std::string(sql_text(sql)));
    EXPECT_THAT(plan, HasSubstr("SCAN part"));
    EXPECT_THAT(plan, HasSubstr("SEARCH sessions USING PRIMARY KEY"));
    EXPECT_THAT(plan, ::testing::Not(HasSubstr("TEMP B-TREE")));  // they lie in order
  }
}

TEST_F(SqliteSessionRows, ThatSomebodyBrokeKeepNoOtherFromBeingRead) {
  const auto database = open();
  const session::SessionRow whole = contract::with_keys(
      with_parts(session_row(1), commands({"a"}), scrollback({"one"})), contract::keys(1));
  EXPECT_TRUE(database->commit(kGateway, {.rows = {whole, session_row(2)}, .removals = {}}));
  const std::uint64_t before = counted(Counter::kStoreRowsUnreadable);

  Shell shell(path_);
  shell.run(
      "PRAGMA ignore_check_constraints = ON; UPDATE session_scrollback SET kind = 'song' WHERE number = 1");
  session::SessionRow without = whole;
  without.scrollback = nullptr;
  EXPECT_EQ(described(database->load(kGateway).value()), described({without, session_row(2)}))
      << "scrollback with a hole would be shown as if it had none";
  EXPECT_EQ(counted(Counter::kStoreRowsUnreadable), before + 1);

  shell.run("UPDATE sessions SET resume_code = x'00' WHERE resume_code IS NOT NULL");
  EXPECT_EQ(described(database->load(kGateway).value()), described({session_row(2)}));
}

TEST_F(SqliteSessionRows, WriteNothingOfWhatTheyDoNotSpeakOf) {
  const auto database = open();
  const session::SessionRow row = with_parts(session_row(1), commands({"a"}), scrollback({"one"}));
  EXPECT_TRUE(database->commit(kGateway, {.rows = {row}, .removals = {}}));
  Shell shell(path_);
  for (const char* const table : {"session_commands", "session_scrollback"})
    for (const char* const what : {"INSERT", "DELETE", "UPDATE"})
      shell.run("CREATE TRIGGER no_" + std::string(what) + table + " BEFORE " + what + " ON " + table +
                " BEGIN SELECT raise(ABORT, 'not today'); END");
  EXPECT_TRUE(database->commit(kGateway, {.rows = {session_row(1), session_row(2)}, .removals = {}}));
  EXPECT_FALSE(database->commit(
      kGateway, {.rows = {with_parts(session_row(1), commands({}), nullptr)}, .removals = {}}));
  EXPECT_EQ(described(database->load(kGateway).value()),
            described({with_parts(session_row(1), row.commands, row.scrollback), session_row(2)}));
}

}  // namespace
}  // namespace wyld::store::sqlite
