#pragma once

#include <mutex>
#include <unordered_map>
#include <vector>

#include "session/session_store.h"

namespace wyld::store {

// Keeps sessions as long as the process lives: "durable" is at once.
//
// Owner    apps/, tests.
// Thread   any; `done` runs on the caller's, before the call returns.
class MemorySessionStore final : public session::SessionStore {
 public:
  void create(const session::SessionSnapshot& session, Done done) override;
  void update_state(const SessionId& id, session::State state, Done done) override;
  void remove(const SessionId& id, Done done) override;
  [[nodiscard]] Result<std::vector<session::SessionSnapshot>> load_all() override;

 private:
  std::mutex mutex_;
  std::unordered_map<SessionId, session::SessionSnapshot> sessions_;
};

}  // namespace wyld::store
