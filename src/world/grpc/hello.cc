#include "world/grpc/hello.h"

#include <fmt/format.h>
#include <grpcpp/support/status_code_enum.h>

#include <optional>

#include "wyldgate/world/v1/world.pb.h"

namespace wyld::grpc_world {
namespace {

namespace proto = ::wyldgate::world::v1;

constexpr std::size_t kNameBytesMax = 64;

std::optional<Login> login_of(proto::Login login) {
  switch (login) {
    case proto::LOGIN_UNSPECIFIED:
    case proto::LOGIN_WORLD:
      return Login::kWorld;
    case proto::LOGIN_GATEWAY:
      return Login::kGateway;
    case proto::LOGIN_GATEWAY_WITH_WORLD_ACCOUNTS:
      return Login::kWorldAccounts;
    default:
      return std::nullopt;
  }
}

proto::Login proto_of(Login login) {
  if (login == Login::kWorld) return proto::LOGIN_WORLD;
  return login == Login::kGateway ? proto::LOGIN_GATEWAY : proto::LOGIN_GATEWAY_WITH_WORLD_ACCOUNTS;
}

// As world.login says it.
std::string_view setting_of(Login login) {
  if (login == Login::kWorld) return "world";
  return login == Login::kGateway ? "gateway" : "world-accounts";
}

std::string_view words_of(Login login) {
  if (login == Login::kWorld) return "the world";
  return login == Login::kGateway ? "the gateway" : "the gateway with the world's accounts";
}

std::string shortened(const std::string& text) { return text.substr(0, kNameBytesMax); }

}  // namespace

std::string make_hello(const GrpcWorldOptions& options, std::string_view process_id) {
  proto::ConnectRequest request;
  proto::GatewayHello& hello = *request.mutable_hello();
  hello.set_version_min(kProtocolVersion);
  hello.set_version_max(kProtocolVersion);
  for (const char* feature : {"broadcast", "edit", "notes", "side-channel-kinds"})
    hello.add_features(feature);
  hello.set_gateway(options.gateway);
  hello.set_program(options.program);
  hello.set_process_id(std::string(process_id));
  hello.set_window(static_cast<std::uint32_t>(options.window_events));
  return request.SerializeAsString();
}

bool accept_hello(std::string_view bytes, const GrpcWorldOptions& options, WorldIdentity& world,
                  Refusal& refusal) {
  proto::WorldHello hello;
  if (!hello.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    refusal = {"the world's hello cannot be read", "it speaks something else, or is broken"};
    return false;
  }
  if (hello.version() != kProtocolVersion) {
    refusal = {fmt::format("the world speaks version {} of the world protocol, this gateway version {}",
                           hello.version(), kProtocolVersion),
               "update whichever is older"};
    return false;
  }
  if (const std::optional<Login> wanted = login_of(hello.login()); wanted != options.login) {
    const std::string_view setting = wanted ? setting_of(*wanted) : "";
    refusal = {fmt::format("the world wants players to be logged in by {}, and this gateway is set for {}",
                           wanted ? words_of(*wanted) : "something this version does not know",
                           words_of(options.login)),
               wanted ? fmt::format("set world.login = \"{}\", or let the world say {}", setting,
                                    proto::Login_Name(proto_of(options.login)))
                      : "update the gateway"};
    return false;
  }
  world = {.name = shortened(hello.name()),
           .program = shortened(hello.program()),
           .process_id = shortened(hello.process_id())};
  return true;
}

void explain(int status_code, Refusal& refusal) {
  switch (status_code) {
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      refusal.advice = "compare world.key or world.key_file with the world's key";
      return;
    case grpc::StatusCode::FAILED_PRECONDITION:
      refusal.advice = "the world says what does not fit";
      return;
    case grpc::StatusCode::UNIMPLEMENTED:
      refusal.advice = "what listens there is no world of Wyldgate; check world.url";
      return;
    case grpc::StatusCode::ABORTED:
      refusal.advice = "another gateway may have the same name; see store.gateway";
      break;
    case grpc::StatusCode::UNAVAILABLE:
      refusal.advice = "is the world running, and does world.url name its address?";
      break;
    default:
      break;
  }
  refusal.lasting = false;
}

std::string away_text(const GrpcWorldOptions& options) {
  return options.name + " is away; your commands wait for it.";
}

}  // namespace wyld::grpc_world
