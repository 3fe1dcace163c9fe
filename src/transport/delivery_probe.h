#pragma once

#include <chrono>
#include <cstdint>

#include "runtime/timing_wheel.h"

namespace wyld::transport {

// When to ask a client itself what has reached it, and what it has answered. A proxy in between confirms, as
// a system does, what it has in its buffers; the client's own answer cannot lie about that. How the question
// is put is the dialect's: a WebSocket ping, a telnet timing mark.
//
// One question is out at a time. It follows output at once when the last one was asked kInterval ago or
// kBytes before, and otherwise as soon as that is so; a client that is told nothing is asked nothing.
//
// Owner    a PlayerDialect of a client that may be behind a proxy.
// Thread   the dialect's.
class DeliveryProbe {
 public:
  static constexpr std::chrono::seconds kInterval{2};
  static constexpr std::uint64_t kBytes = std::uint64_t{8} * 1024;
  // A question without an answer for so long may be put in another way.
  static constexpr std::chrono::seconds kPatience{10};

  using TimePoint = runtime::TimePoint;
  enum class Answers : std::uint8_t {
    kAlways,   // the protocol obliges clients to answer
    kPerhaps,  // some never do: until the first answer nobody knows what has arrived
  };

  explicit DeliveryProbe(Answers answers) noexcept : knows_(answers == Answers::kAlways) {}

  // Positions are bytes of the socket. Output has been written; it ends at `position`.
  void wrote(std::uint64_t position) noexcept { output_end_ = position; }
  // When the client is to be asked, if nothing else is written until then; TimePoint::max(): never.
  [[nodiscard]] TimePoint due() const noexcept {
    if (outstanding_) return gave_up_ ? TimePoint::max() : asked_at_ + kPatience;
    if (output_end_ <= asked_) return TimePoint::max();
    return output_end_ - asked_ >= kBytes ? TimePoint::min() : asked_at_ + kInterval;
  }
  // A question was written that ends at `position`; its answer bears `number`, or a later one.
  void asked(std::uint64_t position, std::uint32_t number, TimePoint now) noexcept {
    asked_ = position;
    number_ = number;
    asked_at_ = now;
    outstanding_ = true;
  }
  // There is no other way to put the question that is out.
  void give_up() noexcept { gave_up_ = true; }
  // False: this answers nothing that is new.
  [[nodiscard]] bool answered(std::uint32_t number) noexcept {
    if (!outstanding_ || number < number_) return false;
    outstanding_ = gave_up_ = false;
    knows_ = true;
    reached_ = asked_;
    return true;
  }
  // Everything before this has reached the client.
  [[nodiscard]] std::uint64_t reached() const noexcept { return reached_; }
  // Whether reached() can be relied upon.
  [[nodiscard]] bool knows() const noexcept { return knows_; }
  [[nodiscard]] bool outstanding() const noexcept { return outstanding_; }

  // For the dialect, which has one timer: when it is due for another purpose.
  TimePoint other_due = TimePoint::max();

 private:
  std::uint64_t output_end_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t reached_ = 0;
  TimePoint asked_at_{};
  std::uint32_t number_ = 0;
  bool outstanding_ = false;
  bool gave_up_ = false;
  bool knows_;
};

}  // namespace wyld::transport
