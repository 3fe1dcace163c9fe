#pragma once
// Sessions and what belongs to them, as PostgreSQL takes and gives them.

#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "store/postgres/binary.h"
#include "store/postgres/connection.h"
#include "store/unreadable_rows.h"

namespace wyld::store::postgres {

// What writes one batch: few statements, however many rows it has, and none for what no row speaks of.
class BatchStatements {
 public:
  // kInvalidArgument: a text that is not UTF-8.
  [[nodiscard]] static Result<BatchStatements> of(const GatewayIdentity& gateway, const Batch& batch);

  // In the order in which they are to run. They point to what is here.
  void append_to(std::vector<Statement>& statements) const;

 private:
  struct Part {
    const char* sql;
    const char* name;
    Parameters parameters;
  };

  std::vector<Part> parts_;
};

// The answers of kLoadSessions or kAdoptSessions, kLoadCommands, and kLoadScrollback, put together. Rows that
// cannot be read are left out.
[[nodiscard]] std::vector<session::SessionRow> rows_of(const PGresult& sessions, const PGresult& commands,
                                                       const PGresult& scrollback,
                                                       UnreadableRows& unreadable);

}  // namespace wyld::store::postgres
