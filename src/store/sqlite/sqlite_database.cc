#include "store/sqlite/sqlite_database.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "store/row_json.h"
#include "store/sqlite/session_rows.h"

namespace wyld::store::sqlite {
namespace {

constexpr int kInstancesMax = 64;
// "Wyld", so that file(1) can tell what this is.
constexpr const char* kApplicationId = "PRAGMA application_id = 1471769700";

std::string absolute(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).string();
}

// Makes the missing ones of the folders above `path`, for this user only.
Status make_folders(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.parent_path();
  struct stat found{};
  if (folder == path || ::stat(folder.c_str(), &found) == 0) return {};
  if (Status made = make_folders(folder); !made) return made;
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail(ErrorCode::kSystem, "its folder cannot be created", errno);
}

// Not with open(): closing a descriptor would drop the locks that another connection of this process has.
Status make_file(const std::string& path) {
  if (Status made = make_folders(path); !made) return made;
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0) return {};
  if (::mknod(path.c_str(), S_IFREG | 0600, 0) == 0 || errno == EEXIST) return {};
  return fail(ErrorCode::kSystem, "it cannot be created", errno);
}

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace

SqliteDatabase::SqliteDatabase(SqliteOptions options, std::span<const Migration> migrations)
    : options_(std::move(options)), path_(absolute(options_.path)), migrations_(migrations) {}

std::optional<SqliteDatabase::FileIdentity> SqliteDatabase::identify(const std::string& path) noexcept {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return FileIdentity{found.st_dev, found.st_ino};
}

Trouble SqliteDatabase::trouble(Fault fault, std::string_view words) const {
  return {fault, path_ + ": " + std::string(words)};
}

Outcome<void> SqliteDatabase::connect() {
  if (connection_ != nullptr) return {};
  Outcome<void> opened = check_file();
  if (opened && !(options_.look_only && is_empty_)) opened = open();
  if (!opened) disconnect();
  return opened;
}

// A file without a byte is a new database, unless the log of an old one lies beside it: SQLite would delete
// that.
Outcome<void> SqliteDatabase::check_file() {
  struct stat found{};
  const bool is_there = ::stat(path_.c_str(), &found) == 0;
  if (!is_there && errno != ENOENT && options_.look_only)
    return std::unexpected(
        trouble(Fault::kMisconfigured,
                std::string("it cannot be read: ") + std::strerror(errno) +
                    "; let the gateway's user read it, or set store.url or server.state_directory"));
  is_empty_ = !is_there || (S_ISREG(found.st_mode) && found.st_size == 0);
  struct stat log{};
  if (is_empty_ && ::stat((path_ + "-wal").c_str(), &log) == 0 && log.st_size != 0)
    return std::unexpected(trouble(
        Fault::kMisconfigured,
        "the file is missing or empty, but the -wal of a database lies beside it; restore both from a "
        "backup, or move the -wal away to begin anew"));
  if (is_there && is_empty_ && ::stat((path_ + ".lock").c_str(), &log) == 0)
    return std::unexpected(trouble(
        Fault::kMisconfigured,
        "the file is empty, but a gateway has used it before; restore it from a backup, or delete it to "
        "begin anew"));
  return {};
}

Outcome<void> SqliteDatabase::open() {
  if (options_.look_only) {
    Outcome<std::unique_ptr<Connection>> opened = Connection::open(path_, options_.busy_timeout);
    if (!opened) return std::unexpected(opened.error());
    connection_ = std::move(*opened);
    return {};
  }
  if (const Status made = make_file(path_); !made)
    return std::unexpected(
        trouble(Fault::kMisconfigured,
                made.error().message() +
                    "; let the gateway's user write there, or set store.url or server.state_directory"));
  Outcome<std::unique_ptr<Connection>> opened = Connection::open(path_, options_.busy_timeout);
  if (!opened) return std::unexpected(opened.error());
  connection_ = std::move(*opened);
  const Outcome<std::string> mode = connection_->use_log();
  if (!mode) return std::unexpected(mode.error());
  if (connection_->read_only())
    return std::unexpected(
        trouble(Fault::kMisconfigured, "it may only be read; let the gateway's user write it"));
  if (*mode != "wal")
    return std::unexpected(
        trouble(Fault::kMisconfigured,
                "its file system has no shared memory for SQLite's write-ahead log; use a local disk"));
  // The log is cut back to 64 MiB after a long reader had let it grow.
  std::string settings =
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
      "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384;"
      "PRAGMA wal_autocheckpoint = " +
      std::to_string(options_.checkpoint_pages);
  if (options_.pages_max != 0) settings += "; PRAGMA max_page_count = " + std::to_string(options_.pages_max);
  if (const Outcome<void> set = connection_->execute(settings, true); !set) return set;
  // Reading opens the log, which stays until the last connection closes.
  if (const Outcome<std::string> read = connection_->ask("SELECT count(*) FROM sqlite_schema", true); !read)
    return std::unexpected(read.error());
  database_file_ = identify(path_);
  log_file_ = identify(path_ + "-wal");
  return still_there();
}

