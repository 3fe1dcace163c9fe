#include "simulation/simulated_system.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"

namespace wyld::simulation {

// --- Descriptors ---

runtime::Fd Descriptors::open(std::shared_ptr<SimulatedSocket> socket) {
  open_.emplace(next_, std::move(socket));
  return runtime::Fd(next_++, this);
}

SimulatedSocket* Descriptors::find(int fd) const noexcept {
  const auto found = open_.find(fd);
  return found == open_.end() ? nullptr : found->second.get();
}

void Descriptors::exit() {
  over_ = true;
  for (const auto& [fd, socket] : std::exchange(open_, {})) socket->close();
}

void Descriptors::kill() {
  over_ = true;
  for (const auto& [fd, socket] : std::exchange(open_, {})) socket->process_gone();
}

void Descriptors::close_descriptor(int fd) noexcept {
  const auto found = open_.find(fd);
  if (found == open_.end()) {
    WYLD_CHECK(over_);  // nothing is closed twice
    return;
  }
  found->second->close();
  open_.erase(found);
}

// --- readiness ---

std::vector<SimulatedSystem::Watched>::iterator SimulatedSystem::find(int fd) noexcept {
  return std::ranges::find(watched_, fd, &Watched::fd);
}

Status SimulatedSystem::add(int fd, std::uint32_t interest, void* tag) {
  if (descriptors_.find(fd) == nullptr) return fail(ErrorCode::kSystem, "epoll_ctl", EBADF);
  if (find(fd) != watched_.end()) return fail(ErrorCode::kSystem, "epoll_ctl", EEXIST);
  watched_.push_back({.fd = fd, .interest = interest, .tag = tag});
  return {};
}

void SimulatedSystem::modify(int fd, std::uint32_t interest, void* tag) noexcept {
  const auto found = find(fd);
  if (found == watched_.end()) return;
  found->interest = interest;
  found->tag = tag;
}

void SimulatedSystem::remove(int fd) noexcept {
  std::erase_if(watched_, [fd](const Watched& watched) { return watched.fd == fd; });
}

std::uint32_t SimulatedSystem::events_of(const Watched& watched) const noexcept {
  const SimulatedSocket* const socket = descriptors_.find(watched.fd);
  if (socket == nullptr) return 0;
  return socket->readiness() & (watched.interest | EPOLLERR | EPOLLHUP);
}

bool SimulatedSystem::ready() const noexcept {
  return woken_ ||
         std::ranges::any_of(watched_, [this](const Watched& watched) { return events_of(watched) != 0; });
}

std::size_t SimulatedSystem::wait(std::span<epoll_event> ready, int timeout_milliseconds) {
  const TimePoint until = timeout_milliseconds < 0
                              ? TimePoint::max()
                              : schedule_.clock.now + std::chrono::milliseconds(timeout_milliseconds);
  while (timeout_milliseconds != 0 && !this->ready() && schedule_.next() <= until) {
    schedule_.advance_to(schedule_.next());
    schedule_.run_one();
  }
  if (!this->ready() && until != TimePoint::max()) schedule_.advance_to(until);

  std::size_t count = 0;
  const auto tell = [&](std::uint32_t events, void* tag) {
    if (events == 0 || count == ready.size()) return;
    ready[count] = {};
    ready[count].events = events;
    ready[count].data.ptr = tag;
    ++count;
  };
  if (woken_) tell(EPOLLIN, nullptr);
  for (const Watched& watched : watched_) tell(events_of(watched), watched.tag);
  for (std::size_t left = count; left > 1; --left) std::swap(ready[left - 1], ready[random_.below(left)]);
  return count;
}

// --- sockets ---

ssize_t SimulatedSystem::receive(int fd, std::span<char> into) noexcept {
  SimulatedSocket* const socket = descriptors_.find(fd);
  return socket == nullptr ? -EBADF : socket->receive(into);
}

ssize_t SimulatedSystem::send(int fd, std::span<const iovec> slices) noexcept {
  SimulatedSocket* const socket = descriptors_.find(fd);
  return socket == nullptr ? -EBADF : socket->send(slices);
}

void SimulatedSystem::end_output(int fd) noexcept {
  if (SimulatedSocket* const socket = descriptors_.find(fd)) socket->end_output();
}

int SimulatedSystem::take_error(int fd) noexcept {
  SimulatedSocket* const socket = descriptors_.find(fd);
  return socket == nullptr ? EBADF : socket->take_error();
}

bool SimulatedSystem::connected(int fd) const noexcept {
  const SimulatedSocket* const socket = descriptors_.find(fd);
  return socket != nullptr && socket->connected();
}

std::optional<std::uint64_t> SimulatedSystem::confirmed_bytes(int fd) const noexcept {
  const SimulatedSocket* const socket = descriptors_.find(fd);
  if (socket == nullptr) return std::nullopt;
  return socket->confirmed_bytes();
}

std::size_t SimulatedSystem::unconfirmed_bytes(int fd) const noexcept {
  const SimulatedSocket* const socket = descriptors_.find(fd);
  return socket == nullptr ? 0 : socket->unconfirmed_bytes();
}

}  // namespace wyld::simulation
