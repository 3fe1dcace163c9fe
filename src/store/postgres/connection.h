#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"
#include "store/postgres/binary.h"
#include "store/postgres/messages.h"

namespace wyld::store::postgres {

struct ConnectionOptions {
  std::string url;  // what libpq takes: a URI or key=value; for both, libpq's environment and files count too
  // Per address, unless the URL says otherwise.
  std::chrono::seconds connect_timeout{5};
  // A server that is silent for so long hangs, and the connection is given up; a little earlier the server
  // itself gives up the statement.
  std::chrono::milliseconds answer_timeout{15'000};
};

// One statement with its parameters. `name`: prepared under it at its first use on a connection.
struct Statement {
  const char* sql = "";
  const Parameters* parameters = nullptr;
  const char* name = nullptr;
};

// A connection that is never waited for without end.
//
// Owner    PostgresDatabase.
// Thread   one at a time.
// Errors   Trouble. After kUnreachable it is closed; after others it can be used on.
class Connection {
 public:
  explicit Connection(ConnectionOptions options);

  // Does nothing when it is open. What an earlier connection left unfinished is over when this returns.
  [[nodiscard]] Outcome<void> open();
  void close() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return handle_ != nullptr; }

  // All in one round trip and, unless a transaction is open, in one transaction: the answers are here only
  // if it was committed.
  [[nodiscard]] Outcome<std::vector<ResultPtr>> run(std::span<const Statement> statements);
  [[nodiscard]] Outcome<ResultPtr> run(const Statement& statement);
  // Several statements without parameters, separated by semicolons; the last one's answer.
  [[nodiscard]] Outcome<ResultPtr> script(const std::string& sql);
  // For what may take long, until the next close(): a large table is read or rebuilt.
  void set_answer_timeout(std::chrono::milliseconds timeout) noexcept { answer_timeout_ = timeout; }

  [[nodiscard]] const Target& target() const noexcept { return target_; }
  [[nodiscard]] Trouble unreachable(std::string_view words);  // and closes

 private:
  struct Finish {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  };
  using Handle = std::unique_ptr<PGconn, Finish>;
  // A server's process that may still be at work for us.
  struct Backend {
    std::int32_t pid = 0;
    std::int64_t started = 0;
  };
  using Deadline = std::chrono::steady_clock::time_point;
  using Dialer = PGconn*(const char* const* keywords, const char* const* values, int expand_dbname);

  [[nodiscard]] Handle dial(Dialer* dialer) const;
  [[nodiscard]] Trouble refused(const PGconn& handle) const;
  [[nodiscard]] Outcome<void> set_up();
  [[nodiscard]] Outcome<void> end_former();
  [[nodiscard]] bool send(const Statement& statement);
  // Sends what waits and returns when PQgetResult() would not block.
  [[nodiscard]] Outcome<void> wait(Deadline deadline);
  [[nodiscard]] Trouble lost();
  [[nodiscard]] Trouble failed(const PGresult& result) const;

  const ConnectionOptions options_;
  std::chrono::milliseconds answer_timeout_;
  Target target_;
  Handle handle_;
  Backend backend_;
  std::optional<Backend> former_;
  std::set<std::string_view> prepared_;
};

}  // namespace wyld::store::postgres
