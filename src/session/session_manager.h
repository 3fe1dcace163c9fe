#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "session/session_record.h"
#include "session/session_store.h"

namespace wyld::session {

struct SessionManagerOptions {
  // The process-wide bound; create() refuses beyond it.
  std::size_t sessions_max = 20'000;
};

// Every session of the process, by id.
//
// Owner    apps/.
// Thread   any; a lookup takes the lock of one of kStripes parts of the table.
// Errors   Result: kLimit (full), kNotFound, kState (a move that is not in the table), kAlreadyExists.
class SessionManager {
 public:
  SessionManager(const SessionManagerOptions& options, SessionStore& store)
      : options_(options), store_(store) {}

  // Enters a new session in state Connecting. The record stays at its place until remove().
  [[nodiscard]] Result<SessionRecord*> create(const SessionId& id, SessionHandle handle, Protocol protocol,
                                              std::string address, std::chrono::system_clock::time_point now);
  [[nodiscard]] std::optional<SessionSnapshot> get(const SessionId& id) const;
  [[nodiscard]] Status touch(const SessionId& id, std::chrono::system_clock::time_point now);
  // Validates the move against the state table, makes it and has it stored. On kState nothing changed.
  [[nodiscard]] Status transition(const SessionId& id, State to);
  // The same for the owner of the record, without a lookup.
  [[nodiscard]] Status transition(SessionRecord& record, State to);
  Status remove(const SessionId& id);

  [[nodiscard]] std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t count(Protocol protocol) const noexcept;
  [[nodiscard]] std::size_t count(State state) const noexcept;
  // Sessions with a connection, in no order.
  [[nodiscard]] std::vector<SessionSnapshot> active() const;

 private:
  static constexpr std::size_t kStripes = 64;
  struct alignas(64) Stripe {
    mutable std::mutex mutex;
    std::unordered_map<SessionId, std::unique_ptr<SessionRecord>> records;
  };

  [[nodiscard]] Stripe& stripe_of(const SessionId& id) const noexcept;

  SessionManagerOptions options_;
  SessionStore& store_;
  std::atomic<std::size_t> count_{0};
  std::array<std::atomic<std::size_t>, kProtocolCount> by_protocol_{};
  std::array<std::atomic<std::size_t>, kStateCount> by_state_{};
  mutable std::array<Stripe, kStripes> stripes_;
};

}  // namespace wyld::session
