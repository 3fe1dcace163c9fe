// The input side of a shard's sessions: opening, routing, throttling, ending.
// shard_sessions_output.cc is the other side, shard_sessions_login.cc what comes before a world,
// shard_sessions_held.cc and shard_sessions_resume.cc what comes behind a connection.
#include "session/shard_sessions.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/utf8.h"

namespace wyld::session {
namespace {

// Keys that come at once may be as long together as a line usually is.
constexpr std::size_t kCharactersBytesMax = 4096;

// What one token of the line rate pays for: keys up to the end of a line.
std::string_view first_keys(std::string_view text) noexcept {
  const std::string_view keys = text.substr(0, kCharactersBytesMax);
  if (const std::size_t end = keys.find('\n'); end != std::string_view::npos) return keys.substr(0, end + 1);
  if (keys.size() == text.size()) return text;
  return keys.substr(0, keys.size() - incomplete_utf8_tail_bytes(keys));
}

}  // namespace

ShardSessions::ShardSessions(std::uint8_t shard, SessionManager& manager, const ShardSessionsOptions& options,
                             const TurnClock& clock, runtime::TimingWheel& timers, SessionIdGenerator ids)
    : shard_(shard),
      manager_(manager),
      options_(options),
      clock_(clock),
      timers_(timers),
      ids_(ids),
      budget_(options.scrollback_shard_bytes),
      side_budget_{.bytes_max = options.side_channel_shard_bytes},
      store_dirty_([](void* self) { static_cast<ShardSessions*>(self)->store_dirty(); }, this),
      reports_(clock, timers) {}

ShardSessions::~ShardSessions() {
  for (Session& session : slots_) {
    if (session.record == nullptr || session.resumable) continue;
    [[maybe_unused]] const Status removed = manager_.remove(session.id);
  }
}

ShardSessions::Session* ShardSessions::find(SessionHandle handle) noexcept {
  if (handle.slot >= slots_.size()) return nullptr;
  Session& session = slots_[handle.slot];
  return session.record != nullptr && session.handle == handle ? &session : nullptr;
}

const SessionId* ShardSessions::id_of(SessionHandle session) const noexcept {
  if (session.slot >= slots_.size()) return nullptr;
  const Session& found = slots_[session.slot];
  return found.record != nullptr && found.handle == session ? &found.id : nullptr;
}

std::string ShardSessions::account_of(SessionHandle session) const {
  const SessionId* const id = id_of(session);
  const DetailsPtr details = id != nullptr ? manager_.details(*id) : nullptr;
  return details ? details->account : std::string();
}

Result<SessionHandle> ShardSessions::open(PlayerTransport& transport, Protocol protocol,
                                          std::string_view address, WorldLink* world) {
  if (world == nullptr) world = world_;
  WYLD_CHECK(world != nullptr && (accounts_ != nullptr || !world->gateway_logs_in()));
  if (free_slots_.empty()) {
    constexpr std::size_t kSlotsMax = 1U << 24;  // what a handle can name
    if (slots_.size() >= kSlotsMax) return fail(ErrorCode::kLimit, "the gateway is full");
    slots_.emplace_back(*this);
    slots_.back().handle.shard = shard_;
    slots_.back().handle.slot = static_cast<std::uint32_t>(slots_.size() - 1) & 0xffffffU;
    free_slots_.push_back(slots_.back().handle.slot);
  }
  Session& session = slots_[free_slots_.back()];
  SessionHandle handle = session.handle;
  if (++handle.generation == 0) handle.generation = 1;
  const SessionId id = ids_.next(clock_.wall);
  const Result<SessionRecord*> record = manager_.open(id, handle, protocol, address, clock_.wall);
  if (!record) {
    count(Counter::kSessionsRefused);
    return fail(record.error());
  }
  free_slots_.pop_back();
  session.handle = handle;
  session.id = id;
  session.record = *record;
  session.transport = &transport;
  session.world = world;
  ++live_;
  set_deadline(session, Deadline::kLogin, options_.login_deadline);
  count(Counter::kSessionsOpened);
  log(LogLevel::kInfo, "session_opened",
      {{"session", session.id.text()},
       {"protocol", std::string(protocol_name(protocol))},
       {"address", session.record->address().text()}});
  return handle;
}

void ShardSessions::settled(SessionHandle handle) {
  Session* const session = find(handle);
  if (session != nullptr && is_untouched(*session)) greet(*session);
}

void ShardSessions::line(SessionHandle handle, std::string_view text, bool secret) {
  take_input(handle, secret ? InputKind::kSecretLine : InputKind::kLine, text);
}

void ShardSessions::characters(SessionHandle handle, std::string_view text) {
  // One read brings a key from a person who types, and thousands of lines from one who floods.
  while (!text.empty()) {
    const std::string_view keys = first_keys(text);
    take_input(handle, InputKind::kCharacters, keys);
    text.remove_prefix(keys.size());
  }
}

void ShardSessions::side_channel(SessionHandle handle, std::string_view package, std::string_view body) {
  // What is said before the world is attached reaches it with the attachment.
  const Session* const session = find(handle);
  // Who comes back has one already.
  if (session != nullptr && (session->attached || session->coming_back))
    take_input(handle, InputKind::kSideChannel, body, package);
}

void ShardSessions::take_input(SessionHandle handle, InputKind kind, std::string_view text,
                               std::string_view package) {
  Session* session = find(handle);
  if (session == nullptr) return;
  manager_.touch(*session->record, clock_.wall);
  bool first = false;
  if (kind != InputKind::kSideChannel) {
    first = std::exchange(session->fresh, false);
    if (!remember(*session)) return;
  }
  if (is_untouched(*session)) {
    // A client that types before it has negotiated will not negotiate: it plays as it is.
    greet(*session);
    session = find(handle);
    if (session == nullptr) return;
  }
  const bool waiting =
      waits_for_answer(*session) || (session->deferred && !session->deferred->inputs.empty());
  if (!waiting && session->gate.take(kind, options_.rates, clock_.now)) {
    // A world may have taken who has said nothing yet.
    const bool may_be_code = first && kind == InputKind::kLine && session->entered;
    if (may_be_code && resumes_by_code(*session, text)) return;
    pass_on(handle, kind, text, package);
    return;
  }
  // What one read has brought waits here, as far as it may; then reading stops.
  WaitingInputs& inputs = deferred(*session).inputs;
  if (!inputs.push(kind, text, package)) {
    count(Counter::kInputsDropped);
    if (inputs.dropped() == 1) tell_cut(*session);
    return;
  }
  if (waiting) return;
  count(Counter::kLinesThrottled);
  update_reading(*session);
  timers_.schedule(session->throttle, session->gate.next(kind, options_.rates));
}

void ShardSessions::tell_cut(Session& session) {
  tell(session, "You are sending too fast: some of your input was dropped.");
}

ShardSessions::Deferred& ShardSessions::deferred(Session& session) {
  if (!session.deferred) session.deferred = std::make_unique<Deferred>(options_.waiting);
  return *session.deferred;
}

void ShardSessions::pass_on(SessionHandle handle, InputKind kind, std::string_view text,
                            std::string_view package) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  const bool is_line = kind == InputKind::kLine || kind == InputKind::kSecretLine;
  if (kind == InputKind::kLine && !session->entered && resumes_by_code(*session, text)) return;
  if (session->login) {
    if (is_line) login_line(*session, text);
    return;
  }
  if (is_line) return pass_on_line(*session, text, kind == InputKind::kSecretLine);
  if (kind == InputKind::kSideChannel) return session->world->side_channel(handle, package, text);
  if (!session->pending || session->pending->world_is_here()) session->world->characters(handle, text);
}

