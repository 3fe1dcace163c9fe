#include "store/postgres/connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace wyld::store::postgres {
namespace {

using std::chrono::steady_clock;

constexpr int kBinary = 1;
constexpr int kEndAttempts = 100;  // of 20 ms each

// What our statements rely on, whatever the server's or the role's settings are; the answer says who serves
// us.
//  - One plan for every batch, always by index: made while a table is empty, it must serve when it is large.
//  - An acknowledged commit is on disk. Better settings than "on", for standbys, are kept.
//  - A gateway whose machine vanished does not hold its instance for hours.
constexpr const char* kSetUp = R"(
SELECT pid, backend_start, coalesce(current_schema(), 'public'),
  set_config('statement_timeout', $1, false),
  set_config('plan_cache_mode', 'force_generic_plan', false),
  set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false),
  set_config('default_transaction_isolation', 'read committed', false),
  set_config('synchronous_commit', coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), false),
  set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
  set_config('tcp_keepalives_count', '3', false)
FROM pg_stat_activity WHERE pid = pg_backend_pid())";

constexpr const char* kEndFormer = R"(
SELECT pg_terminate_backend(pid), pg_sleep(0.02) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2)";

bool is_answer(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

std::string_view or_empty(const char* text) { return text == nullptr ? std::string_view() : text; }

// Waits for the socket; false at the deadline.
bool wait_for(int socket, short events, steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd entry{.fd = socket, .events = events, .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// What the server says is "severity:  words", what libpq says itself has one space.
constexpr std::string_view kServerSays = ":  ";

}  // namespace

Connection::Connection(ConnectionOptions options)
    : options_(std::move(options)), answer_timeout_(options_.answer_timeout) {
  target_.url = options_.url;
}

Outcome<void> Connection::open() {
  if (handle_) return {};
  char* words = nullptr;
  PQconninfoOption* const parsed = PQconninfoParse(options_.url.c_str(), &words);
  if (parsed == nullptr) {
    Trouble trouble = malformed_url(options_.url, or_empty(words));
    PQfreemem(words);
    return std::unexpected(std::move(trouble));
  }
  PQconninfoFree(parsed);

  Handle handle = dial(PQconnectdbParams);
  target_ = {.url = options_.url,
             .host = std::string(or_empty(PQhost(handle.get()))),
             .port = std::string(or_empty(PQport(handle.get()))),
             .user = std::string(or_empty(PQuser(handle.get()))),
             .database = std::string(or_empty(PQdb(handle.get()))),
             .schema = target_.schema};
  if (PQstatus(handle.get()) != CONNECTION_OK) return std::unexpected(refused(*handle));
  if (const std::string_view encoding = or_empty(PQparameterStatus(handle.get(), "server_encoding"));
      encoding != "UTF8")
    return std::unexpected(encoding_trouble(target_, encoding));
  PQsetNoticeProcessor(handle.get(), [](void*, const char*) {}, nullptr);
  handle_ = std::move(handle);
  if (PQsetnonblocking(handle_.get(), 1) != 0) return std::unexpected(lost());
  Outcome<void> done = set_up();
  if (done) done = end_former();
  if (!done) close();
  return done;
}

Connection::Handle Connection::dial(Dialer* dialer) const {
  const std::string connect_timeout = std::to_string(options_.connect_timeout.count());
  const std::string answer_timeout = std::to_string(options_.answer_timeout.count());
  // What comes later replaces what came before, hence the URL our defaults.
  constexpr std::array kKeywords{"connect_timeout",
                                 "tcp_user_timeout",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 "fallback_application_name",
                                 "dbname",
                                 "client_encoding",
                                 static_cast<const char*>(nullptr)};
  const std::array<const char*, kKeywords.size()> values{connect_timeout.c_str(),
                                                         answer_timeout.c_str(),
                                                         "10",
                                                         "5",
                                                         "3",
                                                         "wyldgate",
                                                         options_.url.c_str(),
                                                         "UTF8",
                                                         nullptr};
  constexpr int kUrlInDbname = 1;
  return Handle(dialer(kKeywords.data(), values.data(), kUrlInDbname));
}

// libpq tells the words of a refusal and keeps its code to itself, unless one dials by hand. Words are in the
// server's language; so when it was the server that refused, a second call asks for the code.
Trouble Connection::refused(const PGconn& handle) const {
  const std::string words(or_empty(PQerrorMessage(&handle)));
  std::string code;
  if (words.contains(kServerSays)) {
    const Handle again = dial(PQconnectStartParams);
    PQsetErrorVerbosity(again.get(), PQERRORS_SQLSTATE);
    const auto deadline = steady_clock::now() + options_.connect_timeout;
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while ((next == PGRES_POLLING_WRITING || next == PGRES_POLLING_READING) &&
           wait_for(PQsocket(again.get()), next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
      next = PQconnectPoll(again.get());
    const std::string_view said = or_empty(PQerrorMessage(again.get()));
    if (const std::size_t at = said.rfind(kServerSays); at != std::string_view::npos)
      code = said.substr(at + kServerSays.size(), 5);
  }
  return connect_trouble(target_, {.words = words, .sqlstate = code});
}

Outcome<void> Connection::set_up() {
  Parameters parameters;
  parameters.add(std::to_string(options_.answer_timeout.count() * 2 / 3));
  const Outcome<ResultPtr> answer = run({.sql = kSetUp, .parameters = &parameters});
  if (!answer) return std::unexpected(answer.error());
  if (PQntuples(answer->get()) != 1) return std::unexpected(unreachable("pg_stat_activity does not show us"));
  backend_ = {.pid = static_cast<std::int32_t>(bigint_at(**answer, 0, 0)),
              .started = bigint_at(**answer, 0, 1)};
  target_.schema = text_at(**answer, 0, 2);
  return {};
}

// A commit that was given up may wait in a server's process for a lock, a disk, or to be read at all; it must
// not take effect after what is written from now on. Nor must an instance be held by nobody.
Outcome<void> Connection::end_former() {
  if (!former_) return {};
  Parameters parameters;
  parameters.add(former_->pid).add(former_->started);
  for (int attempt = 0; attempt < kEndAttempts; ++attempt) {
    const Outcome<ResultPtr> answer = run({.sql = kEndFormer, .parameters = &parameters});
    if (!answer) return std::unexpected(answer.error());
    if (PQntuples(answer->get()) == 0) {
      former_.reset();
      return {};
    }
  }
  return std::unexpected(
      unreachable(fmt::format("process {} of the server is still at work for this gateway", former_->pid)));
}

void Connection::close() noexcept {
  answer_timeout_ = options_.answer_timeout;
  if (!handle_) return;
  handle_.reset();
  prepared_.clear();
  if (!former_ && backend_.pid != 0) former_ = backend_;
  backend_ = {};
}

Outcome<ResultPtr> Connection::run(const Statement& statement) {
  Outcome<std::vector<ResultPtr>> answers = run(std::span(&statement, 1));
  if (!answers) return std::unexpected(std::move(answers.error()));
  return std::move(answers->front());
}

Outcome<std::vector<ResultPtr>> Connection::run(std::span<const Statement> statements) {
  if (!handle_) return std::unexpected(unreachable("there is no connection"));
  std::vector<const char*> sent;  // what is prepared; null: a statement is run
  bool ok = PQenterPipelineMode(handle_.get()) == 1;
  for (const Statement& statement : statements) {
    if (statement.name != nullptr && !prepared_.contains(statement.name)) {
      ok = ok && PQsendPrepare(handle_.get(), statement.name, statement.sql, 0, nullptr) == 1;
      sent.push_back(statement.name);
    }
    ok = ok && send(statement);
    sent.push_back(nullptr);
  }
  if (!ok || PQpipelineSync(handle_.get()) != 1) return std::unexpected(lost());

  const Deadline deadline = steady_clock::now() + answer_timeout_;
  std::vector<ResultPtr> answers;
  std::optional<Trouble> trouble;
  auto next = sent.begin();
  for (bool at_end_of_one = true;;) {
    if (const Outcome<void> there = wait(deadline); !there)
      return std::unexpected(trouble ? *trouble : there.error());
    ResultPtr result(PQgetResult(handle_.get()));
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) break;
    if (!result) {
      if (std::exchange(at_end_of_one, true)) return std::unexpected(trouble ? std::move(*trouble) : lost());
      continue;
    }
    at_end_of_one = false;
    const char* const name = next == sent.end() ? nullptr : *next++;
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_ABORTED) continue;
    if (!is_answer(result.get())) {
      if (!trouble) trouble = failed(*result);
    } else if (name != nullptr) {
      prepared_.insert(name);
    } else {
      answers.push_back(std::move(result));
    }
  }
  ok = PQexitPipelineMode(handle_.get()) == 1 && PQstatus(handle_.get()) == CONNECTION_OK;
  if (trouble) {
    if (!ok || trouble->fault == Fault::kUnreachable) close();
    return std::unexpected(std::move(*trouble));
  }
  if (!ok || answers.size() != statements.size()) return std::unexpected(lost());
  return answers;
}

Outcome<ResultPtr> Connection::script(const std::string& sql) {
  if (!handle_) return std::unexpected(unreachable("there is no connection"));
  if (PQsendQuery(handle_.get(), sql.c_str()) != 1) return std::unexpected(lost());
  const Deadline deadline = steady_clock::now() + answer_timeout_;
  std::optional<Trouble> trouble;
  ResultPtr last;
  while (true) {
    if (const Outcome<void> there = wait(deadline); !there)
      return std::unexpected(trouble ? *trouble : there.error());
    ResultPtr result(PQgetResult(handle_.get()));
    if (!result) break;
    if (!is_answer(result.get()) && !trouble) trouble = failed(*result);
    last = std::move(result);
  }
  if (PQstatus(handle_.get()) != CONNECTION_OK || (trouble && trouble->fault == Fault::kUnreachable)) {
    if (!trouble) return std::unexpected(lost());
    close();
  }
  if (trouble) return std::unexpected(std::move(*trouble));
  return last;
}

bool Connection::send(const Statement& statement) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  if (statement.parameters != nullptr) {
    for (const std::string& value : statement.parameters->values()) {
      values.push_back(value.data());
      lengths.push_back(static_cast<int>(value.size()));
    }
  }
  const std::vector<int> formats(values.size(), kBinary);
  const int count = static_cast<int>(values.size());
  return statement.name != nullptr
             ? PQsendQueryPrepared(handle_.get(), statement.name, count, values.data(), lengths.data(),
                                   formats.data(), kBinary) == 1
             : PQsendQueryParams(handle_.get(), statement.sql, count, nullptr, values.data(), lengths.data(),
                                 formats.data(), kBinary) == 1;
}

Outcome<void> Connection::wait(Deadline deadline) {
  while (true) {
    const int unsent = PQflush(handle_.get());
    if (unsent < 0) return std::unexpected(lost());
    if (unsent == 0 && PQisBusy(handle_.get()) == 0) return {};
    const auto events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
    if (!wait_for(PQsocket(handle_.get()), events, deadline))
      return std::unexpected(
          unreachable(fmt::format("the server has not answered for {} s",
                                  std::chrono::ceil<std::chrono::seconds>(answer_timeout_).count())));
    if (PQconsumeInput(handle_.get()) != 1) return std::unexpected(lost());
  }
}

Trouble Connection::lost() {
  const std::string words(or_empty(PQerrorMessage(handle_.get())));
  return unreachable(words.empty() ? "the connection was lost" : words);
}

Trouble Connection::unreachable(std::string_view words) {
  close();
  return trouble(target_, Fault::kUnreachable, words);
}

Trouble Connection::failed(const PGresult& result) const {
  const std::string_view words = or_empty(PQresultErrorField(&result, PG_DIAG_MESSAGE_PRIMARY));
  return statement_trouble(target_, {.words = words.empty() ? or_empty(PQresultErrorMessage(&result)) : words,
                                     .sqlstate = or_empty(PQresultErrorField(&result, PG_DIAG_SQLSTATE))});
}

}  // namespace wyld::store::postgres
