#include "store/database_store.h"

#include <atomic>
#include <utility>

#include "base/counters.h"
#include "base/log.h"

namespace wyld::store {
namespace {

// Fit for the player who is turned away.
constexpr const char* kBacklogFull =
    "The gateway cannot take new players just now, because its database is away. Please try again in a few "
    "minutes.";

Change change_of(const SessionId& id, std::optional<session::SessionRow> row, Done done) {
  Change change{.id = id, .row = std::move(row), .done = {}};
  if (done) change.done.push_back(std::move(done));
  return change;
}

constexpr std::chrono::milliseconds kNameRetry{100};

// Calls `done` when the last of `parts` has been told, with the first failure if there was one.
class Joined {
 public:
  Joined(std::size_t parts, Done done) : left_(parts), done_(std::move(done)) {}

  void part(const Status& status) {
    if (!status) {
      const std::lock_guard lock(mutex_);
      if (status_) status_ = status;
    }
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_(status_);
  }

 private:
  std::atomic<std::size_t> left_;
  std::mutex mutex_;
  Status status_;
  Done done_;
};

}  // namespace

DatabaseStore::DatabaseStore(Connect connect, DatabaseStoreOptions options)
    : connect_(std::move(connect)),
      options_(std::move(options)),
      state_(options_.writers),
      questions_(connect_()),
      elsewhere_(
          [this](std::span<const session::ResumeFamily> families) {
            const auto held_since = std::chrono::system_clock::now() - options_.hold;
            return ask<Elsewhere::Families>([&](Database& database) {
              return database.find_elsewhere(identity(), families, held_since);
            });
          },
          options_.elsewhere_pause) {}

DatabaseStore::~DatabaseStore() { close(std::chrono::milliseconds(0)); }

Outcome<DatabaseStore::Rows> DatabaseStore::start() {
  std::unique_ptr<Database> first = connect_();
  Outcome<Rows> rows = begin(*first);
  if (!rows) return rows;
  start_writers(std::move(first), std::chrono::milliseconds(0));
  return rows;
}

void DatabaseStore::start_without(Trouble trouble, std::move_only_function<void(Rows)> adopted) {
  {
    const std::lock_guard lock(mutex_);
    adopted_ = std::move(adopted);
  }
  state_.report(0, std::move(trouble.message));
  start_writers(connect_(), options_.writer.retry_min);
}

void DatabaseStore::start_writers(std::unique_ptr<Database> first, std::chrono::milliseconds first_retry) {
  for (std::size_t i = 0; i < options_.writers; ++i) {
    writers_.push_back(std::make_unique<Writer>(
        i, i == 0 ? std::move(first) : connect_(),
        [this, i](Database& database) { return prepare(i, database); }, [this] { return identity(); }, state_,
        options_.writer));
  }
  for (const std::unique_ptr<Writer>& writer : writers_) writer->start(first_retry);
}

Outcome<void> DatabaseStore::migrate(Database& database) {
  const Outcome<std::vector<std::string>> applied = database.migrate();
  if (!applied) return std::unexpected(applied.error());
  for (const std::string& migration : *applied) {
    log(LogLevel::kInfo, "store_migrated", {{"migration", migration}});
  }
  return {};
}

// A process that is about to end still has the name, and the sessions with it.
Outcome<GatewayIdentity> DatabaseStore::claim_name(Database& database) {
  const auto until = std::chrono::steady_clock::now() + options_.name_patience;
  for (bool logged = false, waited = true;;) {
    Outcome<GatewayIdentity> claimed = database.claim(options_.gateway, "");
    if (!claimed || claimed->instance == options_.gateway) return claimed;
    if (!waited || std::chrono::steady_clock::now() >= until) return claimed;
    if (!std::exchange(logged, true))
      log(LogLevel::kInfo, "store_name_held",
          {{"gateway", options_.gateway},
           {"advice", "waiting for the other process to end; set store.gateway for gateways side by side"}});
    database.disconnect();  // the other instance is free for others meanwhile
    {
      std::unique_lock lock(mutex_);
      waited = !impatience_.wait_for(lock, kNameRetry, [this] { return impatient_; });
    }
    if (Outcome<void> connected = database.connect(); !connected) return std::unexpected(connected.error());
  }
}

void DatabaseStore::stop_waiting() {
  const std::lock_guard lock(mutex_);
  impatient_ = true;
  impatience_.notify_all();
}

Outcome<DatabaseStore::Rows> DatabaseStore::begin(Database& database) {
  if (Outcome<void> connected = database.connect(); !connected) return std::unexpected(connected.error());
  if (const Outcome<void> applied = migrate(database); !applied) return std::unexpected(applied.error());
  Outcome<GatewayIdentity> claimed = claim_name(database);
  if (!claimed) return std::unexpected(claimed.error());
  Outcome<Rows> rows = database.adopt(*claimed, std::chrono::system_clock::now());
  if (!rows) return rows;
  const std::lock_guard lock(mutex_);
  identity_ = std::move(*claimed);
  return rows;
}

Outcome<void> DatabaseStore::prepare(std::size_t writer, Database& database) {
  const std::string instance = identity().instance;
  if (writer != 0) {
    if (instance.empty()) return std::unexpected(Trouble{Fault::kUnreachable, "not connected yet"});
    return database.connect();
  }
  if (!instance.empty()) {
    if (Outcome<void> connected = database.connect(); !connected) return connected;
    // A database that is back may be another one: a file made anew, a restored backup.
    if (const auto applied = migrate(database); !applied) return std::unexpected(applied.error());
    Outcome<GatewayIdentity> claimed = database.claim(options_.gateway, instance);
    if (!claimed) return std::unexpected(claimed.error());
    return {};
  }
  Outcome<Rows> rows = begin(database);
  if (!rows) return std::unexpected(rows.error());
  std::move_only_function<void(Rows)> adopted;
  {
    const std::lock_guard lock(mutex_);
    adopted = std::move(adopted_);
  }
  if (adopted) adopted(std::move(*rows));
  return {};
}

GatewayIdentity DatabaseStore::identity() const {
  const std::lock_guard lock(mutex_);
  return identity_;
}

void DatabaseStore::close(std::chrono::milliseconds grace) {
  stop_waiting();
  elsewhere_.close();
  const auto deadline = std::chrono::steady_clock::now() + grace;
  // The first one holds the claim, hence goes last.
  for (std::size_t i = writers_.size(); i-- > 0;) writers_[i]->close(deadline);
  const std::lock_guard lock(questions_mutex_);
  questions_->disconnect();
}

Writer& DatabaseStore::writer_of(const SessionId& id) noexcept {
  // Not the bits by which the session manager chooses, so that its parts spread over all writers.
  return *writers_[(std::hash<SessionId>{}(id) >> 32) % writers_.size()];
}

Status DatabaseStore::create(session::SessionRow row, Done done) {
  if (state_.rows() >= options_.backlog_rows_max || state_.bytes() >= options_.backlog_bytes_max) {
    count(Counter::kStoreBacklogFull);
    return fail(ErrorCode::kUnavailable, kBacklogFull);
  }
  update(std::move(row), std::move(done));
  return {};
}

void DatabaseStore::update(session::SessionRow row, Done done) {
  const SessionId id = row.session.id;
  writer_of(id).add(change_of(id, std::move(row), std::move(done)));
}

void DatabaseStore::remove(std::span<const SessionId> ids, Done done) {
  if (ids.empty()) {
    if (done) done({});
    return;
  }
  if (ids.size() == 1) {
    return writer_of(ids.front()).add(change_of(ids.front(), std::nullopt, std::move(done)));
  }
  const auto joined = done ? std::make_shared<Joined>(ids.size(), std::move(done)) : nullptr;
  std::vector<std::vector<Change>> parts(writers_.size());
  for (const SessionId& id : ids) {
    Done one;
    if (joined) one = [joined](const Status& status) { joined->part(status); };
    parts[(std::hash<SessionId>{}(id) >> 32) % writers_.size()].push_back(
        change_of(id, std::nullopt, std::move(one)));
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].empty()) writers_[i]->add(std::move(parts[i]));
  }
}