void ShardSessions::pass_on_line(Session& session, std::string_view text, bool secret) {
  if (!secret) session.code_moment.typed();
  if (session.editing && session.editing->by_lines()) return editor_line(session, text);
  if (session.pending) {
    using Route = PendingCommands::Route;
    PendingCommands& pending = *session.pending;
    switch (pending.route(text, secret)) {
      case Route::kWord:
        carry_out(session, pending.word(text, session.world->acknowledges_input()));
        return;
      case Route::kWaits:
        carry_out(session,
                  pending.add(text, password_risk(session, secret), clock_.wall, session.input_sequence));
        return;
      case Route::kFollows:
        carry_out(session, pending.follow(text));
        return;
      case Route::kToWorld:
        break;
    }
  }
  session.world->input(session.handle, ++session.input_sequence, text, secret);
}

void ShardSessions::run_deferred(SessionHandle handle) {
  while (Session* const session = find(handle)) {
    if (waits_for_answer(*session)) return;
    if (!session->deferred || session->deferred->inputs.empty()) {
      update_reading(*session);
      session->deferred.reset();
      return;
    }
    const InputKind kind = session->deferred->inputs.front_kind();
    if (!session->gate.take(kind, options_.rates, clock_.now)) {
      timers_.schedule(session->throttle, session->gate.next(kind, options_.rates));
      return;
    }
    const bool may_be_password = session->login != nullptr || kind == InputKind::kSecretLine;
    Input input = session->deferred->inputs.pop();
    pass_on(handle, input.kind, input.text, input.package);
    if (may_be_password) wipe(input.text);
  }
}

