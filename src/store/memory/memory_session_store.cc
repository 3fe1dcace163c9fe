#include "store/memory/memory_session_store.h"

#include <utility>

namespace wyld::store {

void MemorySessionStore::create(const session::SessionSnapshot& session, Done done) {
  bool inserted = false;
  {
    const std::lock_guard lock(mutex_);
    inserted = sessions_.try_emplace(session.id, session).second;
  }
  done(inserted ? Status{} : fail(ErrorCode::kAlreadyExists, "a session with this id is stored"));
}

void MemorySessionStore::update_state(const SessionId& id, session::State state, Done done) {
  bool found = false;
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = sessions_.find(id); at != sessions_.end()) {
      at->second.state = state;
      found = true;
    }
  }
  done(found ? Status{} : fail(ErrorCode::kNotFound, "no session with this id is stored"));
}

void MemorySessionStore::remove(const SessionId& id, Done done) {
  bool erased = false;
  {
    const std::lock_guard lock(mutex_);
    erased = sessions_.erase(id) == 1;
  }
  done(erased ? Status{} : fail(ErrorCode::kNotFound, "no session with this id is stored"));
}

Result<std::vector<session::SessionSnapshot>> MemorySessionStore::load_all() {
  std::vector<session::SessionSnapshot> all;
  const std::lock_guard lock(mutex_);
  all.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) all.push_back(session);
  return all;
}

}  // namespace wyld::store
