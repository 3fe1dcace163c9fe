#pragma once

#include <sys/epoll.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "runtime/fd.h"
#include "runtime/timing_wheel.h"

namespace wyld::runtime {

// The system calls that a Loop and its Streams make: time, readiness, and the sockets themselves. One for
// each loop, so a connection owns nothing for it. The product has LinuxSystem; the simulator has its own,
// whose sockets, clock and faults are simulated.
//
// Owner    the Loop.
// Thread   everything but wake() belongs to the loop's thread.
// Errors   where a call returns ssize_t, minus the errno.
class System {
 public:
  virtual ~System() = default;

  [[nodiscard]] virtual TimePoint now() const noexcept = 0;
  [[nodiscard]] virtual std::chrono::system_clock::time_point wall() const noexcept = 0;

  // Readiness is level-triggered and has epoll's flags. `tag` comes back as the event's data.ptr; it is not
  // null.
  [[nodiscard]] virtual Status add(int fd, std::uint32_t interest, void* tag) = 0;
  virtual void modify(int fd, std::uint32_t interest, void* tag) noexcept = 0;
  virtual void remove(int fd) noexcept = 0;
  // Waits until something is ready, for at most so long (-1: without limit). Returns how many events of
  // `ready` it has filled in.
  [[nodiscard]] virtual std::size_t wait(std::span<epoll_event> ready, int timeout_milliseconds) = 0;
  // Any thread: wait() returns, now or when it is called next, with an event whose tag is null. It does so
  // until take_wake_ups() has been called.
  virtual void wake() noexcept = 0;
  virtual void take_wake_ups() noexcept = 0;

  // The descriptors of stream sockets, connected or connecting. Streams move between loops, so all loops of a
  // process must have systems that know each other's descriptors.
  [[nodiscard]] virtual ssize_t receive(int fd, std::span<char> into) noexcept = 0;
  [[nodiscard]] virtual ssize_t send(int fd, std::span<const iovec> slices) noexcept = 0;
  virtual void end_output(int fd) noexcept = 0;
  // The errno of the attempt to connect, or of a broken connection, told once; 0: none.
  [[nodiscard]] virtual int take_error(int fd) noexcept = 0;
  [[nodiscard]] virtual bool connected(int fd) const noexcept = 0;
  // The bytes that the peer's system has confirmed since the connection began, whoever wrote them; the SYN of
  // a side that connects counts as one. A broken connection keeps the count. Null: the system does not say.
  [[nodiscard]] virtual std::optional<std::uint64_t> confirmed_bytes(int fd) const noexcept = 0;
  // The bytes taken from us that the peer's system has not confirmed; none when the connection has broken.
  [[nodiscard]] virtual std::size_t unconfirmed_bytes(int fd) const noexcept = 0;

  // A descriptor of this system with an owner that closes it.
  [[nodiscard]] virtual Fd own(int fd) noexcept = 0;
};

}  // namespace wyld::runtime
