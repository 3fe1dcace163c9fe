#pragma once
// From a message of the world's to the shards whose sessions it concerns.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/session_id.h"
#include "world/grpc/core/commands.h"

namespace wyld::grpc_world {

// Names a Peer within its shard; after the peer is gone it names nothing.
struct PeerRef {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  friend bool operator==(const PeerRef&, const PeerRef&) = default;
};

// What one message of the world's has for one shard. Views are parts of `message`.
struct Inbound {
  struct Item {
    PeerRef peer;
    bool acknowledgement = false;  // of events up to `number`; else a command
    CommandKind kind = CommandKind::kUnknown;
    std::uint64_t number = 0;
    std::string_view body;
  };
  struct ForMany {
    Broadcast broadcast;
    std::vector<PeerRef> peers;  // of Broadcast::Audience::kSessions
  };

  std::uint64_t stream = 0;             // which one it came from
  std::shared_ptr<const void> message;  // keeps the bytes alive
  std::size_t bytes = 0;                // the shard's share of them, for flow control
  std::vector<Item> items;
  std::vector<ForMany> broadcasts;

  [[nodiscard]] bool empty() const noexcept { return items.empty() && broadcasts.empty(); }
};

// What a message says to the gateway as a whole.
struct Heading {
  bool malformed = false;
  bool has_hello = false;
  std::string_view hello;  // a WorldHello
  bool properties_changed = false;
};

// Which shard has which session.
//
// Owner    the GrpcWorld, or a simulation; outlives every LinkCore.
// Thread   any; the lock is taken once for each message.
// Limits   one entry for each session that some LinkCore knows.
class Routes {
 public:
  void add(const SessionId& id, std::uint8_t shard, PeerRef peer);
  void remove(const SessionId& id, std::uint8_t shard, PeerRef peer);

  // Takes a ConnectResponse apart; `shards` has one element for each shard, and what is for it is appended.
  // What concerns sessions that nobody has is left out: they are over.
  Heading split(std::string_view message, std::span<Inbound> shards) const;

 private:
  struct Route {
    std::uint8_t shard = 0;
    PeerRef peer;
  };
  [[nodiscard]] const Route* find(const SessionId& id) const;
  bool add_broadcast(std::string_view message, std::span<Inbound> shards) const;

  mutable std::mutex mutex_;  // guards routes_
  std::unordered_map<SessionId, Route> routes_;
};

}  // namespace wyld::grpc_world
