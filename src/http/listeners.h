#pragma once
// The listening sockets of the addresses an operator wrote.

#include <expected>
#include <string>
#include <vector>

#include "runtime/address.h"
#include "runtime/fd.h"

namespace wyld::http {

struct Listener {
  runtime::Fd fd;
  runtime::SocketAddress address;  // with its real port
};

// Binds every address. An error is one sentence that names the address and what to do; what was bound
// before it is closed again. Where an address means IPv4 and IPv6, a machine without IPv6 is no error.
[[nodiscard]] std::expected<std::vector<Listener>, std::string> open_listeners(
    const std::vector<std::string>& addresses);

}  // namespace wyld::http
