#include "world/grpc/channel.h"

#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <climits>
#include <fstream>
#include <iterator>
#include <string>

#include "base/log.h"

namespace wyld::grpc_world {
namespace {

constexpr int kMessageBytesMax = 16 * 1024 * 1024;  // generous: a world should stay below 1 MiB
constexpr int kWindowBytes = 4 * 1024 * 1024;

// Debian's gRPC brings no certificates of authorities.
std::string system_authorities() {
  std::ifstream file("/etc/ssl/certs/ca-certificates.crt", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::shared_ptr<grpc::ChannelCredentials> credentials(const GrpcWorldOptions& options) {
  if (!options.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = options.tls_ca.empty() ? system_authorities() : options.tls_ca;
  tls.pem_cert_chain = options.tls_certificate;
  tls.pem_private_key = options.tls_key;
  return grpc::SslCredentials(tls);
}

}  // namespace

std::shared_ptr<grpc::Channel> make_channel(const GrpcWorldOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // it would keep copies of what we keep already
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_DEADLINE_CHECKS, 1);
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  // A window of our own choice, instead of one that is found out with pings.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kWindowBytes);
  const auto keepalive = options.keepalive.count();
  if (keepalive > 0) {
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(std::min<long long>(keepalive, INT_MAX)));
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, static_cast<int>(options.keepalive_answer.count()));
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  }
  return grpc::CreateCustomChannel(options.target, credentials(options), arguments);
}

void adopt_grpc_log() {
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  gpr_set_log_function(
      [](gpr_log_func_args* said) { log(LogLevel::kDebug, "grpc", {{"text", said->message}}); });
}

}  // namespace wyld::grpc_world