void SqliteDatabase::disconnect() noexcept {
  connection_.reset();
  lock_.release();
}

Outcome<void> SqliteDatabase::still_there() const {
  if (database_file_ && log_file_ && identify(path_) == database_file_ &&
      identify(path_ + "-wal") == log_file_)
    return {};
  return std::unexpected(trouble(
      Fault::kUnreachable, "the file or its -wal was moved or deleted while it was in use; put both back"));
}

template <typename Work>
auto SqliteDatabase::guarded(Work&& work) -> decltype(work()) {
  if (connection_ == nullptr) return std::unexpected(trouble(Fault::kUnreachable, "it is not open"));
  auto outcome = work();
  if (!outcome && outcome.error().fault == Fault::kUnreachable) disconnect();
  return outcome;
}

template <typename Work>
auto SqliteDatabase::transaction(Work&& work, const char* begin) -> decltype(work()) {
  return guarded([&]() -> decltype(work()) {
    if (Outcome<void> begun = connection_->execute(begin); !begun)
      return std::unexpected(std::move(begun.error()));
    auto outcome = work();
    if (outcome) {
      Outcome<void> ended = connection_->execute("COMMIT");
      if (ended) ended = still_there();
      if (ended) return outcome;
      outcome = std::unexpected(std::move(ended.error()));
    }
    connection_->roll_back();
    return outcome;
  });
}

Outcome<void> SqliteDatabase::ping() {
  // Only a write shows that there is room and that the file system has not become read-only.
  return transaction([this] { return connection_->execute(kApplicationId); });
}

Outcome<std::uint32_t> SqliteDatabase::stored_schema() {
  const Outcome<std::string> ours =
      connection_->ask("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'");
  if (!ours) return std::unexpected(ours.error());
  if (*ours == "0") {
    const Outcome<std::string> others = connection_->ask("SELECT count(*) FROM sqlite_schema");
    if (!others) return std::unexpected(others.error());
    if (*others == "0") return 0U;
    return std::unexpected(
        trouble(Fault::kMisconfigured, "this is another program's database; name another file"));
  }
  const Outcome<std::string> number =
      connection_->ask("SELECT coalesce(max(number), 0) FROM schema_migrations");
  if (!number) return std::unexpected(number.error());
  return static_cast<std::uint32_t>(std::strtoul(number->c_str(), nullptr, 10));
}

Outcome<SchemaState> SqliteDatabase::schema() {
  if (options_.look_only && is_empty_) return schema_state(0, migrations_);
  return guarded([this]() -> Outcome<SchemaState> {
    const Outcome<std::uint32_t> stored = stored_schema();
    if (!stored) return std::unexpected(stored.error());
    return schema_state(*stored, migrations_);
  });
}

Outcome<std::vector<std::string>> SqliteDatabase::migrate() {
  std::vector<std::string> applied;
  while (true) {
    Outcome<std::optional<std::string>> one = transaction([this] { return migrate_once(); });
    if (!one) return std::unexpected(std::move(one.error()));
    if (!*one) return applied;
    applied.push_back(std::move(**one));
  }
}