void ShardSessions::update_reading(Session& session) {
  if (is_held(session)) return;
  const bool throttled = session.deferred && !session.deferred->inputs.empty();
  const bool answered = !waits_for_answer(session);
  session.transport->set_reading(throttled || session.input_blocked ? Reading::kOff
                                 : answered                         ? Reading::kOn
                                                                    : Reading::kUntilAnswer);
}

void ShardSessions::on_throttle(void* context) {
  Session& session = *static_cast<Session*>(context);
  session.owner.run_deferred(session.handle);
}

void ShardSessions::on_input_blocked(SessionHandle handle, bool blocked) {
  Session* const session = find(handle);
  if (session == nullptr || session->input_blocked == blocked) return;
  session->input_blocked = blocked;
  update_reading(*session);
}

void ShardSessions::capabilities_changed(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr || session->record->state() == State::kConnecting) return;
  // A window that is being dragged tells every size it passes through: the last one counts.
  if (!may_request(*session, &Late::capabilities)) return;
  note_capabilities(*session);
  if (session->attached) session->world->capabilities_changed(handle, session->transport->capabilities());
}

bool ShardSessions::may_request(Session& session, bool Late::* which) {
  const bool waits = session.late && (*session.late).*which;
  if (!waits && session.gate.take_request(options_.rates, clock_.now)) return true;
  count(Counter::kRequestsCoalesced);
  if (!session.late) {
    session.late = std::make_unique<Late>(&session);
    timers_.schedule(session.late->timer, session.gate.next_request(options_.rates));
  }
  (*session.late).*which = true;
  return false;
}

void ShardSessions::on_late(void* context) {
  Session& session = *static_cast<Session*>(context);
  ShardSessions& owner = session.owner;
  const SessionHandle handle = session.handle;
  const std::unique_ptr<Late> late = std::move(session.late);
  if (late->capabilities) owner.capabilities_changed(handle);
  if (late->code) owner.code_wanted(handle);
}

bool ShardSessions::remember(Session& session) {
  if (session.remembered) return true;
  const Status taken = manager_.store(*session.record, clock_.wall,
                                      when_stored<&ShardSessions::became_durable>(session.handle));
  session.remembered = taken.has_value();
  if (taken) return true;
  count(Counter::kSessionsRefused);
  end(session, EndReason::kBusy, taken.error().what, /*tell_world=*/true);
  return false;
}

void ShardSessions::became_durable(SessionHandle handle, bool stored) {
  if (!stored) return;
  log(LogLevel::kDebug, "session_durable", {{"session", find(handle)->id.text()}});
}

void ShardSessions::interrupt(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  if (!session->gate.take_request(options_.rates, clock_.now)) return count(Counter::kRequestsCoalesced);
  if (session->attached) session->world->interrupt(handle);
  if (session->login && !session->login->progress.is_checking())
    follow(*session, session->login->progress.dialogue().repeat());
}

void ShardSessions::violated(SessionHandle handle, std::string_view text) {
  if (Session* const session = find(handle)) end(*session, EndReason::kViolation, text, /*tell_world=*/true);
}

