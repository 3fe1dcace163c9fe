#pragma once
// Where sessions are made durable. Declared by the core, implemented in store/.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "session/session_record.h"

namespace wyld::session {

// One interface for every database.
//
// Owner    apps/, which names the concrete class.
// Thread   any; calls never block. `done` runs on a thread of the store's choosing.
// Errors   through `done`: kUnavailable while the database is away.
class SessionStore {
 public:
  using Done = std::move_only_function<void(Status)>;

  virtual ~SessionStore() = default;

  // Durable once `done` has been called with success. Writes of one session keep their order.
  virtual void create(const SessionSnapshot& session, Done done) = 0;
  virtual void update_state(const SessionId& id, State state, Done done) = 0;
  virtual void remove(const SessionId& id, Done done) = 0;
  // What is stored now; for the start and for tests.
  [[nodiscard]] virtual Result<std::vector<SessionSnapshot>> load_all() = 0;
};

}  // namespace wyld::session
