// The schema: made once, never half, and never by an older program than the one that was here.

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "store/contract/rows_fixture.h"
#include "store/postgres/cluster_fixture.h"

namespace wyld::store::postgres {
namespace {

constexpr std::array<Migration, 2> kGood{
    {{.number = 1, .name = "one", .sql = "CREATE TABLE one (a integer)"},
     {.number = 2, .name = "two", .sql = "CREATE TABLE two (a integer)"}}};
constexpr std::array<Migration, 2> kBad{
    {{.number = 1, .name = "one", .sql = "CREATE TABLE one (a integer)"},
     {.number = 2, .name = "two", .sql = "CREATE TABLE two (a integer); SELECT 1 / (SELECT 0)"}}};
// Stops in the middle of its second migration, until somebody unlocks 77.
constexpr std::array<Migration, 2> kSlow{
    {{.number = 1, .name = "one", .sql = "CREATE TABLE one (a integer)"},
     {.number = 2, .name = "two", .sql = "CREATE TABLE two (a integer); SELECT pg_advisory_xact_lock(77)"}}};

class PostgresMigrations : public ::testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<PostgresDatabase> open(std::span<const Migration> migrations) const {
    auto database = std::make_unique<PostgresDatabase>(options_for(url_), migrations);
    EXPECT_TRUE(database->connect());
    return database;
  }
  [[nodiscard]] std::string tables() const {
    return server_.sql(
        "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = '" +
        url_.substr(url_.rfind('D') + 1) + "'");
  }

  testing::PostgresCluster& server_ = shared_cluster();
  const std::string url_ = new_place();
};

TEST_F(PostgresMigrations, TheOneThatFailsLeavesNothingAndTheOnesBeforeItStay) {
  const auto database = open(kBad);
  const auto failed = database->migrate();
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("migration 2 two: postgresql:"), std::string::npos)
      << failed.error().message;
  EXPECT_EQ(tables(), "one schema_migrations");
  const SchemaState state = database->schema().value();
  EXPECT_EQ(state.stored, 1U);
  EXPECT_EQ(state.pending, std::vector<std::string>{"2 two"});
  EXPECT_EQ(open(kGood)->migrate().value(), std::vector<std::string>{"2 two"});
  EXPECT_EQ(tables(), "one schema_migrations two");
}

TEST_F(PostgresMigrations, AConnectionCutInTheMiddleLeavesNothing) {
  std::unique_ptr<PGconn, decltype(&PQfinish)> blocker(
      PQconnectdb(server_.socket_url("wyld", "postgres").c_str()), PQfinish);
  PQclear(PQexec(blocker.get(), "SELECT pg_advisory_lock(77)"));
  const auto slow = open(kSlow);
  Outcome<std::vector<std::string>> outcome;
  std::jthread migrating([&] { outcome = slow->migrate(); });
  // When it waits for us, it is in the middle.
  const std::string victim = "FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted";
  while (server_.sql("SELECT count(*) " + victim) != "1") std::this_thread::yield();
  // Another gateway that starts meanwhile waits for the migration lock, then does the work itself.
  Outcome<std::vector<std::string>> others;
  std::jthread other([&] { others = open(kGood)->migrate(); });
  while (server_.sql("SELECT count(*) FROM pg_locks WHERE NOT granted AND classid = " +
                     std::to_string(kMigrationLock)) != "1")
    std::this_thread::yield();
  EXPECT_EQ(tables(), "one schema_migrations");
  EXPECT_EQ(server_.sql("SELECT pg_terminate_backend(pid, 60000) " + victim), "t");
  migrating.join();
  other.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::kUnreachable) << outcome.error().message;
  ASSERT_TRUE(others) << others.error().message;
  EXPECT_EQ(*others, std::vector<std::string>{"2 two"});
  ASSERT_TRUE(slow->connect());
  EXPECT_EQ(slow->migrate().value(), std::vector<std::string>{});
  EXPECT_EQ(tables(), "one schema_migrations two");
}

TEST_F(PostgresMigrations, ASchemaOfANewerProgramIsLeftAlone) {
  ASSERT_TRUE(open(kGood)->migrate());
  const auto older = open(std::span(kGood).first(1));
  EXPECT_EQ(older->schema().value().stored, 2U);
  EXPECT_EQ(older->schema().value().wanted, 1U);
  const auto refused = older->migrate();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::kMisconfigured);
  EXPECT_TRUE(older->ping());
  EXPECT_EQ(tables(), "one schema_migrations two");
}

TEST_F(PostgresMigrations, WhoMayOnlyUseTheTablesNeedNotMakeThem) {
  ASSERT_TRUE(open(migrations())->migrate());
  const std::string schema = url_.substr(url_.rfind('D') + 1);
  ASSERT_EQ(server_.sql("CREATE ROLE user_only LOGIN PASSWORD 'swordfish'; GRANT USAGE ON SCHEMA " + schema +
                        " TO user_only; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " +
                        schema + " TO user_only"),
            "");
  std::string url = url_;
  PostgresDatabase database(options_for(url.replace(url.find("wyld:"), 4, "user_only")));
  ASSERT_TRUE(database.connect());
  EXPECT_EQ(database.migrate().value(), std::vector<std::string>{});
  const Outcome<GatewayIdentity> gateway = database.claim("host", "");
  ASSERT_TRUE(gateway) << gateway.error().message;
  EXPECT_TRUE(database.commit(*gateway, {.rows = {contract::session_row(1)}, .removals = {}}));
}

}  // namespace
}  // namespace wyld::store::postgres
