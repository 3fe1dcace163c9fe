#include "testing/bench_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include "testing/postgres_cluster.h"

namespace wyld::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(BenchDatabase, OnlyADatabaseNamedForTestsIsTakenFromTheEnvironment) {
  for (const char* good :
       {"postgresql://ada:s3cret@db.example/wyldgate_test", "postgresql:///x_bench?host=/run",
        "postgresql://db/?dbname=wyldgate_bench", "host=db dbname=wyldgate_test"}) {
    const BenchDatabase choice = choose_bench_database("", good);
    EXPECT_EQ(choice.url, good);
    EXPECT_EQ(choice.refusal, "");
  }
  for (const char* bad :
       {"postgresql://ada:s3cret@db.example/wyldgate", "postgresql://db/test_wyldgate",
        "postgresql://db/wyldgate?application_name=x_test", "host=x_test dbname=wyldgate"}) {
    const BenchDatabase choice = choose_bench_database("", bad);
    EXPECT_EQ(choice.url, "") << bad;
    EXPECT_THAT(choice.refusal, HasSubstr("wyldgate")) << bad;
    EXPECT_THAT(choice.refusal, HasSubstr("--database")) << bad;
    EXPECT_THAT(choice.refusal, Not(HasSubstr("s3cret")));
  }
  EXPECT_THAT(choose_bench_database("", "postgresql://db").refusal, HasSubstr("names no database"));
  EXPECT_THAT(choose_bench_database("", "nonsense").refusal, HasSubstr("names no database"));
}

TEST(BenchDatabase, TheOptionIsAlwaysFollowed) {
  const BenchDatabase choice =
      choose_bench_database("postgresql://db/wyldgate", "postgresql://db/other_test");
  EXPECT_EQ(choice.url, "postgresql://db/wyldgate");
  EXPECT_EQ(choice.refusal, "");
}

TEST(BenchDatabase, WithoutEitherThereIsNothingToSay) {
  const BenchDatabase choice = choose_bench_database("", "");
  EXPECT_EQ(choice.url + choice.refusal, "");
}

TEST(BenchSchema, HoldsEverythingAndIsGoneAtTheEnd) {
  auto cluster = PostgresCluster::create();
  ASSERT_TRUE(cluster) << cluster.error().message;
  const PostgresCluster& server = **cluster;
  const auto count = [&server](const std::string& kind) {
    return server.sql("SELECT count(*) FROM " + kind);
  };
  const std::string schemas = count("pg_namespace");
  const std::string tables = count("pg_tables");
  for (const std::string& url :
       {server.url(), server.socket_url() + "&options=-cstatement_timeout%3D9000",
        "dbname=wyld user=wyld host=" + server.folder() + " port=" + std::to_string(server.port())}) {
    auto schema = BenchSchema::create(url);
    ASSERT_TRUE(schema) << schema.error().message;
    PGconn* const connection = PQconnectdb((*schema)->url().c_str());
    ASSERT_EQ(PQstatus(connection), CONNECTION_OK) << PQerrorMessage(connection);
    PQclear(PQexec(connection, "CREATE TABLE sessions (id int)"));
    PQfinish(connection);
    EXPECT_EQ(server.sql("SELECT schemaname FROM pg_tables WHERE tablename = 'sessions'"), (*schema)->name());
    schema->reset();
    EXPECT_EQ(count("pg_namespace"), schemas);
    EXPECT_EQ(count("pg_tables"), tables);
  }
  const auto nowhere = BenchSchema::create(server.socket_url("nowhere_test"));
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("nowhere_test"));
}

}  // namespace
}  // namespace wyld::testing