Result<DatabaseStore::Rows> DatabaseStore::load() {
  for (const std::unique_ptr<Writer>& writer : writers_) {
    if (!writer->wait_until_idle()) return fail(ErrorCode::kUnavailable, "the database cannot be reached");
  }
  return ask<Rows>([this](Database& database) { return database.load(identity()); });
}

bool DatabaseStore::find_elsewhere(const session::ResumeFamily& family, Done done) {
  if (state_.health().reachable) {
    elsewhere_.find(family, std::move(done));
  } else {
    done(fail(ErrorCode::kUnavailable, "the database cannot be reached"));
  }
  return true;
}

// Asks twice: a connection that idled through a restart of the server only shows it when it is used.
template <typename Answer, typename Ask>
Result<Answer> DatabaseStore::ask(Ask&& ask) {
  if (identity().instance.empty()) return fail(ErrorCode::kUnavailable, "the database cannot be reached");
  const std::lock_guard lock(questions_mutex_);
  for (int attempt = 0;; ++attempt) {
    Outcome<void> connected = questions_->connect();
    Outcome<Answer> answer = connected ? ask(*questions_) : std::unexpected(connected.error());
    if (answer) return std::move(*answer);
    if (answer.error().fault == Fault::kUnreachable && attempt == 0) continue;
    log(LogLevel::kError, "store_question_failed", {{"trouble", answer.error().message}});
    return answer.error().fault == Fault::kRejected
               ? fail(ErrorCode::kInvalidArgument, "the database does not take this")
               : fail(ErrorCode::kUnavailable, "the database cannot be reached");
  }
}

Result<std::optional<session::Account>> DatabaseStore::find(std::string_view name) {
  return ask<std::optional<session::Account>>(
      [name](Database& database) { return database.find_account(name); });
}

Status DatabaseStore::add(const session::Account& account) {
  const Result<bool> added =
      ask<bool>([&account](Database& database) { return database.add_account(account); });
  if (!added) return fail(added.error());
  if (!*added) return fail(ErrorCode::kAlreadyExists, "there is an account with this name");
  return {};
}

Status DatabaseStore::set_password_hash(std::string_view name, std::string_view hash) {
  const Result<bool> found =
      ask<bool>([&](Database& database) { return database.set_password_hash(name, hash); });
  if (!found) return fail(found.error());
  if (!*found) return fail(ErrorCode::kNotFound, "there is no account with this name");
  return {};
}

Result<session::LoginFailures> DatabaseStore::failures(std::string_view key) {
  return ask<session::LoginFailures>([key](Database& database) { return database.failures(key); });
}

Result<session::LoginFailures> DatabaseStore::add_failure(
    std::string_view key, std::chrono::system_clock::time_point now,
    std::chrono::system_clock::time_point forget_before) {
  return ask<session::LoginFailures>(
      [&](Database& database) { return database.add_failure(key, now, forget_before); });
}

Status DatabaseStore::clear_failures(std::string_view key) {
  const Result<bool> cleared = ask<bool>([key](Database& database) -> Outcome<bool> {
    const Outcome<void> done = database.clear_failures(key);
    if (!done) return std::unexpected(done.error());
    return true;
  });
  if (!cleared) return fail(cleared.error());
  return {};
}

}  // namespace wyld::store
