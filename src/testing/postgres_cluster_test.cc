#include "testing/postgres_cluster.h"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>

namespace wyld::testing {
namespace {

TEST(PostgresCluster, KeepsItsDataAndItsPortThroughStopsAndCrashes) {
  auto made = PostgresCluster::create();
  ASSERT_TRUE(made) << made.error().message;
  PostgresCluster& cluster = **made;
  const std::string url = cluster.url();
  EXPECT_EQ(cluster.sql("CREATE TABLE numbers AS SELECT 1 AS number"), "");
  for (const auto how : {PostgresCluster::Stop::kFast, PostgresCluster::Stop::kImmediate}) {
    EXPECT_TRUE(cluster.stop(how));
    EXPECT_TRUE(cluster.stop(how));
    EXPECT_NE(PQping(url.c_str()), PQPING_OK);
    EXPECT_TRUE(cluster.start());
    EXPECT_TRUE(cluster.start());
    EXPECT_EQ(PQping(url.c_str()), PQPING_OK);
    EXPECT_EQ(cluster.sql("UPDATE numbers SET number = number + 1 RETURNING number"),
              how == PostgresCluster::Stop::kFast ? "2" : "3");
  }
  EXPECT_TRUE(cluster.sql("nonsense").starts_with("ERROR"));
  EXPECT_EQ(cluster.sql("SHOW fsync"), "on");
  const std::string folder = cluster.folder();
  made->reset();
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_NE(PQping(url.c_str()), PQPING_OK);
}

TEST(PostgresCluster, EndsWithItsOwnerHoweverThatEnds) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    const auto made = PostgresCluster::create();
    const std::string folder = made ? (*made)->folder() : "";
    static_cast<void>(::write(ends[1], folder.data(), folder.size()));
    while (true) ::pause();
  }
  std::array<char, 256> folder{};
  ASSERT_GT(::read(ends[0], folder.data(), folder.size() - 1), 0);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_TRUE(std::filesystem::exists(folder.data()));
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  // The folder is removed after the server has ended.
  while (std::filesystem::exists(folder.data())) std::this_thread::yield();
}

}  // namespace
}  // namespace wyld::testing
