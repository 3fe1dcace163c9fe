// A TCP relay with nothing in it: level-triggered epoll, one thread, one upstream connection per
// client, one read and one write per message, no allocation per message. It neither parses nor
// counts anything, so what it costs is what the kernel costs: the floor that the gateway and
// HAProxy are compared with.
//
//   epoll_relay LISTEN_PORT UPSTREAM_PORT        both on 127.0.0.1; prints "ready" when it listens
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

// One half of a relayed connection. `held` is what `peer` could not take yet; while it is not
// empty this half is not read.
struct Half {
  int fd = -1;
  Half* peer = nullptr;
  std::string held;
  bool closed = false;
};

char buffer[64 * 1024];
int epoll_fd = -1;
std::vector<Half*> graveyard;  // Freed after the batch of events that may still name them.

sockaddr_in loopback(const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void watch(int operation, Half* half, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = half;
  if (::epoll_ctl(epoll_fd, operation, half->fd, &event) != 0) die("epoll_ctl");
}

void close_pair(Half* half) {
  if (half->closed) return;
  for (Half* each : {half, half->peer}) {
    each->closed = true;
    ::close(each->fd);
    graveyard.push_back(each);
  }
}

void accept_all(int listener, sockaddr_in upstream) {
  const int on = 1;
  for (;;) {
    const int client = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (client < 0) return;
    const int game = ::socket(AF_INET, SOCK_STREAM, 0);
    if (game < 0 || ::connect(game, reinterpret_cast<sockaddr*>(&upstream), sizeof upstream) != 0) {
      std::perror("connect upstream");
      ::close(client);
      if (game >= 0) ::close(game);
      continue;
    }
    ::fcntl(game, F_SETFL, O_NONBLOCK);
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(game, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto* left = new Half{.fd = client, .held = {}};
    auto* right = new Half{.fd = game, .peer = left, .held = {}};
    left->peer = right;
    watch(EPOLL_CTL_ADD, left, EPOLLIN);
    watch(EPOLL_CTL_ADD, right, EPOLLIN);
  }
}

void on_readable(Half* half) {
  const ssize_t count = ::recv(half->fd, buffer, sizeof buffer, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return close_pair(half);
  ssize_t sent = ::send(half->peer->fd, buffer, static_cast<std::size_t>(count), MSG_NOSIGNAL);
  if (sent == count) return;
  if (sent < 0 && errno != EAGAIN) return close_pair(half);
  sent = sent < 0 ? 0 : sent;
  half->held.assign(buffer + sent, static_cast<std::size_t>(count - sent));
  watch(EPOLL_CTL_MOD, half, half->peer->held.empty() ? 0U : EPOLLOUT);
  watch(EPOLL_CTL_MOD, half->peer, EPOLLOUT | (half->peer->held.empty() ? EPOLLIN : 0U));
}

void on_writable(Half* half) {
  std::string& held = half->peer->held;
  const ssize_t sent = ::send(half->fd, held.data(), held.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return close_pair(half);
  held.erase(0, sent < 0 ? 0 : static_cast<std::size_t>(sent));
  if (!held.empty()) return;
  watch(EPOLL_CTL_MOD, half, half->held.empty() ? EPOLLIN : 0U);
  watch(EPOLL_CTL_MOD, half->peer, EPOLLIN | (half->held.empty() ? 0U : EPOLLOUT));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: epoll_relay LISTEN_PORT UPSTREAM_PORT\n");
    return 2;
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);

  sockaddr_in address = loopback(argv[1]);
  const sockaddr_in upstream = loopback(argv[2]);
  const int on = 1;
  Half listener{.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), .held = {}};
  ::setsockopt(listener.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
  if (::listen(listener.fd, SOMAXCONN) != 0) die("listen");
  epoll_fd = ::epoll_create1(0);
  if (epoll_fd < 0) die("epoll_create1");
  watch(EPOLL_CTL_ADD, &listener, EPOLLIN);
  std::puts("ready");
  std::fflush(stdout);

  std::vector<epoll_event> events(256);
  for (;;) {
    const int count = ::epoll_wait(epoll_fd, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* half = static_cast<Half*>(events[static_cast<std::size_t>(i)].data.ptr);
      const std::uint32_t what = events[static_cast<std::size_t>(i)].events;
      if (half == &listener) {
        accept_all(listener.fd, upstream);
        continue;
      }
      if (!half->closed && (what & EPOLLOUT) != 0) on_writable(half);
      if (!half->closed && (what & EPOLLIN) != 0) on_readable(half);
      if (!half->closed && (what & (EPOLLERR | EPOLLHUP)) != 0) close_pair(half);
    }
    for (Half* half : graveyard) delete half;
    graveyard.clear();
  }
}
