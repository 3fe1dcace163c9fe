#pragma once

#include "runtime/loop.h"
#include "world/grpc/core/link_core.h"
#include "world/grpc/grpc_world.h"

namespace wyld::grpc_world {

// A LinkCore on a shard's loop: what a turn has produced leaves at the turn's end, in one piece.
//
// Owner    the shard.
// Thread   the shard's; GrpcWorld posts here.
class GrpcLink final : public LinkCore, private runtime::Flushable {
 public:
  GrpcLink(const LinkCoreOptions& options, GrpcWorld& world, runtime::Loop& loop,
           session::WorldEvents& events);
  ~GrpcLink() override;

  [[nodiscard]] std::string login_banner(const Capabilities& capabilities) const override;
  // Who has just logged in at the gateway reads the world's message of the day.
  void attach(session::SessionHandle session, const session::PlayerInfo& player) override;

  void take(const Inbound& inbound);
  // The world reads again.
  void drained();
  void went_down(std::string_view text);

 private:
  void on_due(Due due);
  void flush() override;
  static void on_acknowledge(void* self);

  GrpcWorld& world_;
  session::WorldEvents& events_;
  runtime::Loop& loop_;
  const std::uint8_t shard_;
  runtime::Timer acknowledge_;
  bool congested_ = false;
  std::size_t usual_bytes_ = 0;
};

}  // namespace wyld::grpc_world
