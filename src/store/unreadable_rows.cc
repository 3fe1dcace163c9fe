#include "store/unreadable_rows.h"

#include "base/counters.h"
#include "base/log.h"

namespace wyld::store {

void UnreadableRows::add(std::string_view table, const std::optional<SessionId>& id) {
  count(Counter::kStoreRowsUnreadable);
  if (id) sessions_.insert(*id);
  if (++count_ > kNamedMax) return;
  log(LogLevel::kError, "store_row_unreadable",
      {{"table", std::string(table)}, {"session", id ? id->text() : "without a proper id"}});
}

void UnreadableRows::report() const {
  if (count_ == 0) return;
  log(LogLevel::kError, "store_rows_unreadable",
      {{"database", std::string(database_)},
       {"count", std::to_string(count_)},
       {"advice", "they were left out and left where they are; mend or delete them"}});
}

}  // namespace wyld::store
