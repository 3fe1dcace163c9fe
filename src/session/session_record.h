#pragma once
// The half of a session that any thread may read: identity, state, times, who and where from.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/session_id.h"
#include "session/protocol.h"
#include "session/session_handle.h"
#include "session/state.h"

namespace wyld::session {

// A copy, taken at one moment.
struct SessionSnapshot {
  SessionId id;
  Protocol protocol = Protocol::kTelnet;
  State state = State::kConnecting;
  std::string address;  // numeric, without port
  std::chrono::system_clock::time_point created{};
  std::chrono::system_clock::time_point last_activity{};
  SessionHandle handle;
};

// Lives in the SessionManager's table at a fixed place until removed. The connection that owns the
// session keeps a pointer, so that its touch is one relaxed store.
struct SessionRecord {
  SessionId id;
  SessionHandle handle;
  std::chrono::system_clock::time_point created{};
  std::atomic<std::chrono::system_clock::rep> last_activity{0};
  std::string address;
  Protocol protocol = Protocol::kTelnet;
  std::atomic<State> state{State::kConnecting};

  void touch(std::chrono::system_clock::time_point now) noexcept {
    last_activity.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }
  [[nodiscard]] SessionSnapshot snapshot() const;
};

}  // namespace wyld::session
