#include "store/postgres/postgres_database.h"

#include <fmt/format.h>

#include <array>
#include <thread>
#include <tuple>
#include <utility>

#include "store/postgres/process_name.h"
#include "store/postgres/session_rows.h"
#include "store/row_json.h"

namespace wyld::store::postgres {
namespace {

using std::chrono::milliseconds;

constexpr int kInstancesMax = 64;
constexpr milliseconds kClaimPause{20};
constexpr milliseconds kFarewell{2'000};

std::unexpected<Trouble> pass_on(Trouble trouble) { return std::unexpected(std::move(trouble)); }

}  // namespace

PostgresDatabase::PostgresDatabase(PostgresOptions options, std::span<const Migration> migrations)
    : options_(std::move(options)), migrations_(migrations), connection_(options_) {}

Outcome<void> PostgresDatabase::connect() {
  if (!connection_.is_open()) {
    claimed_.clear();
    writes_for_.clear();
  }
  return connection_.open();
}

void PostgresDatabase::disconnect() noexcept {
  // The server would notice only later that we are gone, and who comes next would find our instance held.
  connection_.set_answer_timeout(kFarewell);
  if (connection_.is_open() && !claimed_.empty())
    std::ignore = ask(kLeaveGateway, Parameters().add(claimed_).add(own_process_name()));
  if (connection_.is_open() && !(claimed_.empty() && writes_for_.empty())) std::ignore = ask(kUnlockAll, {});
  connection_.close();
}

Outcome<ResultPtr> PostgresDatabase::ask(const char* sql, const Parameters& parameters) {
  return connection_.run({.sql = sql, .parameters = &parameters});
}

template <typename Work>
auto PostgresDatabase::long_transaction(Work&& work, const char* begin) -> decltype(work()) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options_.long_timeout).count();
  connection_.set_answer_timeout(options_.long_timeout + options_.answer_timeout);
  auto outcome = [&]() -> decltype(work()) {
    if (auto begun =
            connection_.script(fmt::format("{}; SET LOCAL statement_timeout = '{}s'", begin, seconds));
        !begun)
      return pass_on(std::move(begun.error()));
    auto done = work();
    // After a failure that the connection survived.
    if (!done && connection_.is_open()) std::ignore = connection_.script("ROLLBACK");
    if (!done) return done;
    Outcome<ResultPtr> ended = connection_.script("COMMIT");
    if (!ended) return pass_on(std::move(ended.error()));
    if (PQcmdStatus(ended->get()) != std::string_view("COMMIT"))
      return pass_on(connection_.unreachable("the server did not commit"));
    return done;
  }();
  connection_.set_answer_timeout(options_.answer_timeout);
  return outcome;
}

Outcome<void> PostgresDatabase::ping() {
  const Outcome<ResultPtr> answer = ask(kIsReadOnly, {});
  if (!answer) return pass_on(answer.error());
  if (!bool_at(**answer, 0, 0)) return {};
  disconnect();  // the next connection may reach another server
  return pass_on(
      connect_trouble(connection_.target(), {.words = "the server takes no writes", .sqlstate = "25006"}));
}

Outcome<SchemaState> PostgresDatabase::schema() {
  Outcome<ResultPtr> answer = ask(kHasSchema, {});
  if (!answer) return pass_on(answer.error());
  if (!bool_at(**answer, 0, 0)) return schema_state(0, migrations_);
  answer = ask(kStoredSchema, {});
  if (!answer) return pass_on(answer.error());
  return schema_state(static_cast<std::uint32_t>(bigint_at(**answer, 0, 0)), migrations_);
}

Outcome<std::vector<std::string>> PostgresDatabase::migrate() {
  std::vector<std::string> applied;
  while (true) {
    const Outcome<SchemaState> state = schema();
    if (!state) return pass_on(state.error());
    if (is_newer_than_program(*state))
      return pass_on(newer_schema_trouble(connection_.target(), state->stored, state->wanted));
    if (state->pending.empty()) return applied;
    Outcome<std::optional<std::string>> one = long_transaction([this] { return migrate_once(); });
    if (!one) return pass_on(std::move(one.error()));
    if (*one) applied.push_back(std::move(**one));
  }
}

Outcome<std::optional<std::string>> PostgresDatabase::migrate_once() {
  if (auto locked = ask(kLockInTransaction, Parameters().add(kMigrationLock).add("")); !locked)
    return pass_on(std::move(locked.error()));
  // Another gateway may have been here while we waited.
  if (auto made = ask(kMakeMigrationTable, {}); !made) return pass_on(std::move(made.error()));
  const Outcome<SchemaState> state = schema();
  if (!state) return pass_on(state.error());
  const std::span<const Migration> pending = pending_after(state->stored, migrations_);
  if (pending.empty()) return std::nullopt;
  const Migration& next = pending.front();
  Outcome<ResultPtr> done = connection_.script(std::string(next.sql));
  if (done)
    done = ask(kRecordMigration, Parameters().add(static_cast<std::int32_t>(next.number)).add(next.name));
  if (!done) {
    done.error().message = fmt::format("migration {}: {}", describe(next), done.error().message);
    return pass_on(std::move(done.error()));
  }
  return describe(next);
}

