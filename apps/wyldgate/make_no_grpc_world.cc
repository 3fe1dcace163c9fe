// In place of make_grpc_world.cc where the build has no gRPC (WYLDGATE_GRPC=OFF).
#include <fmt/format.h>

#include "wyldgate/make_grpc_world.h"

namespace wyld::grpc_world {
class GrpcWorld {};
}  // namespace wyld::grpc_world

namespace wyld {

bool is_grpc_world(std::string_view url) noexcept {
  return url.starts_with("grpc://") || url.starts_with("grpcs://");
}

bool gateway_logs_in(const config::Settings& settings) noexcept {
  return settings.world.url == "demo" && settings.world.accounts;
}

GrpcWorldHandle::GrpcWorldHandle() = default;
GrpcWorldHandle::~GrpcWorldHandle() = default;
GrpcWorldHandle::GrpcWorldHandle(GrpcWorldHandle&&) noexcept = default;
GrpcWorldHandle& GrpcWorldHandle::operator=(GrpcWorldHandle&&) noexcept = default;

void GrpcWorldHandle::stop(std::chrono::milliseconds /*grace*/) {}

bool GrpcWorldHandle::connected() const { return false; }

session::AccountService* GrpcWorldHandle::accounts() const noexcept { return nullptr; }

std::expected<GrpcWorldHandle, std::string> make_grpc_world(
    const config::Settings& settings, const std::string& /*world_name*/,
    const session::SessionManager& /*manager*/,
    const std::vector<std::unique_ptr<transport::Shard>>& /*shards*/) {
  return std::unexpected(check_grpc_world(settings).error());
}

std::expected<void, std::string> check_grpc_world(const config::Settings& settings) {
  return std::unexpected(
      fmt::format("world {}: this build has no gRPC; install one that has, or build with -DWYLDGATE_GRPC=ON",
                  settings.world.url));
}

}  // namespace wyld