// The first pending migration, if there is one. The transaction around it is the lock.
Outcome<std::optional<std::string>> SqliteDatabase::migrate_once() {
  const Outcome<std::uint32_t> stored = stored_schema();
  if (!stored) return std::unexpected(stored.error());
  if (const SchemaState state = schema_state(*stored, migrations_); is_newer_than_program(state))
    return std::unexpected(trouble(Fault::kMisconfigured,
                                   "its schema is number " + std::to_string(state.stored) +
                                       ", and this program knows them up to " + std::to_string(state.wanted) +
                                       "; run the newer program, or restore a backup from before it"));
  const std::span<const Migration> pending = pending_after(*stored, migrations_);
  if (pending.empty()) return std::nullopt;
  const Migration& next = pending.front();
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  // Names are literals of this program, without quotes.
  const std::string sql =
      "CREATE TABLE IF NOT EXISTS schema_migrations ("
      "number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT;" +
      std::string(next.sql) + ";INSERT INTO schema_migrations VALUES (" + std::to_string(next.number) +
      ", '" + std::string(next.name) + "', " + std::to_string(now.time_since_epoch().count()) + ");" +
      kApplicationId;
  if (const Outcome<void> done = connection_->execute(sql); !done)
    return std::unexpected(
        Trouble{done.error().fault, "migration " + describe(next) + ": " + done.error().message});
  return describe(next);
}

Outcome<GatewayIdentity> SqliteDatabase::claim(std::string_view name, std::string_view held) {
  return guarded([&]() -> Outcome<GatewayIdentity> {
    if (const Status opened = lock_.open(path_ + ".lock"); !opened)
      return std::unexpected(
          trouble(Fault::kMisconfigured, "its .lock cannot be opened: " + opened.error().message() +
                                             "; let the gateway's user write the folder"));
    std::string instance;
    for (int number = 1; number <= kInstancesMax; ++number) {
      std::string candidate(held.empty() ? name : held);
      if (held.empty() && number > 1) candidate += '-' + std::to_string(number);
      const Status taken = lock_.take(candidate);
      if (taken) {
        instance = std::move(candidate);
        break;
      }
      if (taken.error().code != ErrorCode::kAlreadyExists)
        return std::unexpected(trouble(Fault::kUnreachable, "its .lock: " + taken.error().message()));
      if (!held.empty()) break;
    }
    if (instance.empty())
      return std::unexpected(trouble(
          Fault::kUnreachable, held.empty()
                                   ? "64 gateways of this name use it already; give this one another name"
                                   : "another gateway has taken the name " + std::string(held) + "; end it"));
    const Outcome<bool> written = change(Sql::kWriteGateway, instance, name, host_name(),
                                         std::int64_t{::getpid()}, std::chrono::system_clock::now());
    if (!written) return std::unexpected(written.error());
    return GatewayIdentity{std::string(name), std::move(instance)};
  });
}

Outcome<SqliteDatabase::Rows> SqliteDatabase::adopt(const GatewayIdentity& gateway,
                                                    std::chrono::system_clock::time_point now) {
  std::vector<std::string> abandoned;
  Outcome<Rows> rows = transaction([&]() -> Outcome<Rows> {
    if (const Outcome<void> done = take_over_abandoned(gateway, abandoned); !done)
      return std::unexpected(done.error());
    if (const Outcome<bool> done = change(Sql::kRemoveClosed, gateway.instance); !done)
      return std::unexpected(done.error());
    if (const Outcome<bool> done = change(Sql::kDisconnect, gateway.instance, now); !done)
      return std::unexpected(done.error());
    return read_rows(*connection_, gateway);
  });
  for (const std::string& instance : abandoned) lock_.give_back(instance);
  return rows;
}

// Instances that no process holds. `locked` names those that nobody else may take before this is committed.
Outcome<void> SqliteDatabase::take_over_abandoned(const GatewayIdentity& gateway,
                                                  std::vector<std::string>& locked) {
  std::vector<std::string> others;
  {
    Outcome<Query> query = connection_->query(Sql::kFindAbandoned);
    if (!query) return std::unexpected(query.error());
    query->bind(gateway.instance).bind(gateway.name);
    while (true) {
      const Outcome<bool> more = query->step();
      if (!more) return std::unexpected(more.error());
      if (!*more) break;
      others.emplace_back(query->text(0));
    }
  }
  for (std::string& instance : others) {
    if (!lock_.take(instance)) continue;
    if (const Outcome<bool> done = change(Sql::kTakeOver, gateway.instance, instance); !done)
      return std::unexpected(done.error());
    locked.push_back(std::move(instance));
  }
  return {};
}

Outcome<SqliteDatabase::Rows> SqliteDatabase::load(const GatewayIdentity& gateway) {
  return transaction([&] { return read_rows(*connection_, gateway); },
                     "BEGIN");  // three tables as they were at one moment
}