// As if it were read now: it takes tokens, or waits.
void ShardSessions::take_all(SessionHandle handle, WaitingInputs inputs) {
  if (Session* const session = find(handle); session != nullptr && inputs.dropped() > 0) tell_cut(*session);
  while (!inputs.empty()) {
    Input input = inputs.pop();
    take_input(handle, input.kind, input.text, input.package);
    wipe(input.text);
  }
}

void ShardSessions::ended(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  // Input that waits for its turn keeps waiting for it while the session is held, and ends with one that is
  // not: else a client that hangs up would be heard at any rate.
  if (keeps_place(*session)) return hold(*session, "connection_ended");
  WorldLink* const world = session->attached ? session->world : nullptr;
  release(*session, "connection_ended");
  if (world != nullptr) world->detach(handle, DetachReason::kClosed);
}

void ShardSessions::on_deadline(void* context) {
  Session& session = *static_cast<Session*>(context);
  ShardSessions& owner = session.owner;
  const SessionHandle handle = session.handle;
  while (owner.find(handle) == &session) {
    const std::optional<Deadline> due = session.deadlines.take_due(owner.clock_.now);
    if (!due) return session.deadlines.rearm(owner.timers_);
    owner.deadline_passed(session, *due);
  }
}

void ShardSessions::deadline_passed(Session& session, Deadline which) {
  switch (which) {
    case Deadline::kHold:
      return expire(session);
    case Deadline::kStore:
      return give_up_coming_back(session);
    case Deadline::kCode:
      return show_code(session);
    case Deadline::kSlowReader:
      count(Counter::kSlowReaders);
      return end(session, EndReason::kSlowReader, "Your connection is too slow for the game's output.", true);
    case Deadline::kLogin:
      count(Counter::kLoginDeadlines);
      return end(session, EndReason::kLoginDeadline, "You took too long to log in. Please connect again.",
                 true);
  }
}

void ShardSessions::end(Session& session, EndReason reason, std::string_view text, bool tell_world) {
  const SessionHandle handle = session.handle;
  PlayerTransport* const transport = session.transport;
  WorldLink* const world = session.attached ? session.world : nullptr;
  const bool over = reason == EndReason::kWorldEnded || reason == EndReason::kWorldLost;
  if (session.resumable && reason == EndReason::kShutdown) {
    park(session);
  } else if (!over && keeps_place(session)) {
    hold(session, end_reason_name(reason));
    tell_world = false;
  } else {
    release(session, end_reason_name(reason));
  }
  if (transport != nullptr) transport->end(reason, text);
  if (world != nullptr && tell_world) {
    world->detach(handle, reason == EndReason::kShutdown ? DetachReason::kShutdown : DetachReason::kClosed);
  }
}

void ShardSessions::release(Session& session, std::string_view reason) {
  log(LogLevel::kInfo, "session_closed", {{"session", session.id.text()}, {"reason", std::string(reason)}});
  if (registry_ != nullptr && (session.resumable || session.offer)) registry_->remove(session.id);
  [[maybe_unused]] const Status closed = manager_.transition(*session.record, State::kClosed, clock_.wall);
  [[maybe_unused]] const Status removed =
      manager_.remove(session.id, [id = session.id](const Status& status) {
        if (status) log(LogLevel::kDebug, "session_forgotten", {{"session", id.text()}});
      });
  WYLD_DCHECK(closed.has_value() && removed.has_value());
  count(Counter::kSessionsClosed);
  free_slot(session);
}

void ShardSessions::free_slot(Session& session) {
  if (is_held(session)) --held_;
  if (session.deferred) count(Counter::kInputsDropped, session.deferred->inputs.count());
  session.deadlines.cancel_all();
  session.throttle.cancel();
  session.echo_settles.cancel();
  session.clear();
  free_slots_.push_back(session.handle.slot);
  --live_;
}

void ShardSessions::end_all(EndReason reason, std::string_view text) {
  if (reason == EndReason::kShutdown) stopping_.emplace(text);
  for (Session& session : slots_) {
    if (session.record != nullptr) end(session, reason, text, /*tell_world=*/true);
  }
}

}  // namespace wyld::session
