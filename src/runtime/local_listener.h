#pragma once
// Whether a program of this machine listens at an address, without connecting to it.

#include <optional>

#include "runtime/address.h"

namespace wyld::runtime {

// Asks the kernel (sock_diag(7)). Nothing when the address is no address of this machine, or the kernel does
// not say. A listener on all interfaces counts for each of them.
[[nodiscard]] std::optional<bool> is_listening_here(const SocketAddress& address);

}  // namespace wyld::runtime