// Another process of this machine that runs is never robbed, not even in the moment when it has lost its
// connection. One that has ended is outlived by its connections, for a moment.
Outcome<bool> PostgresDatabase::take(std::string_view instance, bool again) {
  const Outcome<ResultPtr> last = ask(kFindGateway, Parameters().add(instance));
  if (!last) return pass_on(last.error());
  ProcessState holder = ProcessState::kSelf;
  if (PQntuples(last->get()) > 0) holder = state_of_process(text_at(**last, 0, 0));
  if (holder == ProcessState::kRunning) return false;
  const milliseconds patience = holder == ProcessState::kUnknown ? options_.claim_patience : milliseconds(0);
  Outcome<bool> taken = lock(kInstanceLock, instance, patience);
  if (!taken || !*taken || again) return taken;
  // What its former process sent and did not see answered is in the database, or never will be.
  taken = lock(kWriterLock, instance, patience);
  if (!taken) return taken;
  const Outcome<ResultPtr> unlocked =
      ask(kUnlock, Parameters().add(*taken ? kWriterLock : kInstanceLock).add(instance));
  if (!unlocked) return pass_on(unlocked.error());
  return taken;
}

Outcome<bool> PostgresDatabase::lock(std::int32_t what, std::string_view instance, milliseconds patience) {
  const Parameters parameters = Parameters().add(what).add(instance);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    const Outcome<ResultPtr> answer = ask(kTryLock, parameters);
    if (!answer) return pass_on(answer.error());
    if (bool_at(**answer, 0, 0)) return true;
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kClaimPause);
  }
}

Outcome<GatewayIdentity> PostgresDatabase::claim(std::string_view name, std::string_view held) {
  std::string instance(held.empty() ? name : held);
  for (int number = 2;; ++number) {
    const Outcome<bool> taken = take(instance, !held.empty());
    if (!taken) return pass_on(taken.error());
    if (*taken) break;
    if (!held.empty() || number > kInstancesMax) {
      disconnect();
      return pass_on(trouble(connection_.target(), Fault::kUnreachable,
                             held.empty()
                                 ? fmt::format("{} gateways named {} are at work", kInstancesMax, name)
                                 : fmt::format("another gateway has taken the name {}", held)));
    }
    instance = fmt::format("{}-{}", name, number);
  }
  const Outcome<ResultPtr> written =
      ask(kWriteGateway, Parameters().add(instance).add(name).add(own_process_name()));
  if (!written) return pass_on(written.error());
  claimed_ = instance;
  return GatewayIdentity{.name = std::string(name), .instance = std::move(instance)};
}

// Instances that no process holds. One whose holder may still write keeps its sessions, until a later start.
Outcome<void> PostgresDatabase::take_over_abandoned(const GatewayIdentity& gateway) {
  const Outcome<ResultPtr> found = ask(kFindAbandoned, Parameters().add(gateway.instance).add(gateway.name));
  if (!found) return pass_on(found.error());
  for (int row = 0; row < PQntuples(found->get()); ++row) {
    const std::string instance(text_at(**found, row, 0));
    if (state_of_process(text_at(**found, row, 1)) == ProcessState::kRunning) continue;
    const std::array locks{kInstanceLock, kWriterLock};
    std::size_t locked = 0;
    for (; locked < locks.size(); ++locked) {
      const Outcome<bool> free = lock(locks[locked], instance, milliseconds(0));
      if (!free) return pass_on(free.error());
      if (!*free) break;
    }
    if (locked == locks.size()) {
      const Outcome<bool> taken = change(kTakeOver, Parameters().add(gateway.instance).add(instance));
      if (!taken) return pass_on(taken.error());
    }
    while (locked > 0) {
      const Outcome<ResultPtr> unlocked = ask(kUnlock, Parameters().add(locks[--locked]).add(instance));
      if (!unlocked) return pass_on(unlocked.error());
    }
  }
  return {};
}

Outcome<PostgresDatabase::Rows> PostgresDatabase::adopt(const GatewayIdentity& gateway, Time now) {
  if (const Outcome<void> done = take_over_abandoned(gateway); !done) return pass_on(done.error());
  const Parameters parameters = Parameters().add(gateway.instance).add(now);
  return long_transaction([&] { return read(gateway, {.sql = kAdoptSessions, .parameters = &parameters}); });
}

Outcome<PostgresDatabase::Rows> PostgresDatabase::load(const GatewayIdentity& gateway) {
  const Parameters parameters = Parameters().add(gateway.instance);
  // Three tables as they were at one moment.
  return long_transaction([&] { return read(gateway, {.sql = kLoadSessions, .parameters = &parameters}); },
                          "BEGIN ISOLATION LEVEL REPEATABLE READ");
}

