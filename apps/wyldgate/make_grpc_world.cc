#include "wyldgate/make_grpc_world.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "config/check.h"
#include "runtime/address.h"
#include "runtime/fd.h"
#include "session/protocol.h"
#include "world/grpc/grpc_world.h"
#include "wyldgate/version.h"

namespace wyld {
namespace {

constexpr std::string_view kPlain = "grpc://";
constexpr std::string_view kTls = "grpcs://";
constexpr std::size_t kFileBytesMax = std::size_t{1024} * 1024;

// A file's bytes; empty for no name.
Outcome<void> read_file(std::string_view setting, const std::string& name, std::string& bytes) {
  if (name.empty()) return {};
  const runtime::Fd fd(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  int error = fd.valid() ? 0 : errno;
  bytes.resize(fd.valid() ? kFileBytesMax + 1 : 0);  // one byte more than fits
  std::size_t held = 0;
  while (held < bytes.size()) {
    const ssize_t got = ::read(fd.get(), bytes.data() + held, bytes.size() - held);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0) break;
    held += static_cast<std::size_t>(got);
  }
  bytes.resize(held);
  if (error != 0 || bytes.empty() || bytes.size() > kFileBytesMax) {
    const std::string why = error != 0      ? std::strerror(error)
                            : bytes.empty() ? "it is empty"
                                            : "it is too large";
    return misconfigured(fmt::format("{} {}: {}", setting, name, why));
  }
  return {};
}

Outcome<void> read_key(const config::Settings::World& world, std::string& key) {
  if (!world.key.empty() && !world.key_file.empty()) {
    return misconfigured("world.key and world.key_file are both set; keep one of them");
  }
  key = world.key;
  if (Outcome<void> read = read_file("world.key_file", world.key_file, key); !read) return read;
  key.resize(std::min(key.size(), key.find('\n')));
  if (!key.empty() && key.back() == '\r') key.pop_back();
  if (const Outcome<void> checked = config::check_key(key); !checked) {
    return misconfigured(
        fmt::format("world.key_file {}: the key {}", world.key_file, checked.error().message));
  }
  if (key.empty() && !world.key_file.empty()) {
    return misconfigured(fmt::format("world.key_file {}: its first line is empty", world.key_file));
  }
  return {};
}

bool is_this_machine(std::string_view target) {
  const std::string_view host = target.substr(0, target.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  const Result<runtime::Network> loopback = runtime::Network::parse("127.0.0.0/8");
  return loopback && loopback->contains(host);
}

std::string gateway_name(const config::Settings& settings) {
  if (!settings.store.gateway.empty()) return settings.store.gateway;
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "gateway";
}

grpc_world::Login login_named(std::string_view name) {
  if (name == "gateway") return grpc_world::Login::kGateway;
  return name == "world-accounts" ? grpc_world::Login::kWorldAccounts : grpc_world::Login::kWorld;
}

Outcome<grpc_world::GrpcWorldOptions> options_of(const config::Settings& settings,
                                                 const std::string& world_name) {
  const config::Settings::World& world = settings.world;
  grpc_world::GrpcWorldOptions options;
  options.url = world.url;
  options.tls = world.url.starts_with(kTls);
  options.target = world.url.substr(options.tls ? kTls.size() : kPlain.size());
  options.name = world_name;
  options.gateway = gateway_name(settings);
  options.program = "wyldgate " + version_number();
  options.login = login_named(world.login);
  options.connect_timeout = world.connect_timeout;
  options.keepalive = world.keepalive;
  if (Outcome<void> read = read_key(world, options.key); !read) return fail(std::move(read.error()));
  const bool any_tls = !world.tls_ca.empty() || !world.tls_certificate.empty() || !world.tls_key.empty();
  if (any_tls && !options.tls) {
    return misconfigured(fmt::format(
        "world.tls_ca, world.tls_certificate and world.tls_key are for \"{}{}\"; set world.url so, or "
        "remove them",
        kTls, options.target));
  }
  if (world.tls_certificate.empty() != world.tls_key.empty()) {
    return misconfigured("world.tls_certificate and world.tls_key belong together; one of them is missing");
  }
  for (const auto& [setting, name, bytes] :
       {std::tuple("world.tls_ca", &world.tls_ca, &options.tls_ca),
        std::tuple("world.tls_certificate", &world.tls_certificate, &options.tls_certificate),
        std::tuple("world.tls_key", &world.tls_key, &options.tls_key)}) {
    if (Outcome<void> read = read_file(setting, *name, *bytes); !read) return fail(std::move(read.error()));
  }
  if (!options.key.empty() && !options.tls && !world.allow_plain_key && !is_this_machine(options.target)) {
    return misconfigured(
        fmt::format("world {}: the key would cross the network in plain sight; use \"{}{}\", or set "
                    "world.allow_plain_key = true if nobody can listen there",
                    world.url, kTls, options.target));
  }
  return options;
}

}  // namespace

bool is_grpc_world(std::string_view url) noexcept { return url.starts_with(kPlain) || url.starts_with(kTls); }

bool gateway_logs_in(const config::Settings& settings) noexcept {
  if (is_grpc_world(settings.world.url)) return settings.world.login == "gateway";
  return settings.world.url == "demo" && settings.world.accounts;
}

Outcome<void> check_grpc_world(const config::Settings& settings) {
  if (auto options = options_of(settings, ""); !options) return fail(std::move(options.error()));
  return {};
}

GrpcWorldHandle::GrpcWorldHandle() = default;
GrpcWorldHandle::~GrpcWorldHandle() = default;
GrpcWorldHandle::GrpcWorldHandle(GrpcWorldHandle&&) noexcept = default;
GrpcWorldHandle& GrpcWorldHandle::operator=(GrpcWorldHandle&&) noexcept = default;

void GrpcWorldHandle::stop(std::chrono::milliseconds grace) {
  if (world) world->stop(grace);
}

bool GrpcWorldHandle::connected() const { return world && world->connected(); }

session::AccountService* GrpcWorldHandle::accounts() const noexcept {
  return world ? world->accounts() : nullptr;
}

Outcome<GrpcWorldHandle> make_grpc_world(const config::Settings& settings, const std::string& world_name,
                                         const session::SessionManager& manager,
                                         const std::vector<std::unique_ptr<transport::Shard>>& shards,
                                         ShardMail mail) {
  Outcome<grpc_world::GrpcWorldOptions> options = options_of(settings, world_name);
  if (!options) return fail(std::move(options.error()));
  GrpcWorldHandle made;
  made.world = std::make_unique<grpc_world::GrpcWorld>(std::move(*options), shards.size(), std::move(mail));
  for (std::size_t i = 0; i < shards.size(); ++i) {
    transport::Shard& shard = *shards[i];
    shard.set_world(made.world->make_link(static_cast<std::uint8_t>(i), shard.loop(), shard.sessions(),
                                          [&manager](const SessionId& id) -> std::string_view {
                                            const auto session = manager.get(id);
                                            return session ? session::protocol_name(session->protocol) : "";
                                          }));
  }
  made.world->start();
  return made;
}

}  // namespace wyld
