#pragma once
// The first messages of a stream: who each side is, and whether the two fit.

#include <cstdint>
#include <string>
#include <string_view>

#include "world/grpc/options.h"

namespace wyld::grpc_world {

inline constexpr std::uint32_t kProtocolVersion = 1;

// A ConnectRequest with our GatewayHello.
[[nodiscard]] std::string make_hello(const GrpcWorldOptions& options, std::string_view process_id);

// Who the world is.
struct WorldIdentity {
  std::string name;
  std::string program;
  std::string process_id;
};

// What is wrong, for the operator: two parts of a log line. Nothing in them comes from outside unescaped.
struct Refusal {
  std::string error;
  std::string advice;
  bool lasting = true;  // it will hardly change by itself
};

// Reads a WorldHello. True: the two fit.
[[nodiscard]] bool accept_hello(std::string_view hello, const GrpcWorldOptions& options, WorldIdentity& world,
                                Refusal& refusal);

// The same for a call that the world, or gRPC, has ended with `status_code`; `error` is filled already.
void explain(int status_code, Refusal& refusal);

// What players read while the world is away.
[[nodiscard]] std::string away_text(const GrpcWorldOptions& options);

}  // namespace wyld::grpc_world
