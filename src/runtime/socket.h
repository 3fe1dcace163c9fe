#pragma once
// TCP sockets: non-blocking, close-on-exec.

#include "base/result.h"
#include "runtime/address.h"
#include "runtime/fd.h"

namespace wyld::runtime {

// Bound and listening. `share_port`: SO_REUSEPORT, so that every shard has its own queue.
[[nodiscard]] Result<Fd> listen_tcp(const SocketAddress& address, bool share_port);
// The next waiting connection; an invalid Fd when there is none. TCP_NODELAY is set.
[[nodiscard]] Result<Fd> accept_tcp(int listener, SocketAddress& peer);
// Begins to connect; the socket becomes writable when it is done (then ask connect_error()).
[[nodiscard]] Result<Fd> connect_tcp(const SocketAddress& address);
[[nodiscard]] int connect_error(int fd) noexcept;  // errno of the attempt, 0 when connected
[[nodiscard]] Result<SocketAddress> local_address(int fd);
// Raises the soft limit of descriptors to the hard one; returns the limit in force.
std::size_t raise_descriptor_limit() noexcept;

}  // namespace wyld::runtime
