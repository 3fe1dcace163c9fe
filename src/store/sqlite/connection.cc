#include "store/sqlite/connection.h"

#include <cstring>
#include <thread>
#include <utility>

#include "base/utf8.h"
#include "store/sqlite/trouble.h"

namespace wyld::store::sqlite {

Query::~Query() {
  if (statement_ == nullptr) return;
  ::sqlite3_reset(statement_);
  ::sqlite3_clear_bindings(statement_);
}

void Query::rewind() noexcept {
  ::sqlite3_reset(statement_);
  parameter_ = 0;
  bad_text_ = false;
}

Query& Query::bind(std::int64_t value) noexcept {
  ::sqlite3_bind_int64(statement_, ++parameter_, value);
  return *this;
}

Query& Query::bind(Time time) noexcept {
  return bind(std::int64_t{std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count()});
}

Query& Query::bind(std::string_view text) noexcept {
  if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos) bad_text_ = true;
  // An empty view may point nowhere, which would mean NULL.
  ::sqlite3_bind_text64(statement_, ++parameter_, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
  return *this;
}

Query& Query::bind_text_or_null(std::string_view text) noexcept {
  return text.empty() ? bind_null() : bind(text);
}

Query& Query::bind_bytes_or_null(std::string_view bytes) noexcept {
  return bytes.empty() ? bind_null() : bind_bytes(bytes);
}

Query& Query::bind_time_or_null(Time time) noexcept { return time == Time{} ? bind_null() : bind(time); }

Query& Query::bind_bytes(std::string_view bytes) noexcept {
  ::sqlite3_bind_blob64(statement_, ++parameter_, bytes.empty() ? "" : bytes.data(), bytes.size(),
                        SQLITE_STATIC);
  return *this;
}

Query& Query::bind_null() noexcept {
  ::sqlite3_bind_null(statement_, ++parameter_);
  return *this;
}

Query& Query::bind(const SessionId& id) noexcept {
  ::sqlite3_bind_blob(statement_, ++parameter_, id.bytes.data(), static_cast<int>(id.bytes.size()),
                      SQLITE_STATIC);
  return *this;
}

Outcome<bool> Query::step() {
  if (bad_text_) {
    rewind();
    return std::unexpected(
        Trouble{Fault::kRejected, std::string(path_) + ": a text is not UTF-8 or holds a NUL character"});
  }
  const int code = ::sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    rewind();
    return false;
  }
  Trouble trouble = trouble_of(code, ::sqlite3_errmsg(::sqlite3_db_handle(statement_)), path_, false);
  rewind();
  return std::unexpected(std::move(trouble));
}

Outcome<void> Query::run() {
  while (true) {
    const Outcome<bool> row = step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
  }
}

std::int64_t Query::integer(int column) const noexcept { return ::sqlite3_column_int64(statement_, column); }

Time Query::time(int column) const noexcept { return Time(std::chrono::microseconds(integer(column))); }

std::string_view Query::text(int column) const noexcept {
  const void* const bytes = ::sqlite3_column_blob(statement_, column);  // as stored, whatever it is
  if (bytes == nullptr) return "";
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column))};
}

std::optional<SessionId> Query::id(int column) const noexcept {
  const std::string_view bytes = text(column);
  SessionId id;
  if (bytes.size() != id.bytes.size()) return std::nullopt;
  std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  return id;
}

Outcome<std::unique_ptr<Connection>> Connection::open(std::string path,
                                                      std::chrono::milliseconds busy_timeout) {
  std::unique_ptr<Connection> connection(new Connection(std::move(path), busy_timeout));
  sqlite3* handle = nullptr;
  const int code =
      ::sqlite3_open_v2(connection->path_.c_str(), &handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  connection->handle_.reset(handle);
  if (code == SQLITE_OK) {
    ::sqlite3_busy_handler(handle, &Connection::wait_for_writer, connection.get());
    return connection;
  }
  return std::unexpected(trouble_of(
      code, handle == nullptr ? ::sqlite3_errstr(code) : ::sqlite3_errmsg(handle), connection->path_, true));
}

// SQLite's own waits grow to 100 ms. A writer under load lets go for less than one between two commits, and
// so would keep everybody else out.
int Connection::wait_for_writer(void* connection, int attempt) noexcept {
  auto& self = *static_cast<Connection*>(connection);
  const auto now = std::chrono::steady_clock::now();
  if (attempt == 0) self.busy_until_ = now + self.busy_timeout_;
  if (now >= self.busy_until_) return 0;
  std::this_thread::sleep_for(std::chrono::microseconds(100 + 37 * (attempt % 16)));
  return 1;
}

Trouble Connection::trouble(bool connecting) const {
  return trouble_of(::sqlite3_extended_errcode(handle_.get()), ::sqlite3_errmsg(handle_.get()), path_,
                    connecting);
}

Outcome<void> Connection::execute(const std::string& sql, bool connecting) {
  if (::sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return std::unexpected(trouble(connecting));
}

Outcome<std::string> Connection::ask(std::string_view sql, bool connecting) {
  Outcome<Statement> statement = prepare(sql, connecting);
  if (!statement) return std::unexpected(statement.error());
  const int code = ::sqlite3_step(statement->get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) return std::unexpected(trouble(connecting));
  return std::string(Query(**statement, path_).text(0));
}

Outcome<std::string> Connection::use_log() {
  // When several do this to a new file at once, SQLite refuses some of them without asking wait_for_writer().
  for (int attempt = 0;; ++attempt) {
    Outcome<std::string> mode = ask("PRAGMA journal_mode = WAL", true);
    const bool busy = (::sqlite3_extended_errcode(handle_.get()) & 0xff) == SQLITE_BUSY;
    if (mode || !busy || wait_for_writer(this, attempt) == 0) return mode;
  }
}

Outcome<Statement> Connection::prepare(std::string_view sql, bool connecting) {
  sqlite3_stmt* statement = nullptr;
  if (::sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &statement, nullptr) != SQLITE_OK)
    return std::unexpected(trouble(connecting));
  return Statement(statement);
}

Outcome<Query> Connection::query(Sql sql) {
  Statement& kept = statements_.at(static_cast<std::size_t>(sql));
  if (kept == nullptr) {
    Outcome<Statement> prepared = prepare(sql_text(sql), false);
    if (!prepared) return std::unexpected(prepared.error());
    kept = std::move(*prepared);
  }
  return Query(*kept, path_);
}

}  // namespace wyld::store::sqlite
