#pragma once
// Where sessions are made durable. Declared by the core, implemented in store/.

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "session/resume_token.h"
#include "session/session_record.h"

namespace wyld::session {

// How the store is, for health checks and operators.
struct StoreHealth {
  bool reachable = true;
  std::chrono::system_clock::time_point since{};  // when `reachable` last changed
  std::string trouble;                            // the database's own words, without secrets; empty: none
  std::size_t backlog_rows = 0;                   // taken and not yet durable
  std::size_t backlog_bytes = 0;
};

// Rows of sessions, one per id, each written whole: what is written last stands, and writing it twice
// changes nothing. Hence a commit whose answer was lost is simply repeated.
//
// Commands and scrollback are parts of a row that most writes leave alone, by null: then what is stored of
// the part stays. Else it is replaced whole, together with the row; an empty one (scrollback: without pieces
// and not complete) goes. Both go with their session, too. As read, commands come by sequence, pieces as they
// were written, and an empty part is null.
//
// Owner    apps/, which names the concrete class.
// Thread   any; no call but load() blocks. `done` runs once, on a thread of the store's choosing or inside
//          the call; it must be quick and must not call the store.
// Order    calls for one session take effect in the order they were made. A reader sees either none or
//          all of a row.
// Errors   while the database is away what was taken waits, and is written in order when it is back.
//          kUnavailable through `done`: the store was closed first; the write may or may not stand.
//          kInvalidArgument through `done`: the database will never take this row; others were not held up.
// Limits   create() refuses when the backlog is full. The other calls never do: they add at most one row for
//          a session that create() once took.
class SessionStore {
 public:
  using Done = std::move_only_function<void(Status)>;

  virtual ~SessionStore() = default;

  // A new session. kUnavailable: the backlog is full; nothing was taken and `done` will not run.
  [[nodiscard]] virtual Status create(SessionRow row, Done done) = 0;
  // A session that create() took, as it is now.
  virtual void update(SessionRow row, Done done = {}) = 0;
  // Ids that are not stored are no error.
  virtual void remove(std::span<const SessionId> ids, Done done = {}) = 0;
  // What is stored of this gateway, in no order, earlier calls included. Blocks; for tests and tools.
  [[nodiscard]] virtual Result<std::vector<SessionRow>> load() = 0;
  // Whether a session whose tokens are of `family` is stored for another gateway, which may have it still.
  // False: there is no other gateway, and `done` will not run. Else `done` is told: success, there is one;
  // kNotFound, there is none; kUnavailable, nobody can tell just now.
  [[nodiscard]] virtual bool find_elsewhere(const ResumeFamily& family, Done done);
  // Any thread; cheap.
  [[nodiscard]] virtual StoreHealth health() const = 0;
};

// A store that no other gateway uses.
inline bool SessionStore::find_elsewhere(const ResumeFamily& /*family*/, Done /*done*/) { return false; }

}  // namespace wyld::session
