// What SQLite's side does beyond the contract: files, migrations, faults.

#include "store/sqlite/sqlite_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "base/counters.h"
#include "store/contract/rows_fixture.h"
#include "store/sqlite/sqlite_fixture.h"

namespace wyld::store::sqlite {
namespace {

using contract::described;
using contract::session_id;
using contract::session_row;
using ::testing::HasSubstr;

const GatewayIdentity kGateway{.name = "host", .instance = "host"};

template <typename T>
Trouble trouble(const Outcome<T>& outcome) {
  EXPECT_FALSE(outcome);
  return outcome ? Trouble{} : outcome.error();
}

// Without metadata of its own a row is small; these fill pages.
Batch large_batch(std::uint64_t rows) {
  Batch batch;
  for (std::uint64_t number = 0; number < rows; ++number) {
    batch.rows.push_back(session_row(number));
    batch.rows.back().details = contract::details("Ada", {{"note", std::string(1'000, 'x')}});
  }
  return batch;
}

class SqliteDatabaseTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteDatabase> open(SqliteOptions options) {
    auto database = std::make_unique<SqliteDatabase>(std::move(options));
    EXPECT_TRUE(database->connect());
    EXPECT_TRUE(database->migrate());
    return database;
  }
  std::unique_ptr<SqliteDatabase> open() { return open(options_for(path_)); }

  void remove_all() {
    for (const char* const suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_ / "gateway.db";
};

mode_t mode_of(const std::string& path) {
  struct stat found{};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 0777;
}

TEST_F(SqliteDatabaseTest, FoldersAndFilesAreMadeForThisUserOnly) {
  const auto database = open(options_for(folder_ / "a/b/gateway.db"));
  EXPECT_TRUE(database->claim("host", ""));
  EXPECT_EQ(mode_of(folder_ / "a"), 0700U);
  EXPECT_EQ(mode_of(folder_ / "a/b"), 0700U);
  for (const char* const name : {"gateway.db", "gateway.db-wal", "gateway.db-shm", "gateway.db.lock"})
    EXPECT_EQ(mode_of(folder_ / ("a/b/" + std::string(name))), 0600U) << name;
}

TEST_F(SqliteDatabaseTest, APathIsTakenAsItIsWritten) {
  for (const char* const name : {":memory:", "file:x?mode=memory", "with blank", "a'b\"c"}) {
    const auto database = open(options_for(folder_ / name));
    EXPECT_TRUE(database->commit(kGateway, {.rows = {session_row(1)}, .removals = {}}));
    EXPECT_TRUE(std::filesystem::exists(folder_ / name)) << name;
  }
}

TEST_F(SqliteDatabaseTest, AFileThatCannotBeMadeIsTheOperatorsToMend) {
  std::ofstream(folder_ / "file") << "x";
  SqliteDatabase below_a_file(options_for(folder_ / "file/below/gateway.db"));
  const Trouble there = trouble(below_a_file.connect());
  EXPECT_EQ(there.fault, Fault::kMisconfigured);
  EXPECT_THAT(there.message, HasSubstr("file/below/gateway.db: "));
  EXPECT_THAT(there.message, HasSubstr("Not a directory"));
  SqliteDatabase nowhere(options_for(""));
  EXPECT_EQ(trouble(nowhere.connect()).fault, Fault::kMisconfigured);
  SqliteDatabase a_folder(options_for(folder_.path()));
  EXPECT_EQ(trouble(a_folder.connect()).fault, Fault::kMisconfigured);
}

TEST_F(SqliteDatabaseTest, AFileOrFolderWithoutPermissionIsTheOperatorsToMend) {
  open()->disconnect();
  ASSERT_EQ(::chmod(path_.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0555), 0);
  // Root may do everything, and so tries as somebody else.
  if (::geteuid() == 0) ::setfsuid(65'534);
  SqliteDatabase read_only(options_for(path_));
  const Outcome<void> opened = read_only.connect();
  SqliteDatabase another(options_for(folder_ / "another.db"));
  const Outcome<void> made = another.connect();
  ::setfsuid(::geteuid());
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  EXPECT_EQ(trouble(opened).fault, Fault::kMisconfigured);
  EXPECT_THAT(trouble(opened).message, HasSubstr("let the gateway's user"));
  EXPECT_EQ(trouble(made).fault, Fault::kMisconfigured);
  EXPECT_THAT(trouble(made).message, HasSubstr("Permission denied"));
}

TEST_F(SqliteDatabaseTest, AFileOfAnotherKindIsTheOperatorsToMend) {
  std::ofstream(path_) << std::string(10'000, 'x');
  SqliteDatabase database(options_for(path_));
  const Trouble there = trouble(database.connect());
  EXPECT_EQ(there.fault, Fault::kMisconfigured);
  EXPECT_THAT(there.message, HasSubstr("file is not a database"));
  EXPECT_EQ(std::filesystem::file_size(path_), 10'000U);
}

TEST_F(SqliteDatabaseTest, AnotherProgramsDatabaseIsLeftAlone) {
  Shell(path_).run("CREATE TABLE bookmarks (url TEXT)");
  SqliteDatabase database(options_for(path_));
  EXPECT_TRUE(database.connect());
  EXPECT_EQ(trouble(database.schema()).fault, Fault::kMisconfigured);
  EXPECT_THAT(trouble(database.migrate()).message, HasSubstr("another program's database"));
  EXPECT_EQ(Shell(path_).run("SELECT name FROM sqlite_schema"), "bookmarks ");
}

TEST_F(SqliteDatabaseTest, ASchemaOfANewerProgramIsLeftAlone) {
  const auto database = open();
  Shell(path_).run("INSERT INTO schema_migrations VALUES (99, 'of tomorrow', 0)");
  const Trouble there = trouble(database->migrate());
  EXPECT_EQ(there.fault, Fault::kMisconfigured);
  EXPECT_THAT(there.message, HasSubstr("its schema is number 99"));
  EXPECT_EQ(database->schema().value().stored, 99U);
  EXPECT_EQ(database->schema().value().wanted, kMigrationNames.size());
}

constexpr Migration kFirst{.number = 1, .name = "one", .sql = "CREATE TABLE one (a)"};
constexpr Migration kThird{.number = 3, .name = "three", .sql = "CREATE TABLE three (a)"};
constexpr std::array kGood{
    kFirst,
    Migration{.number = 2, .name = "two", .sql = "CREATE TABLE two (a); ALTER TABLE one ADD COLUMN b"},
    kThird};

TEST_F(SqliteDatabaseTest, AMigrationThatFailsLeavesNothingOfItself) {
  constexpr std::array kBroken{
      kFirst,
      Migration{.number = 2, .name = "two", .sql = "CREATE TABLE two (a); ALTER TABLE none ADD COLUMN b"},
      kThird};
  SqliteDatabase broken(options_for(path_), kBroken);
  EXPECT_TRUE(broken.connect());
  const Trouble there = trouble(broken.migrate());
  EXPECT_EQ(there.fault, Fault::kMisconfigured);
  EXPECT_THAT(there.message, HasSubstr("migration 2 two: "));
  EXPECT_THAT(there.message, HasSubstr("no such table: none"));
  EXPECT_EQ(Shell(path_).run("SELECT name FROM sqlite_schema ORDER BY name"), "one schema_migrations ");
  EXPECT_EQ(broken.schema().value().pending, (std::vector<std::string>{"2 two", "3 three"}));

  SqliteDatabase mended(options_for(path_), kGood);
  EXPECT_TRUE(mended.connect());
  EXPECT_EQ(mended.migrate().value(), (std::vector<std::string>{"2 two", "3 three"}));
  EXPECT_EQ(Shell(path_).run("SELECT number, name FROM schema_migrations ORDER BY 1"), "1one 2two 3three ");
}

TEST_F(SqliteDatabaseTest, AMigrationWhoseProcessIsKilledLeavesNothingOfItself) {
  constexpr std::array kEndless{
      kFirst,
      Migration{.number = 2,
                .name = "two",
                .sql = "CREATE TABLE two (a); INSERT INTO two WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL "
                       "SELECT n + 1 FROM r) SELECT count(*) FROM r"}};
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    SqliteDatabase endless(options_for(path_), kEndless);
    ::_exit(endless.connect() && endless.migrate() ? 0 : 1);  // it never comes to that
  }
  // Number 1 is there, and somebody holds the lock again: the child is inside number 2.
  SqliteOptions impatient = options_for(path_);
  impatient.busy_timeout = std::chrono::milliseconds(0);
  SqliteDatabase witness(impatient, kGood);
  while (true) {
    if (!witness.connect()) continue;
    const Outcome<SchemaState> state = witness.schema();
    if (!state || state->stored != 1) continue;
    if (!witness.ping()) break;
  }
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);

  SqliteDatabase next(options_for(path_), kGood);
  EXPECT_TRUE(next.connect());
  EXPECT_EQ(next.migrate().value(), (std::vector<std::string>{"2 two", "3 three"}));
  EXPECT_EQ(Shell(path_).run("SELECT count(*) FROM two"), "0 ");
}

TEST_F(SqliteDatabaseTest, AFullDiskLosesNothingAndIsOver) {
  SqliteOptions options = options_for(path_);
  options.pages_max = 60;
  auto database = open(options);
  EXPECT_TRUE(database->commit(kGateway, {.rows = {session_row(500)}, .removals = {}}));
  const Batch batch = large_batch(200);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const Trouble there = trouble(database->commit(kGateway, batch));
    EXPECT_EQ(there.fault, Fault::kUnreachable);
    EXPECT_THAT(there.message, HasSubstr("full"));
    EXPECT_THAT(trouble(database->ping()).message, HasSubstr("not open"));
    EXPECT_TRUE(database->connect());
    EXPECT_EQ(described(database->load(kGateway).value()), described({session_row(500)}));
  }
  database = open();  // there is room again
  EXPECT_TRUE(database->commit(kGateway, batch));
  EXPECT_EQ(database->load(kGateway).value().size(), 201U);
}

// Writing beyond a size fails for this process, whatever the disk says.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : former_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit lower{bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &lower);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, former_);
  }

 private:
  rlimit limit_{};
  void (*former_)(int);
};

TEST_F(SqliteDatabaseTest, AWriteThatTheSystemRefusesLosesNothingAndIsOver) {
  const auto database = open();
  EXPECT_TRUE(database->commit(kGateway, {.rows = {session_row(1'999)}, .removals = {}}));
  const Batch batch = large_batch(2'000);
  Outcome<void> refused;
  Outcome<void> asked;
  {
    const FileSizeLimit limit(1024 * 1024);
    refused = database->commit(kGateway, batch);
  }
  EXPECT_EQ(trouble(refused).fault, Fault::kUnreachable);
  EXPECT_TRUE(database->connect());
  EXPECT_EQ(described(database->load(kGateway).value()), described({session_row(1'999)}));
  EXPECT_TRUE(database->commit(kGateway, batch));
  EXPECT_EQ(database->load(kGateway).value().size(), 2'000U);
  {
    const FileSizeLimit limit(0);
    asked = database->ping();
  }
  EXPECT_EQ(trouble(asked).fault, Fault::kUnreachable);
  EXPECT_TRUE(database->connect());
  EXPECT_TRUE(database->ping());
}

TEST_F(SqliteDatabaseTest, AFileThatIsGoneIsNoticedAtOnce) {
  for (const char* const suffix : {"", "-wal"}) {
    const auto database = open();
    EXPECT_TRUE(database->ping());
    std::filesystem::remove(path_ + suffix);
    EXPECT_EQ(trouble(database->ping()).fault, Fault::kUnreachable) << suffix;
    database->disconnect();
    remove_all();
  }
  const auto database = open();
  std::filesystem::remove(path_);
  const Batch batch{.rows = {session_row(1)}, .removals = {}};
  const Trouble there = trouble(database->commit(kGateway, batch));
  EXPECT_EQ(there.fault, Fault::kUnreachable);
  EXPECT_THAT(there.message, HasSubstr("moved or deleted"));
  EXPECT_THAT(trouble(database->connect()).message, HasSubstr("the -wal of a database lies beside it"));
  // A new file is made, and is as empty as any.
  std::filesystem::remove(path_ + "-wal");
  EXPECT_TRUE(database->connect());
  EXPECT_EQ(trouble(database->commit(kGateway, batch)).fault, Fault::kMisconfigured);
  EXPECT_TRUE(database->migrate());
  EXPECT_TRUE(database->commit(kGateway, batch));
}

TEST_F(SqliteDatabaseTest, AFileThatWasReplacedIsNoticed) {
  const auto database = open();
  std::filesystem::copy(path_, folder_ / "copy.db");
  std::filesystem::rename(folder_ / "copy.db", path_);
  EXPECT_EQ(trouble(database->commit(kGateway, {.rows = {session_row(1)}, .removals = {}})).fault,
            Fault::kUnreachable);
}

TEST_F(SqliteDatabaseTest, ADamagedFileIsNoticed) {
  EXPECT_TRUE(open()->commit(kGateway, large_batch(500)));
  const auto bytes = static_cast<std::streamoff>(std::filesystem::file_size(path_));
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  const std::string damage(4'096, '\xff');
  for (std::streamoff at = 16 * 4'096; at < bytes; at += 4'096) file.seekp(at).write(damage.data(), 4'096);
  file.close();
  SqliteDatabase database(options_for(path_));
  EXPECT_TRUE(database.connect());
  const Trouble there = trouble(database.load(kGateway));
  EXPECT_EQ(there.fault, Fault::kUnreachable);
  EXPECT_THAT(there.message, HasSubstr("database disk image is malformed"));
  EXPECT_THAT(there.message, HasSubstr("restore the file from a backup"));
}

TEST_F(SqliteDatabaseTest, AnotherWriterIsWaitedForButNotForEver) {
  SqliteOptions options = options_for(path_);
  options.busy_timeout = std::chrono::milliseconds(1);
  const auto database = open(options);
  Shell shell(path_);
  shell.run("BEGIN IMMEDIATE");
  const Batch batch{.rows = {session_row(1)}, .removals = {}};
  const Trouble there = trouble(database->commit(kGateway, batch));
  EXPECT_EQ(there.fault, Fault::kUnreachable);
  EXPECT_THAT(there.message, HasSubstr("database is locked"));
  shell.run("COMMIT");
  EXPECT_TRUE(database->connect());
  EXPECT_TRUE(database->commit(kGateway, batch));
}

TEST_F(SqliteDatabaseTest, ARowThatSomebodyBrokeIsLeftOutAndLeftWhereItIs) {
  const auto database = open();
  EXPECT_TRUE(database->commit(kGateway, {.rows = {session_row(1), session_row(2)}, .removals = {}}));
  for (const char* const change :
       {"state = 'Dancing'", "state = 'Playing', metadata = '['", "protocol = ''"}) {
    Shell(path_).run("PRAGMA ignore_check_constraints = ON; UPDATE sessions SET " + std::string(change) +
                     " WHERE address = '203.0.113.2'");
    const std::uint64_t before = counted(Counter::kStoreRowsUnreadable);
    EXPECT_EQ(described(database->load(kGateway).value()), described({session_row(1)})) << change;
    EXPECT_EQ(counted(Counter::kStoreRowsUnreadable), before + 1);
    EXPECT_EQ(Shell(path_).run("SELECT count(*) FROM sessions"), "2 ");
  }
}

TEST_F(SqliteDatabaseTest, ARowWithoutAProperIdIsLeftOut) {
  const auto database = open();
  EXPECT_TRUE(database->commit(kGateway, {.rows = {session_row(1), session_row(2)}, .removals = {}}));
  Shell(path_).run(
      "PRAGMA ignore_check_constraints = ON; UPDATE sessions SET id = x'01' WHERE address = '203.0.113.2'");
  EXPECT_EQ(described(database->load(kGateway).value()), described({session_row(1)}));
}

TEST_F(SqliteDatabaseTest, AnEmptyFileBesideALogIsNotBegunAnew) {
  open()->disconnect();
  for (const bool removed : {false, true}) {
    std::filesystem::remove(path_);
    if (!removed) std::ofstream{path_};
    std::ofstream(path_ + "-wal") << "what was committed last";
    SqliteDatabase database(options_for(path_));
    const Trouble there = trouble(database.connect());
    EXPECT_EQ(there.fault, Fault::kMisconfigured);
    EXPECT_THAT(there.message, HasSubstr("-wal"));
    EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), 23U) << "it may be all that is left";
    EXPECT_EQ(std::filesystem::exists(path_), !removed);
  }
}

TEST_F(SqliteDatabaseTest, LookingMakesAndChangesNothing) {
  SqliteOptions options = options_for(folder_ / "none/gateway.db");
  options.look_only = true;
  SqliteDatabase missing(options);
  EXPECT_TRUE(missing.connect());
  EXPECT_EQ(missing.schema().value().stored, 0U);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none"));

  std::ofstream{path_};
  options.path = path_;
  SqliteDatabase empty(options);
  EXPECT_TRUE(empty.connect());
  EXPECT_EQ(empty.schema().value().stored, 0U);
  EXPECT_EQ(std::filesystem::file_size(path_), 0U);

  std::filesystem::remove(path_);
  open()->disconnect();
  {
    SqliteDatabase full(options);
    EXPECT_TRUE(full.connect());
    const SchemaState schema = full.schema().value();
    EXPECT_EQ(schema.stored, schema.wanted);
  }
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    names.push_back(entry.path().filename().string());
  EXPECT_EQ(names, std::vector<std::string>{"gateway.db"});
}

TEST_F(SqliteDatabaseTest, TheTableItselfRefusesWhatIsNoSession) {
  const auto database = open();
  session::SessionRow row = session_row(1);
  row.session.state = session::State::kClosed;
  Shell(path_).run("CREATE TRIGGER no AFTER INSERT ON sessions BEGIN SELECT raise(ABORT, 'not today'); END");
  const Trouble there = trouble(database->commit(kGateway, {.rows = {row}, .removals = {}}));
  EXPECT_EQ(there.fault, Fault::kRejected);
  EXPECT_THAT(there.message, HasSubstr("not today"));
  Shell(path_).run("DROP TRIGGER no");
  // Every name that the program knows passes the checks.
  Batch batch{.rows = contract::difficult_rows(), .removals = {}};
  EXPECT_TRUE(database->commit(kGateway, batch));
}

TEST_F(SqliteDatabaseTest, WhatBelongsToASessionStaysWithItAndGoesWithIt) {
  const auto database = open();
  const Batch batch{.rows = {session_row(1)}, .removals = {}};
  EXPECT_TRUE(database->commit(kGateway, batch));
  Shell shell(path_);
  shell.run(
      "INSERT INTO session_commands SELECT id, 1, 'look', 0, 0 FROM sessions;"
      "INSERT INTO session_scrollback SELECT id, 1, 1, 1, 'text', x'00', 0 FROM sessions");
  EXPECT_TRUE(database->commit(kGateway, batch));
  const std::string count =
      "SELECT (SELECT count(*) FROM session_commands) + (SELECT count(*) FROM session_scrollback)";
  EXPECT_EQ(shell.run(count), "2 ");
  EXPECT_TRUE(database->commit(kGateway, {.rows = {}, .removals = {session_id(1)}}));
  EXPECT_EQ(shell.run(count), "0 ");
}

TEST_F(SqliteDatabaseTest, TheLogStaysShort) {
  const auto database = open();
  std::uintmax_t largest = 0;
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(database->commit(kGateway, large_batch(1'000)));
    largest = std::max(largest, std::filesystem::file_size(path_ + "-wal"));
  }
  // Some 300 pages a commit, 40 commits; moved to the database after a thousand.
  EXPECT_GT(largest, 1'000U * 4'096);
  EXPECT_LT(largest, 2'000U * 4'096);
}

TEST_F(SqliteDatabaseTest, AGatewayThatWasKilledHoldsNothing) {
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  open()->disconnect();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    SqliteDatabase mine(options_for(path_));
    const bool claimed = mine.connect() && mine.claim("host", "").has_value();
    if (claimed && ::write(ready[1], "x", 1) == 1)
      while (true) ::pause();
    ::_exit(1);
  }
  ::close(ready[1]);
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  const auto database = open();
  EXPECT_EQ(database->claim("host", "").value().instance, "host-2");
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(open()->claim("host", "").value().instance, "host");
}

TEST_F(SqliteDatabaseTest, AClaimSaysWhoItIs) {
  const auto database = open();
  EXPECT_TRUE(database->claim("host", ""));
  EXPECT_EQ(Shell(path_).run("SELECT instance, ' ', name, ' ', pid, ' ', started_at > 0 FROM gateways"),
            "host host " + std::to_string(::getpid()) + " 1 ");
}

TEST_F(SqliteDatabaseTest, SixtyFourGatewaysOfOneNameAreEnough) {
  std::vector<std::unique_ptr<SqliteDatabase>> gateways;
  for (int i = 0; i < 64; ++i) {
    gateways.push_back(open());
    EXPECT_TRUE(gateways.back()->claim("host", ""));
  }
  EXPECT_THAT(trouble(open()->claim("host", "")).message, HasSubstr("64 gateways of this name"));
}

}  // namespace
}  // namespace wyld::store::sqlite
