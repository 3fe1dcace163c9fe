#pragma once

#include <memory>
#include <string>

namespace wyld {

// Bytes encoded once and written to many connections. Immutable, hence shared between shards.
using Payload = std::shared_ptr<const std::string>;

}  // namespace wyld
