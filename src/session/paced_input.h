#pragma once
// The input of one session, at the pace that its rates allow.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "runtime/timing_wheel.h"
#include "session/input_gate.h"

namespace wyld::session {

// Lets input pass at its rate limit; what comes faster waits, in order, and is dropped beyond what may wait.
// Both survive the connection: hanging up neither brings new tokens, nor makes what waits be heard at once.
//
// Owner    a session.
// Thread   its shard's.
// Limits   WaitingLimits. Memory for waiting input is there only while there is any.
class PacedInput {
 public:
  struct Pace {
    const InputRates& rates;
    const WaitingLimits& limits;
    runtime::TimingWheel& timers;
    runtime::TimePoint now;
  };
  enum class Verdict : std::uint8_t {
    kPasses,        // now
    kWaits,         // after others, or for an answer
    kIsThrottled,   // the first to wait for its rate: it comes by next(), when the timer fires
    kDropped,       // no room
    kFirstDropped,  // the same, for the first time since nothing waited
  };

  // `function(context)` runs when next() is worth calling.
  PacedInput(runtime::Timer::Function function, void* context) noexcept
      : function_(function), context_(context) {}

  // `must_wait`: it waits whatever its rate. The caller calls next() when that is over.
  [[nodiscard]] Verdict take(InputKind kind, std::string_view text, std::string_view package, bool must_wait,
                             const Pace& pace);
  // What may be heard now. None: nothing waits, or the timer is set.
  [[nodiscard]] std::optional<Input> next(const Pace& pace);
  // Whatever waits, to go elsewhere.
  [[nodiscard]] WaitingInputs take_waiting();

  [[nodiscard]] bool waits() const noexcept { return waiting_ != nullptr && !waiting_->inputs.empty(); }
  [[nodiscard]] std::size_t count() const noexcept { return waiting_ ? waiting_->inputs.count() : 0; }
  // The requests beside lines and messages have a rate here too.
  [[nodiscard]] InputGate& gate() noexcept { return gate_; }
  void clear() noexcept {
    waiting_.reset();
    gate_ = {};
  }

 private:
  struct Waiting {
    Waiting(const WaitingLimits& limits, runtime::Timer::Function function, void* context)
        : inputs(limits), timer(function, context) {}
    WaitingInputs inputs;
    runtime::Timer timer;
  };

  runtime::Timer::Function function_;
  void* context_;
  InputGate gate_;
  std::unique_ptr<Waiting> waiting_;  // null: nothing waits
};

}  // namespace wyld::session
