#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "session/session_store.h"
#include "store/database.h"

namespace wyld::store {

using Done = session::SessionStore::Done;

// One session's waiting write: the row as it shall stand, or none when it shall go.
struct Change {
  SessionId id;
  std::optional<session::SessionRow> row;
  std::vector<Done> done;

  // What it counts in the bound of the backlog.
  [[nodiscard]] std::size_t bytes() const noexcept;
};

// Writes in order of arrival, at most one for each session: a later one takes the place of an earlier one
// that still waits, and both are acknowledged by its commit.
//
// Owner    a Writer.
// Thread   its own.
class Backlog {
 public:
  // Returns the bytes that the replaced write counted, when there was one.
  std::optional<std::size_t> add(Change change);
  // Moves the oldest writes, at most `rows_max`, to `to`.
  void take(std::size_t rows_max, std::deque<Change>& to);
  [[nodiscard]] bool empty() const noexcept { return changes_.empty(); }
  [[nodiscard]] std::size_t count() const noexcept { return changes_.size(); }

 private:
  std::deque<Change> changes_;
  std::uint64_t taken_ = 0;                               // changes that have left in front
  std::unordered_map<SessionId, std::uint64_t> numbers_;  // of the changes here; the first one's is taken_
};

}  // namespace wyld::store
