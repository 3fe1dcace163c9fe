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
// that still waits, and both are acknowledged by its commit. What the later one leaves alone, commands or
// scrollback, it takes over from the earlier one.
//
// Owner    a Writer.
// Thread   its own.
class Backlog {
 public:
  // When it took the place of another: by how many bytes the two are more than what now stands for both.
  std::optional<std::size_t> add(Change change);
  // Moves the oldest writes to `to`: at most `rows_max`, and one or as many as have no more than `bytes_max`.
  void take(std::size_t rows_max, std::size_t bytes_max, std::deque<Change>& to);
  [[nodiscard]] bool empty() const noexcept { return changes_.empty(); }
  [[nodiscard]] std::size_t count() const noexcept { return changes_.size(); }

 private:
  std::deque<Change> changes_;
  std::uint64_t taken_ = 0;                               // changes that have left in front
  std::unordered_map<SessionId, std::uint64_t> numbers_;  // of the changes here; the first one's is taken_
};

}  // namespace wyld::store
