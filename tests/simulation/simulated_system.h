#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "runtime/system.h"
#include "simulation/simulated_socket.h"

namespace wyld::simulation {

// The descriptors of one simulated process. Their numbers are beyond all that the real system gives out: a
// call that goes past runtime::System fails, and meets nobody else's file.
//
// Owner    whoever has the process's loops; it outlives them.
class Descriptors final : public runtime::DescriptorCloser {
 public:
  [[nodiscard]] runtime::Fd open(std::shared_ptr<SimulatedSocket> socket);
  // Null: not open.
  [[nodiscard]] SimulatedSocket* find(int fd) const noexcept;
  // As kill -9 closes them. Whatever the process's objects still do with them has no effect.
  void kill();
  // As the end of a process closes them: what its system has taken still arrives.
  void exit();
  [[nodiscard]] std::size_t count() const noexcept { return open_.size(); }

  // DescriptorCloser:
  void close_descriptor(int fd) noexcept override;

 private:
  static constexpr int kFirst = 1 << 30;

  std::map<int, std::shared_ptr<SimulatedSocket>> open_;
  int next_ = kFirst;
  bool over_ = false;  // the process
};

// What a Loop of a simulated process runs on: simulated sockets, and the time of a Schedule. Descriptors that
// are ready together are told of in random order.
//
// wait() with a timeout runs the schedule until something is ready; whoever runs the schedule calls it with
// none.
class SimulatedSystem final : public runtime::System {
 public:
  SimulatedSystem(Schedule& schedule, Random& random, Descriptors& descriptors) noexcept
      : schedule_(schedule), random_(random), descriptors_(descriptors) {}

  // Whether wait() would return at once.
  [[nodiscard]] bool ready() const noexcept;

  [[nodiscard]] TimePoint now() const noexcept override { return schedule_.clock.now; }
  [[nodiscard]] std::chrono::system_clock::time_point wall() const noexcept override {
    return schedule_.clock.wall;
  }
  [[nodiscard]] Status add(int fd, std::uint32_t interest, void* tag) override;
  void modify(int fd, std::uint32_t interest, void* tag) noexcept override;
  void remove(int fd) noexcept override;
  [[nodiscard]] std::size_t wait(std::span<epoll_event> ready, int timeout_milliseconds) override;
  void wake() noexcept override { woken_ = true; }
  void take_wake_ups() noexcept override { woken_ = false; }
  [[nodiscard]] ssize_t receive(int fd, std::span<char> into) noexcept override;
  [[nodiscard]] ssize_t send(int fd, std::span<const iovec> slices) noexcept override;
  void end_output(int fd) noexcept override;
  [[nodiscard]] int take_error(int fd) noexcept override;
  [[nodiscard]] bool connected(int fd) const noexcept override;
  [[nodiscard]] std::optional<std::uint64_t> confirmed_bytes(int fd) const noexcept override;
  [[nodiscard]] std::size_t unconfirmed_bytes(int fd) const noexcept override;
  [[nodiscard]] runtime::Fd own(int fd) noexcept override { return runtime::Fd(fd, &descriptors_); }

 private:
  struct Watched {
    int fd;
    std::uint32_t interest;
    void* tag;
  };
  [[nodiscard]] std::uint32_t events_of(const Watched& watched) const noexcept;
  [[nodiscard]] std::vector<Watched>::iterator find(int fd) noexcept;

  Schedule& schedule_;
  Random& random_;
  Descriptors& descriptors_;
  std::vector<Watched> watched_;
  bool woken_ = false;
};

}  // namespace wyld::simulation
