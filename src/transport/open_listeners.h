#pragma once
// The listening sockets of the addresses an operator wrote.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "runtime/address.h"
#include "runtime/fd.h"

namespace wyld::transport {

// One address, with its real port, and its sockets, which share the port.
struct BoundAddress {
  runtime::SocketAddress address;
  std::vector<runtime::Fd> sockets;
};

// Binds every address `copies` times: each shard has a queue of its own. `kind` is what the operator calls
// it, "telnet" or "http". An error is one sentence that names the address and what to do; what was bound
// before it is closed again. Where an address means IPv4 and IPv6, a machine without IPv6 is no error.
[[nodiscard]] Outcome<std::vector<BoundAddress>> open_listeners(std::string_view kind,
                                                                const std::vector<std::string>& addresses,
                                                                std::size_t copies);

}  // namespace wyld::transport
