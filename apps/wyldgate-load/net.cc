#include "wyldgate-load/net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace wyld::load {
namespace {

constexpr int kEventsPerWait = 1024;

void set_option(const Fd& fd, int level, int name) {
  const int on = 1;
  if (::setsockopt(fd.get(), level, name, &on, sizeof on) != 0) die_errno("setsockopt");
}

sockaddr* as_sockaddr(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

IoResult io_result(ssize_t done, bool zero_closes) {
  if (done > 0 || (done == 0 && !zero_closes)) return {IoState::kOk, static_cast<std::size_t>(done)};
  if (done < 0 && (errno == EAGAIN || errno == EINTR)) return {IoState::kWouldBlock, 0};
  return {IoState::kClosed, 0};
}

}  // namespace

void die(std::string_view what) {
  fmt::print(stderr, "wyldgate-load: {}\n", what);
  std::exit(1);
}

void die_errno(std::string_view what) { die(fmt::format("{}: {}", what, std::strerror(errno))); }

void Fd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

sockaddr_in parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::uint16_t port = 0;
  bool ok = colon != std::string::npos;
  if (ok) {
    const std::string host = text.substr(0, colon);
    ok = ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
    ok = ok && error == std::errc{} && rest == end;
  }
  if (!ok) die(fmt::format("'{}' is no IPv4 ADDRESS:PORT", text));
  address.sin_port = htons(port);
  return address;
}

std::string format_address(const sockaddr_in& address) {
  char host[INET_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
  return fmt::format("{}:{}", host, ntohs(address.sin_port));
}

Fd listen_on(const sockaddr_in& address) {
  Fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) die_errno("socket");
  set_option(fd, SOL_SOCKET, SO_REUSEADDR);
  sockaddr_in copy = address;
  if (::bind(fd.get(), as_sockaddr(copy), sizeof copy) != 0) die_errno("bind " + format_address(address));
  if (::listen(fd.get(), SOMAXCONN) != 0) die_errno("listen");
  return fd;
}

sockaddr_in local_address(const Fd& fd) {
  sockaddr_in address{};
  socklen_t bytes = sizeof address;
  if (::getsockname(fd.get(), as_sockaddr(address), &bytes) != 0) die_errno("getsockname");
  return address;
}

Fd connect_to(const sockaddr_in& address) {
  Fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!fd) die_errno("socket");
  sockaddr_in copy = address;
  if (::connect(fd.get(), as_sockaddr(copy), sizeof copy) != 0)
    die_errno("connect " + format_address(address));
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) die_errno("fcntl");
  set_option(fd, IPPROTO_TCP, TCP_NODELAY);
  return fd;
}

Fd accept_from(const Fd& listener) {
  Fd fd{::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (!fd) {
    if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) die_errno("accept");
    return fd;
  }
  set_option(fd, IPPROTO_TCP, TCP_NODELAY);
  return fd;
}

void need_descriptors(std::size_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) die_errno("getrlimit");
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) die_errno("setrlimit");
  }
  if (limit.rlim_cur < count + 16)
    die(fmt::format("{} connections need more descriptors than the {} this process may open", count,
                    limit.rlim_cur));
}

IoResult receive(const Fd& fd, std::span<char> into) {
  return io_result(::recv(fd.get(), into.data(), into.size(), 0), true);
}

IoResult transmit(const Fd& fd, std::string_view bytes) {
  return io_result(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), false);
}

Epoll::Epoll() : fd_(::epoll_create1(EPOLL_CLOEXEC)), events_(kEventsPerWait) {
  if (!fd_) die_errno("epoll_create1");
}

void Epoll::add(const Fd& fd, std::uint32_t events, std::uint64_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  if (::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0) die_errno("epoll_ctl");
}

void Epoll::change(const Fd& fd, std::uint32_t events, std::uint64_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  if (::epoll_ctl(fd_.get(), EPOLL_CTL_MOD, fd.get(), &event) != 0) die_errno("epoll_ctl");
}

std::span<const epoll_event> Epoll::wait(Clock::time_point deadline) {
  using std::chrono::nanoseconds;
  const nanoseconds left = std::max(nanoseconds{deadline - Clock::now()}, nanoseconds{0});
  timespec timeout{};
  timeout.tv_sec = left.count() / 1'000'000'000;
  timeout.tv_nsec = left.count() % 1'000'000'000;
  return collect(::epoll_pwait2(fd_.get(), events_.data(), kEventsPerWait, &timeout, nullptr));
}

std::span<const epoll_event> Epoll::wait_forever() {
  return collect(::epoll_wait(fd_.get(), events_.data(), kEventsPerWait, -1));
}

std::span<const epoll_event> Epoll::collect(int count) {
  if (count < 0 && errno != EINTR) die_errno("epoll_wait");
  return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};
}

Fd stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) die_errno("sigprocmask");
  Fd fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!fd) die_errno("signalfd");
  return fd;
}

}  // namespace wyld::load
