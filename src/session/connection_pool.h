#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/session_id.h"
#include "session/session_manager.h"
#include "session/shard_sessions.h"

namespace wyld::session {

// Says things to connected players from any thread.
//
// Owner    apps/.
// Thread   any. Work reaches the connections as one message per shard.
// Errors   return values; a full mailbox is counted.
class ConnectionPool {
 public:
  using Task = std::move_only_function<void(ShardSessions&)>;
  // Hands a task to a shard; false when its mailbox is full.
  using Post = std::function<bool(std::uint8_t shard, Task task)>;

  ConnectionPool(const SessionManager& manager, std::size_t shards, Post post)
      : manager_(manager), shards_(shards), post_(std::move(post)) {}

  // True when the text was handed to the session's shard: the session existed then. It may still end, or be
  // over its output bound, before the text is queued; that is counted as output_skipped.
  bool send(const SessionId& id, std::string utf8);
  // One encoding per wire form and shard. Returns how many shards took it; `done`, if given, runs on
  // the last shard with the number of connections the text was queued for.
  std::size_t broadcast(std::string utf8, std::move_only_function<void(std::size_t)> done = {});

  [[nodiscard]] std::size_t connection_count() const noexcept;
  [[nodiscard]] std::size_t connection_count(Protocol protocol) const noexcept {
    return manager_.count(protocol);
  }
  [[nodiscard]] std::vector<SessionSnapshot> active_sessions() const { return manager_.active(); }

 private:
  const SessionManager& manager_;
  const std::size_t shards_;
  const Post post_;
};

}  // namespace wyld::session