Outcome<std::vector<session::ResumeFamily>> SqliteDatabase::find_elsewhere(
    const GatewayIdentity& gateway, std::span<const session::ResumeFamily> families,
    std::chrono::system_clock::time_point held_since) {
  return guarded([&]() -> Outcome<std::vector<session::ResumeFamily>> {
    Outcome<Query> query = connection_->query(Sql::kFindElsewhere);
    if (!query) return std::unexpected(query.error());
    query->bind(gateway.instance).bind(held_since);
    std::vector<session::ResumeFamily> wanted(families.begin(), families.end());
    std::ranges::sort(wanted);
    std::vector<session::ResumeFamily> found;
    while (true) {
      const Outcome<bool> more = query->step();
      if (!more) return std::unexpected(more.error());
      if (!*more) return found;
      session::ResumeFamily family;
      if (read_key(query->text(0), family) && std::ranges::binary_search(wanted, family))
        found.push_back(family);
    }
  });
}

Outcome<void> SqliteDatabase::commit(const GatewayIdentity& gateway, const Batch& batch) {
  return transaction([&] { return write_batch(*connection_, gateway, batch); });
}

template <typename... Values>
Outcome<bool> SqliteDatabase::change(Sql sql, const Values&... values) {
  Outcome<Query> query = connection_->query(sql);
  if (!query) return std::unexpected(query.error());
  (query->bind(values), ...);
  if (const Outcome<void> done = query->run(); !done) return std::unexpected(done.error());
  return connection_->changes() > 0;
}

Outcome<std::optional<session::Account>> SqliteDatabase::find_account(std::string_view name) {
  return guarded([&]() -> Outcome<std::optional<session::Account>> {
    const std::string key = account_key(name);
    Outcome<Query> query = connection_->query(Sql::kFindAccount);
    if (!query) return std::unexpected(query.error());
    const Outcome<bool> found = query->bind(key).step();
    if (!found) return std::unexpected(found.error());
    if (!*found) return std::nullopt;
    return session::Account{.name = std::string(query->text(0)),
                            .password_hash = std::string(query->text(1)),
                            .email = std::string(query->text(2)),
                            .created = query->time(3)};
  });
}

Outcome<bool> SqliteDatabase::add_account(const session::Account& account) {
  return transaction([&] {
    return change(Sql::kAddAccount, account_key(account.name), account.name, account.password_hash,
                  account.email, account.created);
  });
}

Outcome<bool> SqliteDatabase::set_password_hash(std::string_view name, std::string_view hash) {
  return transaction([&] { return change(Sql::kSetPasswordHash, account_key(name), hash); });
}

Outcome<session::LoginFailures> SqliteDatabase::failures(std::string_view key) {
  return guarded([&]() -> Outcome<session::LoginFailures> {
    Outcome<Query> query = connection_->query(Sql::kFailures);
    if (!query) return std::unexpected(query.error());
    const Outcome<bool> found = query->bind(key).step();
    if (!found) return std::unexpected(found.error());
    if (!*found) return session::LoginFailures{};
    return session::LoginFailures{static_cast<std::uint32_t>(query->integer(0)), query->time(1)};
  });
}

Outcome<session::LoginFailures> SqliteDatabase::add_failure(
    std::string_view key, std::chrono::system_clock::time_point now,
    std::chrono::system_clock::time_point forget_before) {
  return transaction([&]() -> Outcome<session::LoginFailures> {
    if (const Outcome<bool> forgotten = change(Sql::kForgetFailures, forget_before); !forgotten)
      return std::unexpected(forgotten.error());
    Outcome<Query> query = connection_->query(Sql::kAddFailure);
    if (!query) return std::unexpected(query.error());
    const Outcome<bool> counted = query->bind(key).bind(now).bind(forget_before).step();
    if (!counted) return std::unexpected(counted.error());
    return session::LoginFailures{static_cast<std::uint32_t>(query->integer(0)), query->time(1)};
  });
}

Outcome<void> SqliteDatabase::clear_failures(std::string_view key) {
  return transaction([&]() -> Outcome<void> {
    if (const Outcome<bool> cleared = change(Sql::kClearFailures, key); !cleared)
      return std::unexpected(cleared.error());
    return {};
  });
}

}  // namespace wyld::store::sqlite
