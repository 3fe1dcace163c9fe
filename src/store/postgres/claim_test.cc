// Who holds an instance when processes die, and what a dead process may still change.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>

#include "store/contract/rows_fixture.h"
#include "store/postgres/cluster_fixture.h"
#include "store/postgres/process_name.h"

namespace wyld::store::postgres {
namespace {

using contract::described;
using contract::session_row;
using session::State;

// Another process with a database of its own, held at the end of `work`; 0 from `work` says that it
// succeeded.
class Child {
 public:
  explicit Child(const std::function<int()>& work) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      const char done = static_cast<char>(work());
      static_cast<void>(::write(ends[1], &done, 1));
      while (true) ::pause();
    }
    ::close(ends[1]);
    char done = 1;
    EXPECT_EQ(::read(ends[0], &done, 1), 1);
    EXPECT_EQ(done, 0);
    ::close(ends[0]);
  }
  ~Child() { kill(); }
  void kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

class PostgresClaims : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(database_.connect());
    ASSERT_TRUE(database_.migrate());
  }
  // A process that claims "host", gets `instance`, and writes a session.
  std::function<int()> gateway_process(const std::string& instance) {
    return [this, instance] {
      PostgresDatabase& database = *new PostgresDatabase(options_for(url_));  // nobody says goodbye
      if (!database.connect()) return 1;
      const Outcome<GatewayIdentity> gateway = database.claim("host", "");
      if (!gateway || gateway->instance != instance) return 2;
      return database.commit(*gateway, {.rows = {session_row(1)}, .removals = {}}) ? 0 : 3;
    };
  }

  testing::PostgresCluster& server_ = shared_cluster();
  const std::string url_ = new_place();
  PostgresDatabase database_{options_for(url_)};
};

TEST_F(PostgresClaims, AKilledGatewayIsSucceededAtOnceAndUnderTheSameName) {
  for (int round = 0; round < 20; ++round) {
    Child former(gateway_process("host"));
    former.kill();
    PostgresDatabase next(options_for(url_));
    ASSERT_TRUE(next.connect());
    const Outcome<GatewayIdentity> gateway = next.claim("host", "");
    ASSERT_TRUE(gateway) << gateway.error().message;
    EXPECT_EQ(gateway->instance, "host");
    const auto found = next.adopt(*gateway, contract::at_second(9));
    ASSERT_TRUE(found) << found.error().message;
    session::SessionRow held = session_row(1, State::kDisconnected);
    held.session.last_activity = contract::at_second(9);
    EXPECT_EQ(described(*found), described({held}));
  }
}

TEST_F(PostgresClaims, ARunningGatewayIsNotRobbedWhileItsConnectionIsCut) {
  Child other(gateway_process("host"));
  server_.terminate_connections();
  ASSERT_FALSE(database_.ping());
  ASSERT_TRUE(database_.connect());
  EXPECT_EQ(database_.claim("host", "").value().instance, "host-2");
  const auto taken = database_.claim("host", "host");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().fault, Fault::kUnreachable);
  other.kill();
  ASSERT_TRUE(database_.connect());
  EXPECT_EQ(database_.claim("host", "").value().instance, "host");
}

// A writer of the former process that is still at work for it, as when a machine was cut off.
TEST_F(PostgresClaims, AnInstanceIsFreeOnlyWhenNobodyWritesForIt) {
  PostgresDatabase writer(options_for(url_));
  ASSERT_TRUE(writer.connect());
  ASSERT_TRUE(
      writer.commit({.name = "host", .instance = "host"}, {.rows = {session_row(1)}, .removals = {}}));
  EXPECT_EQ(database_.claim("host", "").value().instance, "host-2");
  writer.disconnect();
  database_.disconnect();
  ASSERT_TRUE(database_.connect());
  EXPECT_EQ(database_.claim("host", "").value().instance, "host");
  // Writers of the present process do not keep it from its instance after a reconnect.
  ASSERT_TRUE(writer.connect());
  ASSERT_TRUE(
      writer.commit({.name = "host", .instance = "host"}, {.rows = {session_row(1)}, .removals = {}}));
  EXPECT_EQ(server_.sql("SELECT bool_and(pg_terminate_backend(pid, 60000)) FROM pg_locks WHERE classid = " +
                        std::to_string(kInstanceLock)),
            "t");
  ASSERT_FALSE(database_.ping());
  ASSERT_TRUE(database_.connect());
  EXPECT_EQ(database_.claim("host", "host").value().instance, "host");
}

TEST_F(PostgresClaims, SchemasOfOneDatabaseDoNotMeet) {
  PostgresDatabase elsewhere(options_for(new_place()));
  ASSERT_TRUE(elsewhere.connect());
  ASSERT_TRUE(elsewhere.migrate());
  EXPECT_EQ(database_.claim("host", "").value().instance, "host");
  EXPECT_EQ(elsewhere.claim("host", "").value().instance, "host");
}

TEST_F(PostgresClaims, The65thOfOneNameIsRefused) {
  std::vector<std::unique_ptr<PostgresDatabase>> others;
  for (int number = 1; number <= 64; ++number) {
    others.push_back(std::make_unique<PostgresDatabase>(options_for(url_)));
    ASSERT_TRUE(others.back()->connect());
    EXPECT_EQ(others.back()->claim("host", "").value().instance,
              number == 1 ? "host" : "host-" + std::to_string(number));
  }
  const auto refused = database_.claim("host", "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::kUnreachable);
}

TEST(ProcessName, TellsWhoRuns) {
  const std::string own = own_process_name();
  EXPECT_EQ(state_of_process(own), ProcessState::kSelf);
  const std::size_t pid = own.find('/');
  EXPECT_EQ(state_of_process("another boot" + own.substr(pid)), ProcessState::kUnknown);
  // A process of this id runs, but it was started at another time.
  EXPECT_EQ(state_of_process(own.substr(0, own.rfind('/')) + "/1"), ProcessState::kUnknown);
  EXPECT_EQ(state_of_process(own.substr(0, pid) + "/999999999/"), ProcessState::kUnknown);
  for (const char* const name : {"", "/", "//", "a/b/c", "a/1/", "a/../1"})
    EXPECT_EQ(state_of_process(name), ProcessState::kUnknown) << name;
}

}  // namespace
}  // namespace wyld::store::postgres
