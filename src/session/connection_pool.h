#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/session_id.h"
#include "base/shard_mail.h"
#include "session/session_manager.h"
#include "session/shard_sessions.h"

namespace wyld::session {

// The connections of all shards: which session has which, and words for the players behind them.
//
// A session is created with its connection, so those need no registering. One that was held gets a new
// connection by register_connection(); and loses it by unregister_connection(), by moving to Disconnected or
// Closed, or by being removed.
//
// Owner    apps/.
// Thread   any, shards included. Text reaches the connections as one message per shard, also from that shard
//          itself: it is queued when the shard comes to the message.
// Errors   return values say what is known at once; `done` says what became of the text. It runs once, on
//          the last shard to finish or, when nothing is left to wait for, inside the call; never when the
//          gateway stops first.
// Limits   the mailboxes of the shards, kMailboxFull; the output bound of each connection, kOutputSkipped.
class ConnectionPool {
 public:
  using Done = std::move_only_function<void(const Delivery&)>;

  // `shards`: the sessions of each, which live as long as the pool.
  ConnectionPool(SessionManager& manager, std::vector<ShardSessions*> shards, ShardMail mail)
      : manager_(manager), shards_(std::move(shards)), mail_(std::move(mail)) {}

  // The session's connection is `handle` from now on. Returns the handle it had before: generation 0 for
  // none, else a connection that has been taken over, for its shard to end. kNotFound; kState: it is Closed.
  Result<SessionHandle> register_connection(const SessionId& id, SessionHandle handle, Protocol protocol,
                                            const AddressText& address) {
    return manager_.connect(id, handle, protocol, address);
  }
  // False: `handle` is not, or no longer, the session's connection, and nothing changed. So one that was
  // taken over cannot take the new one with it.
  bool unregister_connection(const SessionId& id, SessionHandle handle) {
    return manager_.disconnect(id, handle);
  }

  // Success: the session had a connection, and its shard will queue the text. It may end or be over its bound
  // before: `done` gets exactly one of queued, refused and gone. On an error `done` does not run. kNotFound:
  // there is no such session, or it has no connection. kUnavailable: the shard's mailbox is full.
  Status send(const SessionId& id, std::string utf8, Done done = {});
  // To everybody who plays; encoded once per wire form and shard. Returns how many shards took it: fewer than
  // all when mailboxes were full, and `done` counts nobody there.
  std::size_t broadcast(std::string utf8, Done done = {});
  // To these. Returns how many sessions have a connection on a shard that took it. `done` counts every id
  // once: as refused also those behind a full mailbox.
  std::size_t broadcast_to(std::span<const SessionId> ids, std::string utf8, Done done = {});
  // To the live sessions for which `wanted(const SessionSnapshot&)` is true; it may ask the manager for more.
  template <typename Wanted>
    requires std::predicate<Wanted&, const SessionSnapshot&>
  std::size_t broadcast_to(Wanted&& wanted, std::string utf8, Done done = {}) {
    std::vector<SessionHandle> handles;
    for (const SessionSnapshot& session : manager_.active()) {
      if (wanted(session)) handles.push_back(session.handle);
    }
    return broadcast_to_handles(handles, std::move(utf8), std::move(done));
  }

  // Sessions that have a connection.
  [[nodiscard]] std::size_t connection_count() const noexcept;
  [[nodiscard]] std::size_t connection_count(Protocol protocol) const noexcept {
    return manager_.connected(protocol);
  }
  [[nodiscard]] std::array<std::size_t, kProtocolCount> by_protocol() const noexcept;
  [[nodiscard]] std::vector<SessionSnapshot> active_sessions() const { return manager_.active(); }

 private:
  struct Report;

  std::size_t broadcast_to_handles(std::span<const SessionHandle> handles, std::string utf8, Done done);

  SessionManager& manager_;
  const std::vector<ShardSessions*> shards_;
  const ShardMail mail_;
};

}  // namespace wyld::session
