#include "session/channel.h"

#include <utility>

#include "base/counters.h"

namespace wyld::session {

Channel::Channel(const Shard& shard, PlayerTransport& transport, SessionHandle session) noexcept
    : transport_(transport), shard_(shard), session_(session), deadlines_(&Channel::on_timer, this) {}

// The owner may destroy the channel meanwhile.
void Channel::on_timer(void* context) {
  Channel& channel = *static_cast<Channel*>(context);
  Owner& owner = channel.shard_.owner;
  const SessionHandle session = channel.session_;
  while (const std::optional<Deadline> due = channel.deadlines_.take_due(channel.shard_.clock.now)) {
    if (!owner.channel_deadline(session, *due)) return;
  }
  channel.deadlines_.rearm(channel.shard_.timers);
}

bool Channel::admits(std::size_t bytes) {
  if (output_.admits(bytes, transport_.queued_bytes(), shard_.options.output_bytes_max)) return true;
  count(Counter::kOutputSkipped);
  watch_reader();
  return false;
}

// Over a quarter of the bound the world is asked to pause, and the clock of the slow reader starts.
bool Channel::congests() {
  if (!output_.congests(transport_.queued_bytes(), shard_.options.output_bytes_max)) return false;
  watch_reader();
  return true;
}

void Channel::watch_reader() {
  transport_.tell_when_drained();
  if (!deadlines_.is_set(Deadline::kSlowReader))
    set_deadline(Deadline::kSlowReader, shard_.options.slow_reader_deadline);
}

OutputGate::Drained Channel::drained() noexcept {
  deadlines_.cancel(Deadline::kSlowReader);
  return output_.drained();
}

bool Channel::may_request(Request which, InputGate& gate) {
  bool& late = which == Request::kCode ? late_.code : late_.capabilities;
  if (!late && gate.take_request(shard_.options.rates, shard_.clock.now)) return true;
  count(Counter::kRequestsCoalesced);
  if (!deadlines_.is_set(Deadline::kLate))
    deadlines_.set(shard_.timers, Deadline::kLate, gate.next_request(shard_.options.rates));
  late = true;
  return false;
}

void Channel::set_reading(bool throttled, bool world_is_full) {
  transport_.set_reading(throttled || world_is_full ? Reading::kOff
                         : awaits_answer()          ? Reading::kUntilAnswer
                                                    : Reading::kOn);
}

void Channel::echo_returns() {
  echo_.begin();
  set_deadline(Deadline::kEcho, EchoReturn::kInterval);
}

void Channel::look_at_echo() {
  if (echo_.look(transport_.echo_answered(), transport_.unconfirmed_bytes() != 0))
    set_deadline(Deadline::kEcho, EchoReturn::kInterval);
}

void Channel::begin_resume(const SessionId& id, ResumeRequest request, runtime::Duration patience) {
  resuming_ = std::make_unique<Resuming>(Resuming{.id = id, .request = std::move(request)});
  set_deadline(Deadline::kStore, patience);
  postpone_login(patience);  // the wait is not the player's
}

std::unique_ptr<Channel::Resuming> Channel::end_resume() {
  if (resuming_ == nullptr) return nullptr;
  const runtime::TimePoint now = shard_.clock.now;
  const runtime::Duration left = deadlines_.due(Deadline::kStore).value_or(now) - now;
  deadlines_.cancel(Deadline::kStore);
  postpone_login(-left);
  return std::move(resuming_);
}

}  // namespace wyld::session
