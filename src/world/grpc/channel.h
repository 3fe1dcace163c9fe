#pragma once

#include <memory>

#include "world/grpc/options.h"

namespace grpc {
class Channel;
}

namespace wyld::grpc_world {

// A new connection, not yet made: it is dialled by the first call. Nothing is shared with earlier ones, so
// that a name is looked up anew and gRPC's own pauses between attempts do not add to ours.
[[nodiscard]] std::shared_ptr<grpc::Channel> make_channel(const GrpcWorldOptions& options);

// gRPC's own messages go to our log. Once, before anything else.
void adopt_grpc_log();

}  // namespace wyld::grpc_world
