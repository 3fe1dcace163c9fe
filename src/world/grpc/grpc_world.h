#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/shard_mail.h"
#include "runtime/loop.h"
#include "session/account_service.h"
#include "session/world_link.h"
#include "world/grpc/options.h"

namespace wyld::grpc_world {

class Routes;
class WorldAccounts;

// A world that is dialled by gRPC: one stream carries the sessions of all shards. Dials again for ever, with
// pauses; meanwhile players wait.
//
// Owner    apps/; outlives the shards and their links.
// Thread   everything the owner's; between start() and stop() one thread of its own ("wyld-world") reads, and
//          dials. Shards write from their own threads.
// Errors   none: what the world does wrong is logged, and its players are told that it is away.
// Limits   GrpcWorldOptions; a message of ours has about 1 MiB at most.
class GrpcWorld {
 public:
  GrpcWorld(GrpcWorldOptions options, std::size_t shard_count, ShardMail mail);
  ~GrpcWorld();
  GrpcWorld(const GrpcWorld&) = delete;
  GrpcWorld& operator=(const GrpcWorld&) = delete;

  // Before start(), once for each shard. `protocol_of` as in LinkCoreOptions.
  [[nodiscard]] std::unique_ptr<session::WorldLink> make_link(
      std::uint8_t shard, runtime::Loop& loop, session::WorldEvents& events,
      std::function<std::string_view(const SessionId&)> protocol_of = {});

  // For the shards, when players log in with the world's accounts (Login::kWorldAccounts); else null.
  [[nodiscard]] session::AccountService* accounts() noexcept;

  void start();
  // After the shards have stopped, so that their last words are written; waits for that at most `grace`.
  void stop(std::chrono::milliseconds grace);

  [[nodiscard]] bool connected() const;
  // What the world last said of itself, for operators; any thread.
  [[nodiscard]] std::map<std::string, double> statistics() const;

 private:
  friend class GrpcLink;
  class Stream;

  // What a link may ask. `piece` is a ConnectRequest, made for the stream of that number; taken, or dropped
  // when that stream is gone. False: enough waits, say no more until drained().
  [[nodiscard]] bool send(std::uint8_t shard, std::uint64_t stream, std::string piece);
  [[nodiscard]] std::string banner() const;
  [[nodiscard]] std::string message_of_the_day() const;
  [[nodiscard]] Routes& routes() noexcept;

  std::unique_ptr<Stream> stream_;
  std::unique_ptr<WorldAccounts> accounts_;
};

}  // namespace wyld::grpc_world
