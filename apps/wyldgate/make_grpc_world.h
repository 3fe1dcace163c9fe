#pragma once
// A gRPC world as the configuration names it; a sentence when this build has none.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/outcome.h"
#include "base/shard_mail.h"
#include "config/settings.h"
#include "session/account_service.h"
#include "session/session_manager.h"
#include "transport/shard.h"

namespace wyld {
namespace grpc_world {
class GrpcWorld;
}

// "grpc://..." or "grpcs://...".
[[nodiscard]] bool is_grpc_world(std::string_view url) noexcept;

// The sentence that make_grpc_world() would fail with. Reads the files that the settings name, connects
// nowhere.
[[nodiscard]] Outcome<void> check_grpc_world(const config::Settings& settings);

// Whether players log in at the gateway, with the accounts it keeps.
[[nodiscard]] bool gateway_logs_in(const config::Settings& settings) noexcept;

// A GrpcWorld, or nothing where the build has none. The shards end before it.
struct GrpcWorldHandle {
  GrpcWorldHandle();
  ~GrpcWorldHandle();
  GrpcWorldHandle(GrpcWorldHandle&&) noexcept;
  GrpcWorldHandle& operator=(GrpcWorldHandle&&) noexcept;

  // After the shards have ended: their last words reach the world, or `grace` is over.
  void stop(std::chrono::milliseconds grace);
  // Where the world keeps the accounts; null: it keeps none.
  [[nodiscard]] session::AccountService* accounts() const noexcept;

  // The world has greeted us, and its stream stands.
  [[nodiscard]] bool connected() const;

  std::unique_ptr<grpc_world::GrpcWorld> world;
};

// Makes it, gives every shard its link, and begins to dial. The sentence says what to do.
[[nodiscard]] Outcome<GrpcWorldHandle> make_grpc_world(
    const config::Settings& settings, const std::string& world_name, const session::SessionManager& manager,
    const std::vector<std::unique_ptr<transport::Shard>>& shards, ShardMail mail);

}  // namespace wyld
