#pragma once

#include <memory>

#include "runtime/system.h"

namespace wyld::runtime {

// epoll and an eventfd.
class LinuxSystem final : public System {
 public:
  [[nodiscard]] static Result<std::unique_ptr<LinuxSystem>> create();

  [[nodiscard]] TimePoint now() const noexcept override { return Clock::now(); }
  [[nodiscard]] std::chrono::system_clock::time_point wall() const noexcept override {
    return std::chrono::system_clock::now();
  }
  [[nodiscard]] Status add(int fd, std::uint32_t interest, void* tag) override;
  void modify(int fd, std::uint32_t interest, void* tag) noexcept override;
  void remove(int fd) noexcept override;
  [[nodiscard]] std::size_t wait(std::span<epoll_event> ready, int timeout_milliseconds) override;
  void wake() noexcept override;
  void take_wake_ups() noexcept override;
  [[nodiscard]] ssize_t receive(int fd, std::span<char> into) noexcept override;
  [[nodiscard]] ssize_t send(int fd, std::span<const iovec> slices) noexcept override;
  void end_output(int fd) noexcept override;
  [[nodiscard]] int take_error(int fd) noexcept override;
  [[nodiscard]] bool connected(int fd) const noexcept override;
  [[nodiscard]] std::optional<std::uint64_t> confirmed_bytes(int fd) const noexcept override;
  [[nodiscard]] std::size_t unconfirmed_bytes(int fd) const noexcept override;
  [[nodiscard]] Fd own(int fd) noexcept override { return Fd(fd); }

 private:
  LinuxSystem(Fd epoll, Fd wake) noexcept : epoll_(std::move(epoll)), wake_(std::move(wake)) {}

  Fd epoll_;
  Fd wake_;
};

}  // namespace wyld::runtime
