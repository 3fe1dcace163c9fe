#pragma once
// The parts of a row that have tables of their own: commands that wait, and scrollback. A write that says
// nothing of one (null) leaves it as it is.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "session/session_record.h"

namespace wyld::store {

// The parts of `row` that are null become those of `earlier`, a write or a stored row that it follows.
void keep_parts(session::SessionRow& row, const session::SessionRow& earlier);
// Parts that are null become empty ones: what is stored of them goes.
void clear_parts(session::SessionRow& row);
// Empty parts become null, as they are read.
void drop_empty_parts(session::SessionRow& row) noexcept;

// No pieces, and not even known to be complete.
[[nodiscard]] bool is_empty(const session::Scrollback& scrollback) noexcept;
[[nodiscard]] std::size_t bytes_of(const session::CommandsPtr& commands) noexcept;
[[nodiscard]] std::size_t bytes_of(const session::ScrollbackPtr& scrollback) noexcept;

// One row of the table of scrollback: an earlier epoch, what is confirmed, a piece, or the one behind the
// pieces that says how they end.
struct ScrollbackLine {
  std::uint64_t epoch = 0;
  std::string_view kind = {};
  std::uint64_t position = 0;
  std::string_view text = {};
  std::chrono::system_clock::time_point created = {};
};
// Views of `scrollback`, in order. Nothing when it is empty.
[[nodiscard]] std::vector<ScrollbackLine> lines_of(const session::Scrollback& scrollback);

// Puts the rows of both tables into those of their sessions. They come in the order of their sessions, and of
// a session in their own. Rows of sessions that are not here are passed over, and so is scrollback without
// the line that ends it: somebody has deleted it by hand.
//
// Owner    who reads a database, as long as it does not change `rows`.
class PartsReader {
 public:
  explicit PartsReader(std::vector<session::SessionRow>& rows) noexcept : rows_(rows) {}

  void add(const SessionId& id, session::QueuedCommand command);
  // False: a kind that is not known.
  [[nodiscard]] bool add(const SessionId& id, const ScrollbackLine& line);
  // Scrollback with a hole in it is none: these sessions come back as after a loss, which their players are
  // told.
  void drop_scrollback(const std::unordered_set<SessionId>& sessions);

 private:
  [[nodiscard]] session::SessionRow* find(const SessionId& id);

  std::vector<session::SessionRow>& rows_;
  std::unordered_map<SessionId, session::SessionRow*> by_id_;  // filled at the first use
  std::optional<SessionId> commands_of_;
  std::shared_ptr<std::vector<session::QueuedCommand>> commands_;
  std::optional<SessionId> scrollback_of_;
  std::shared_ptr<session::Scrollback> scrollback_;
};

}  // namespace wyld::store
