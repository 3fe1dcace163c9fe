#pragma once
// Sessions and what belongs to them, in SQLite's tables.

#include <vector>

#include "store/database.h"
#include "store/sqlite/connection.h"

namespace wyld::store::sqlite {

// Both run inside a transaction of the caller's, which ends it when they fail.
[[nodiscard]] Outcome<void> write_batch(Connection& connection, const GatewayIdentity& gateway,
                                        const Batch& batch);
[[nodiscard]] Outcome<std::vector<session::SessionRow>> read_rows(Connection& connection,
                                                                  const GatewayIdentity& gateway);

}  // namespace wyld::store::sqlite
