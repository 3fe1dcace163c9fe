#include "world/grpc/core/routes.h"

#include "world/grpc/core/wire.h"

namespace wyld::grpc_world {
namespace {

// Fields of ConnectResponse.
constexpr std::uint32_t kHello = 1;
constexpr std::uint32_t kCommands = 2;
constexpr std::uint32_t kAcknowledgements = 3;
constexpr std::uint32_t kBroadcasts = 4;
constexpr std::uint32_t kPropertiesChanged = 5;

}  // namespace

void Routes::add(const SessionId& id, std::uint8_t shard, PeerRef peer) {
  const std::scoped_lock lock(mutex_);
  routes_.insert_or_assign(id, Route{shard, peer});
}

void Routes::remove(const SessionId& id, std::uint8_t shard, PeerRef peer) {
  const std::scoped_lock lock(mutex_);
  const auto found = routes_.find(id);
  if (found != routes_.end() && found->second.shard == shard && found->second.peer == peer)
    routes_.erase(found);
}

const Routes::Route* Routes::find(const SessionId& id) const {
  const auto found = routes_.find(id);
  return found == routes_.end() ? nullptr : &found->second;
}

Heading Routes::split(std::string_view message, std::span<Inbound> shards) const {
  Heading heading;
  wire::Reader reader(message);
  wire::Field field;
  const std::scoped_lock lock(mutex_);
  while (!heading.malformed && reader.next(field)) {
    if (field.is(kPropertiesChanged, wire::Type::kVarint)) heading.properties_changed = field.value != 0;
    if (field.type != wire::Type::kBytes) continue;
    if (field.number == kCommands) {
      const std::optional<Command> command = read_command(field.bytes);
      heading.malformed = !command;
      if (!command) break;
      const Route* const route = find(command->id);
      if (route == nullptr || route->shard >= shards.size()) continue;
      Inbound& shard = shards[route->shard];
      shard.bytes += field.bytes.size();
      shard.items.push_back({.peer = route->peer,
                             .acknowledgement = false,
                             .kind = command->kind,
                             .number = command->number,
                             .body = command->body});
    } else if (field.number == kAcknowledgements) {
      const std::optional<Acknowledgement> acknowledgement = read_acknowledgement(field.bytes);
      heading.malformed = !acknowledgement;
      if (!acknowledgement) break;
      const Route* const route = find(acknowledgement->id);
      if (route == nullptr || route->shard >= shards.size()) continue;
      Inbound& shard = shards[route->shard];
      shard.bytes += field.bytes.size();
      shard.items.push_back({.peer = route->peer,
                             .acknowledgement = true,
                             .kind = CommandKind::kUnknown,
                             .number = acknowledgement->number,
                             .body = {}});
    } else if (field.number == kBroadcasts) {
      heading.malformed = !add_broadcast(field.bytes, shards);
    } else if (field.number == kHello) {
      heading.has_hello = true;
      heading.hello = field.bytes;
    }
  }
  heading.malformed = heading.malformed || !reader.ok();
  return heading;
}

bool Routes::add_broadcast(std::string_view message, std::span<Inbound> shards) const {
  const std::optional<Broadcast> broadcast = read_broadcast(message);
  if (!broadcast) return false;
  switch (broadcast->audience) {
    case Broadcast::Audience::kNobody:
      break;
    case Broadcast::Audience::kAll:
    case Broadcast::Audience::kNotes:
      for (Inbound& shard : shards) {
        shard.bytes += message.size();
        shard.broadcasts.push_back({*broadcast, {}});
      }
      break;
    case Broadcast::Audience::kSessions: {
      std::vector<std::vector<PeerRef>> peers(shards.size());
      for (const SessionId& id : broadcast->sessions) {
        const Route* const route = find(id);
        if (route != nullptr && route->shard < shards.size()) peers[route->shard].push_back(route->peer);
      }
      for (std::size_t i = 0; i < shards.size(); ++i) {
        if (peers[i].empty()) continue;
        shards[i].bytes += message.size();
        shards[i].broadcasts.push_back({{.audience = Broadcast::Audience::kSessions,
                                         .sessions = {},
                                         .notes = {},
                                         .text = broadcast->text},
                                        std::move(peers[i])});
      }
      break;
    }
  }
  return true;
}

}  // namespace wyld::grpc_world