Outcome<std::vector<session::ResumeFamily>> PostgresDatabase::find_elsewhere(
    const GatewayIdentity& gateway, std::span<const session::ResumeFamily> families, Time held_since) {
  Array wanted(Type::kBytea, families.size());
  for (const session::ResumeFamily& family : families) wanted.add(key_bytes(family));
  const Outcome<ResultPtr> answer =
      ask(kFindElsewhere, Parameters().add(gateway.instance).add(std::move(wanted)).add(held_since));
  if (!answer) return pass_on(answer.error());
  std::vector<session::ResumeFamily> found;
  for (int row = 0; row < PQntuples(answer->get()); ++row) {
    session::ResumeFamily family;
    if (read_key(text_at(**answer, row, 0), family)) found.push_back(family);
  }
  return found;
}

Outcome<PostgresDatabase::Rows> PostgresDatabase::read(const GatewayIdentity& gateway,
                                                       const Statement& sessions) {
  const Parameters parameters = Parameters().add(gateway.instance);
  const std::array statements{sessions, Statement{.sql = kLoadCommands, .parameters = &parameters},
                              Statement{.sql = kLoadScrollback, .parameters = &parameters}};
  const Outcome<std::vector<ResultPtr>> answers = connection_.run(statements);
  if (!answers) return pass_on(answers.error());
  UnreadableRows unreadable(connection_.target().database);
  Rows rows = rows_of(*(*answers)[0], *(*answers)[1], *(*answers)[2], unreadable);
  unreadable.report();
  return rows;
}

Outcome<void> PostgresDatabase::commit(const GatewayIdentity& gateway, const Batch& batch) {
  const Parameters writer = Parameters().add(kWriterLock).add(gateway.instance);
  std::vector<Statement> statements;
  const bool is_first = writes_for_ != gateway.instance || !connection_.is_open();
  if (is_first) statements.push_back({.sql = kLockShared, .parameters = &writer});
  Result<BatchStatements> made = BatchStatements::of(gateway, batch);
  if (!made) return pass_on(trouble(connection_.target(), Fault::kRejected, made.error().what));
  made->append_to(statements);
  const Outcome<std::vector<ResultPtr>> done = connection_.run(statements);
  if (!done) return pass_on(done.error());
  if (is_first) writes_for_ = gateway.instance;
  return {};
}

Outcome<std::optional<session::Account>> PostgresDatabase::find_account(std::string_view name) {
  const Outcome<ResultPtr> answer = ask(kFindAccount, Parameters().add(account_key(name)));
  if (!answer) return pass_on(answer.error());
  if (PQntuples(answer->get()) == 0) return std::nullopt;
  return session::Account{.name = std::string(text_at(**answer, 0, 0)),
                          .password_hash = std::string(text_at(**answer, 0, 1)),
                          .email = std::string(text_at(**answer, 0, 2)),
                          .created = time_at(**answer, 0, 3)};
}

Outcome<bool> PostgresDatabase::change(const char* sql, const Parameters& parameters) {
  const Outcome<ResultPtr> answer = ask(sql, parameters);
  if (!answer) return pass_on(answer.error());
  return PQcmdTuples(answer->get()) != std::string_view("0");
}

Outcome<bool> PostgresDatabase::add_account(const session::Account& account) {
  return change(kAddAccount, Parameters()
                                 .add(account_key(account.name))
                                 .add(account.name)
                                 .add(account.password_hash)
                                 .add(account.email)
                                 .add(account.created));
}

Outcome<bool> PostgresDatabase::set_password_hash(std::string_view name, std::string_view hash) {
  return change(kSetPasswordHash, Parameters().add(account_key(name)).add(hash));
}

Outcome<session::LoginFailures> PostgresDatabase::failures(std::string_view key) {
  return failures_of(ask(kFailures, Parameters().add(key)));
}

Outcome<session::LoginFailures> PostgresDatabase::add_failure(std::string_view key, Time now,
                                                              Time forget_before) {
  return failures_of(ask(kAddFailure, Parameters().add(key).add(now).add(forget_before)));
}

Outcome<session::LoginFailures> PostgresDatabase::failures_of(Outcome<ResultPtr> answer) {
  if (!answer) return pass_on(std::move(answer.error()));
  if (PQntuples(answer->get()) == 0) return session::LoginFailures{};
  return session::LoginFailures{.count = static_cast<std::uint32_t>(bigint_at(**answer, 0, 0)),
                                .last = time_at(**answer, 0, 1)};
}

Outcome<void> PostgresDatabase::clear_failures(std::string_view key) {
  const Outcome<bool> cleared = change(kClearFailures, Parameters().add(key));
  if (!cleared) return pass_on(cleared.error());
  return {};
}

}  // namespace wyld::store::postgres
