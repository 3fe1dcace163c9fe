// The sockets of the load tools: IPv4, non-blocking, TCP_NODELAY. Failures end the program with a
// sentence, because a load tool that goes on with half its sockets reports nonsense.
//
// Owner    each role owns its descriptors and its Epoll.
// Thread   one.
// Errors   setup: `die`. Traffic: returned to the role, which counts them.
#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wyld::load {

using Clock = std::chrono::steady_clock;

[[noreturn]] void die(std::string_view what);
[[noreturn]] void die_errno(std::string_view what);

// A descriptor with one owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

// "127.0.0.1:4000"; anything else ends the program.
sockaddr_in parse_address(const std::string& text);
std::string format_address(const sockaddr_in& address);

Fd listen_on(const sockaddr_in& address);
// The port the kernel chose, when 0 was asked for.
sockaddr_in local_address(const Fd& fd);
// Blocks until connected (at once on loopback), then turns non-blocking.
Fd connect_to(const sockaddr_in& address);
// An empty Fd when nothing is waiting.
Fd accept_from(const Fd& listener);
// Asks for as many descriptors as the hard limit gives and ends the program if `count` do not fit.
void need_descriptors(std::size_t count);

// What a non-blocking read or write came to.
enum class IoState : std::uint8_t { kOk, kWouldBlock, kClosed };
struct IoResult {
  IoState state;
  std::size_t bytes;
};
IoResult receive(const Fd& fd, std::span<char> into);
IoResult transmit(const Fd& fd, std::string_view bytes);

// Level-triggered epoll whose events carry a caller's number.
class Epoll {
 public:
  Epoll();
  void add(const Fd& fd, std::uint32_t events, std::uint64_t tag);
  void change(const Fd& fd, std::uint32_t events, std::uint64_t tag);
  // Waits until `deadline`; the span stays valid until the next wait.
  std::span<const epoll_event> wait(Clock::time_point deadline);
  std::span<const epoll_event> wait_forever();

 private:
  std::span<const epoll_event> collect(int count);
  Fd fd_;
  std::vector<epoll_event> events_;
};

// A descriptor that becomes readable on SIGTERM and SIGINT.
Fd stop_signals();

}  // namespace wyld::load
