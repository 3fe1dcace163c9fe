#pragma once

#include <unistd.h>

#include <utility>

namespace wyld::runtime {

// Closes descriptors that the operating system does not know: a simulation's. It outlives them.
class DescriptorCloser {
 public:
  virtual void close_descriptor(int fd) noexcept = 0;

 protected:
  ~DescriptorCloser() = default;
};

// Owns one file descriptor.
class Fd {
 public:
  Fd() noexcept = default;
  // `closer`: null for a descriptor of the operating system.
  explicit Fd(int fd, DescriptorCloser* closer = nullptr) noexcept : fd_(fd), closer_(closer) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)), closer_(other.closer_) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
      closer_ = other.closer_;
    }
    return *this;
  }
  ~Fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept {
    if (fd_ >= 0) {
      if (closer_ == nullptr) {
        ::close(fd_);
      } else {
        closer_->close_descriptor(fd_);
      }
    }
    fd_ = -1;
  }

 private:
  int fd_ = -1;
  DescriptorCloser* closer_ = nullptr;
};

}  // namespace wyld::runtime
