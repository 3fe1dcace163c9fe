#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/session_id.h"

namespace wyld::store {

// Rows that were read and make no sense: somebody has changed them by hand, or a disk has. One of them must
// not keep all others from being read, so each is left where it is, counted, and named in the log.
//
// Owner    one reading of the sessions.
// Limits   names kNamedMax of them; report() says how many there were.
class UnreadableRows {
 public:
  static constexpr std::size_t kNamedMax = 20;

  // `database` as it is shown to people; borrowed.
  explicit UnreadableRows(std::string_view database) noexcept : database_(database) {}

  // `table` is a literal. `id` is empty when the row's own cannot be read.
  void add(std::string_view table, const std::optional<SessionId>& id);
  // When all are known.
  void report() const;
  // Sessions of which a part cannot be read.
  [[nodiscard]] const std::unordered_set<SessionId>& sessions() const noexcept { return sessions_; }

 private:
  std::string_view database_;
  std::size_t count_ = 0;
  std::unordered_set<SessionId> sessions_;
};

}  // namespace wyld::store
