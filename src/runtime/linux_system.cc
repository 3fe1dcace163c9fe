#include "runtime/linux_system.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "runtime/socket.h"

namespace wyld::runtime {
namespace {

ssize_t or_error(ssize_t result) noexcept { return result >= 0 ? result : -ssize_t{errno}; }

epoll_event event_of(std::uint32_t interest, void* tag) noexcept {
  epoll_event event{};
  event.events = interest;
  event.data.ptr = tag;
  return event;
}

}  // namespace

Result<std::unique_ptr<LinuxSystem>> LinuxSystem::create() {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return fail(ErrorCode::kSystem, "epoll_create1", errno);
  Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return fail(ErrorCode::kSystem, "eventfd", errno);
  std::unique_ptr<LinuxSystem> system(new LinuxSystem(std::move(epoll), std::move(wake)));
  if (const Status added = system->add(system->wake_.get(), EPOLLIN, nullptr); !added)
    return fail(added.error());
  return system;
}

Status LinuxSystem::add(int fd, std::uint32_t interest, void* tag) {
  epoll_event event = event_of(interest, tag);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return fail(ErrorCode::kSystem, "epoll_ctl", errno);
  return {};
}

void LinuxSystem::modify(int fd, std::uint32_t interest, void* tag) noexcept {
  epoll_event event = event_of(interest, tag);
  // The descriptor is registered, so this fails only for want of kernel memory, and then readiness
  // stays as it was.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void LinuxSystem::remove(int fd) noexcept { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

std::size_t LinuxSystem::wait(std::span<epoll_event> ready, int timeout_milliseconds) {
  const int count =
      ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), timeout_milliseconds);
  return count < 0 ? 0 : static_cast<std::size_t>(count);  // interrupted by a signal
}

void LinuxSystem::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(wake_.get(), &one, sizeof(one));
}

void LinuxSystem::take_wake_ups() noexcept {
  std::uint64_t ignored = 0;
  [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &ignored, sizeof(ignored));
}

ssize_t LinuxSystem::receive(int fd, std::span<char> into) noexcept {
  return or_error(::recv(fd, into.data(), into.size(), 0));
}

ssize_t LinuxSystem::send(int fd, std::span<const iovec> slices) noexcept {
  if (slices.size() == 1) return or_error(::send(fd, slices[0].iov_base, slices[0].iov_len, MSG_NOSIGNAL));
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(slices.data());  // sendmsg only reads it
  message.msg_iovlen = slices.size();
  return or_error(::sendmsg(fd, &message, MSG_NOSIGNAL));
}

void LinuxSystem::end_output(int fd) noexcept { ::shutdown(fd, SHUT_WR); }

int LinuxSystem::take_error(int fd) noexcept { return connect_error(fd); }

bool LinuxSystem::connected(int fd) const noexcept {
  sockaddr_storage peer{};
  socklen_t bytes = sizeof(peer);
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &bytes) == 0;
}

std::optional<std::uint64_t> LinuxSystem::confirmed_bytes(int fd) const noexcept {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      size < offsetof(tcp_info, tcpi_bytes_acked) + sizeof(info.tcpi_bytes_acked)) {
    return std::nullopt;
  }
  return info.tcpi_bytes_acked;
}

std::size_t LinuxSystem::unconfirmed_bytes(int fd) const noexcept {
  int queued = 0;
  if (::ioctl(fd, SIOCOUTQ, &queued) != 0 || queued < 0) return 0;
  return static_cast<std::size_t>(queued);
}

}  // namespace wyld::runtime
