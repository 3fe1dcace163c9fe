#include "transport/player_dialect.h"

#include <algorithm>
#include <utility>

#include "base/counters.h"
#include "transport/connections.h"
#include "transport/farewell.h"

namespace wyld::transport {

session::ShardSessions& PlayerDialect::sessions() const noexcept { return connection().home().sessions(); }
const PlayerOptions& PlayerDialect::options() const noexcept { return connection().home().options(); }
runtime::TimePoint PlayerDialect::now() const noexcept { return connection().home().loop().now(); }

Observer* PlayerDialect::observer() const noexcept { return connection().home().observer(); }

bool PlayerDialect::open_session(session::Protocol protocol, std::string_view address) {
  session::PlayerTransport& transport =
      observer() != nullptr ? observer()->transport_for(*this, connection()) : *this;
  const Result<session::SessionHandle> opened = sessions().open(transport, protocol, address);
  if (!opened) {
    end(session::EndReason::kWorldLost, opened.error().what);
    return false;
  }
  transport.rebind(*opened);
  return true;
}

void PlayerDialect::rebind(session::SessionHandle session) {
  session_ = session;
  in_session_ = true;
}

bool PlayerDialect::keep_while_moving(session::InputKind kind, std::string_view text,
                                      std::string_view package) {
  if (!moving_) return false;
  if (!inputs_behind_) inputs_behind_ = std::make_unique<session::WaitingInputs>();
  if (!inputs_behind_->push(kind, text, package)) count(Counter::kInputsDropped);
  return true;
}

void PlayerDialect::pass_line(std::string_view line, bool secret) {
  if (!moving_) settle();
  if (keep_while_moving(secret ? session::InputKind::kSecretLine : session::InputKind::kLine, line)) return;
  if (!in_session_) return;
  observed(secret ? Passed::kSecretLine : Passed::kLine, line,
           [&] { sessions().line(session_, line, secret); });
}

// --- what has reached the client ---

void PlayerDialect::ask_client(DeliveryProbe::Answers answers) {
  probe_ = std::make_unique<DeliveryProbe>(answers);
}

void PlayerDialect::begin_output(std::uint64_t offset) {
  connection().begin_output(offset);
  if (probe_ != nullptr && probe_->knows()) connection().confirm_by_client(probe_->reached());
}

void PlayerDialect::note_output(std::uint64_t offset) {
  connection().note_output(offset);
  if (probe_ != nullptr) connection().tell_before_flush();
}

void PlayerDialect::before_flush() {
  if (probe_ == nullptr) return;
  probe_->wrote(connection().position());
  ask_if_due();
  schedule_timer();
}

void PlayerDialect::ask_if_due() {
  if (probe_->due() > now() || connection().is_closing()) return;
  if (const std::optional<std::uint32_t> number = put_question()) {
    probe_->asked(connection().position(), *number, now());
  } else {
    probe_->give_up();
  }
}

void PlayerDialect::question_answered(std::uint32_t number) {
  if (probe_ == nullptr || !probe_->answered(number)) return;
  connection().confirm_by_client(probe_->reached());
  schedule_timer();
}

// --- one timer for all purposes ---

void PlayerDialect::set_timer(runtime::TimePoint due) {
  if (probe_ == nullptr) return connection().set_timer(due);
  probe_->other_due = due;
  schedule_timer();
}

void PlayerDialect::schedule_timer() {
  const runtime::TimePoint due = std::min(probe_->other_due, probe_->due());
  if (due < runtime::TimePoint::max() && !moving_ && !connection().is_closing()) connection().set_timer(due);
}

void PlayerDialect::on_timer() {
  if (probe_ == nullptr) return on_due();
  ask_if_due();
  if (probe_->other_due <= now()) {
    probe_->other_due = runtime::TimePoint::max();
    on_due();
  }
  schedule_timer();
}

void PlayerDialect::on_drained() {
  if (in_session_) sessions().drained(session_);
}

void PlayerDialect::leave_session() {
  if (!std::exchange(in_session_, false)) return;
  observed(Passed::kEnd, {}, [this] { sessions().ended(session_); });
}

void PlayerDialect::remind_later() {
  const runtime::Duration interval = reminder_interval();
  if (interval == runtime::Duration::zero()) return;
  set_timer(now() + connection().home().spread(interval));
}

bool PlayerDialect::move_to(std::uint8_t shard, Arrived then) {
  const bool moving = connection().move_to(
      shard, [this, then = std::move(then)](Connection& there) mutable { arrived(there, std::move(then)); });
  if (!moving) return false;
  in_session_ = false;
  moving_ = true;
  return true;
}

void PlayerDialect::arrived(Connection& there, Arrived then) {
  moving_ = false;
  remind_later();
  then(there.home().sessions(), *this);
  const std::unique_ptr<session::WaitingInputs> inputs = std::move(inputs_behind_);
  if (inputs == nullptr) return;
  if (inputs->dropped() > 0) sessions().input_dropped(session_);
  while (!inputs->empty()) {
    session::Input input = inputs->pop();
    switch (input.kind) {
      case session::InputKind::kLine:
      case session::InputKind::kSecretLine:
        take_line(input.text, input.kind == session::InputKind::kSecretLine);
        break;
      case session::InputKind::kCharacters:
        take_characters(input.text);
        break;
      case session::InputKind::kSideChannel:
        take_side_channel(input.package, input.text);
        break;
    }
    session::wipe(input.text);
  }
}

void PlayerDialect::end(session::EndReason reason, std::string_view text) {
  in_session_ = false;
  say_farewell(reason, text);
  connection().close_after_flush(farewell_time(options(), reason));
}

}  // namespace wyld::transport
