#include "session/paced_input.h"

namespace wyld::session {

PacedInput::Verdict PacedInput::take(InputKind kind, std::string_view text, std::string_view package,
                                     bool must_wait, const Pace& pace) {
  const bool behind = must_wait || waits();
  if (!behind && gate_.take(kind, pace.rates, pace.now)) return Verdict::kPasses;
  if (!waiting_) waiting_ = std::make_unique<Waiting>(pace.limits, function_, context_);
  if (!waiting_->inputs.push(kind, text, package))
    return waiting_->inputs.dropped() == 1 ? Verdict::kFirstDropped : Verdict::kDropped;
  if (behind) return Verdict::kWaits;
  pace.timers.schedule(waiting_->timer, gate_.next(kind, pace.rates));
  return Verdict::kIsThrottled;
}

std::optional<Input> PacedInput::next(const Pace& pace) {
  if (!waits()) {
    waiting_.reset();
    return std::nullopt;
  }
  const InputKind kind = waiting_->inputs.front_kind();
  if (gate_.take(kind, pace.rates, pace.now)) return waiting_->inputs.pop();
  pace.timers.schedule(waiting_->timer, gate_.next(kind, pace.rates));
  return std::nullopt;
}

WaitingInputs PacedInput::take_waiting() {
  if (!waiting_) return {};
  WaitingInputs inputs = std::move(waiting_->inputs);
  waiting_.reset();
  return inputs;
}

}  // namespace wyld::session
