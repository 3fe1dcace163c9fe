#include "runtime/socket.h"

#include <netinet/tcp.h>
#include <sys/resource.h>

#include <cerrno>

namespace wyld::runtime {
namespace {

constexpr int kBacklog = 1024;
constexpr int kUnsentBytesMax = 64 * 1024;

void set_option(int fd, int level, int name, int value) noexcept {
  ::setsockopt(fd, level, name, &value, sizeof(value));
}

// No delay; a peer that is gone is noticed. Each option is a system call of the connection's set-up, except
// on a listening socket, whose options the accepted ones inherit.
void tune_stream_socket(int fd) noexcept {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  // A peer that vanished without a word is noticed within about three minutes: after two minutes of silence
  // it is asked, and at the next question, without an answer, the time of TCP_USER_TIMEOUT is over. So
  // TCP_KEEPCNT never counts.
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 120);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 20);
  // Milliseconds; the same for what was sent and is never acknowledged.
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 120'000);
}

}  // namespace

Result<Fd> listen_tcp(const SocketAddress& address, bool share_port) {
  Fd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail(ErrorCode::kSystem, "socket", errno);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (share_port) set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  if (address.storage.ss_family == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  tune_stream_socket(fd.get());
  // A reader that does not keep up is noticed by our own bounds, not after the kernel has taken megabytes.
  set_option(fd.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentBytesMax);
  if (::bind(fd.get(), address.get(), address.storage_bytes) != 0)
    return fail(ErrorCode::kSystem, "bind", errno);
  if (::listen(fd.get(), kBacklog) != 0) return fail(ErrorCode::kSystem, "listen", errno);
  return fd;
}

Result<Fd> accept_tcp(int listener, SocketAddress& peer) {
  peer.storage_bytes = sizeof(peer.storage);
  Fd fd(::accept4(listener, reinterpret_cast<sockaddr*>(&peer.storage), &peer.storage_bytes,
                  SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.valid()) return fd;
  // These concern the connection that was in the queue, not the listener.
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EINTR || errno == EPROTO)
    return Fd();
  return fail(ErrorCode::kSystem, "accept", errno);
}

Result<Fd> connect_tcp(const SocketAddress& address) {
  Fd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail(ErrorCode::kSystem, "socket", errno);
  tune_stream_socket(fd.get());
  if (::connect(fd.get(), address.get(), address.storage_bytes) != 0 && errno != EINPROGRESS) {
    return fail(ErrorCode::kSystem, "connect", errno);
  }
  return fd;
}

int connect_error(int fd) noexcept {
  int error = 0;
  socklen_t bytes = sizeof(error);
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0) return errno;
  return error;
}

Result<SocketAddress> local_address(int fd) {
  SocketAddress address;
  address.storage_bytes = sizeof(address.storage);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.storage_bytes) != 0) {
    return fail(ErrorCode::kSystem, "getsockname", errno);
  }
  return address;
}

std::size_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur;
}

}  // namespace wyld::runtime
