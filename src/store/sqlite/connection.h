#pragma once

#include <sqlite3.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/database.h"
#include "store/sqlite/sql.h"

namespace wyld::store::sqlite {

using Time = std::chrono::system_clock::time_point;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { ::sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

// A prepared statement in use: bound, stepped, and cleared when this is destroyed. Text that is bound must
// live until then or until it is bound anew.
//
// Errors   text that is not UTF-8 or holds a NUL, which not every tool and database would give back whole, is
//          kRejected by step(); else what SQLite says.
class Query {
 public:
  Query(sqlite3_stmt& statement, std::string_view path) noexcept : statement_(&statement), path_(path) {}
  Query(Query&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)), path_(other.path_) {}
  Query& operator=(Query&&) = delete;
  ~Query();

  // Parameters are bound in the order of their numbers.
  Query& bind(std::int64_t value) noexcept;
  Query& bind(Time time) noexcept;
  Query& bind(std::string_view text) noexcept;
  // Empty: NULL.
  Query& bind_text_or_null(std::string_view text) noexcept;
  Query& bind_bytes_or_null(std::string_view bytes) noexcept;
  Query& bind_time_or_null(Time time) noexcept;        // the default one: NULL
  Query& bind_bytes(std::string_view bytes) noexcept;  // whatever they are
  Query& bind(const SessionId& id) noexcept;

  // True: there is a row. False: the end; the statement is ready to be bound anew.
  [[nodiscard]] Outcome<bool> step();
  // Steps to the end; rows are passed over.
  [[nodiscard]] Outcome<void> run();

  [[nodiscard]] std::int64_t integer(int column) const noexcept;
  [[nodiscard]] Time time(int column) const noexcept;
  // Text or bytes, until the next step.
  [[nodiscard]] std::string_view text(int column) const noexcept;
  [[nodiscard]] std::optional<SessionId> id(int column) const noexcept;

 private:
  void rewind() noexcept;
  Query& bind_null() noexcept;

  sqlite3_stmt* statement_;
  std::string_view path_;
  int parameter_ = 0;
  bool bad_text_ = false;
};

// An open database file. Statements are prepared at their first use and kept.
//
// Owner    SqliteDatabase.
// Thread   one at a time.
class Connection {
 public:
  // The file must exist. `busy_timeout`: how long to wait for another writer.
  [[nodiscard]] static Outcome<std::unique_ptr<Connection>> open(std::string path,
                                                                 std::chrono::milliseconds busy_timeout);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] bool read_only() const noexcept { return ::sqlite3_db_readonly(handle_.get(), "main") == 1; }
  // Rows that the last statement inserted, changed or removed.
  [[nodiscard]] int changes() const noexcept { return ::sqlite3_changes(handle_.get()); }

  // Switches the file to a write-ahead log; returns the mode it has afterwards, "wal".
  [[nodiscard]] Outcome<std::string> use_log();
  // All statements of `sql`; rows are passed over.
  [[nodiscard]] Outcome<void> execute(const std::string& sql, bool connecting = false);
  // Ends the transaction; nothing happens when a failure has ended it already.
  void roll_back() noexcept { ::sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr); }
  // The first column of the first row.
  [[nodiscard]] Outcome<std::string> ask(std::string_view sql, bool connecting = false);
  [[nodiscard]] Outcome<Query> query(Sql sql);

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept { ::sqlite3_close(handle); }
  };

  Connection(std::string path, std::chrono::milliseconds busy_timeout) noexcept
      : path_(std::move(path)), busy_timeout_(busy_timeout) {}
  static int wait_for_writer(void* connection, int attempt) noexcept;
  [[nodiscard]] Trouble trouble(bool connecting) const;
  [[nodiscard]] Outcome<Statement> prepare(std::string_view sql, bool connecting);

  const std::string path_;
  const std::chrono::milliseconds busy_timeout_;
  std::chrono::steady_clock::time_point busy_until_;
  std::unique_ptr<sqlite3, Close> handle_;
  std::array<Statement, kSqlCount> statements_;  // destroyed before the handle
};

}  // namespace wyld::store::sqlite
