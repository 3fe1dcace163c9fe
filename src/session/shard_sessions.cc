// The input side of a shard's sessions: opening, routing, throttling, ending.
// shard_sessions_output.cc is the other side, shard_sessions_login.cc what comes before a world.
#include "session/shard_sessions.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "base/log.h"

namespace wyld::session {

ShardSessions::ShardSessions(std::uint8_t shard, SessionManager& manager, const ShardSessionsOptions& options,
                             const TurnClock& clock, runtime::TimingWheel& timers, SessionIdGenerator ids)
    : shard_(shard), manager_(manager), options_(options), clock_(clock), timers_(timers), ids_(ids) {}

ShardSessions::~ShardSessions() {
  for (Session& session : slots_) {
    if (session.record == nullptr) continue;
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

Result<SessionHandle> ShardSessions::open(PlayerTransport& transport, Protocol protocol,
                                          std::string_view address) {
  WYLD_CHECK(world_ != nullptr && (accounts_ != nullptr || !world_->gateway_logs_in()));
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
  const Result<SessionRecord*> record =
      manager_.create(id, handle, protocol, address, clock_.wall,
                      [this, handle](const Status& status) { committed(handle, status); });
  if (!record) {
    count(Counter::kSessionsRefused);
    return fail(record.error());
  }
  free_slots_.pop_back();
  session.handle = handle;
  session.id = id;
  session.record = *record;
  session.transport = &transport;
  ++live_;
  timers_.schedule(session.deadline, clock_.now + options_.login_deadline);
  count(Counter::kSessionsOpened);
  log(LogLevel::kInfo, "session_opened",
      {{"session", session.id.text()},
       {"protocol", std::string(protocol_name(protocol))},
       {"address", session.record->address().text()}});
  return handle;
}

void ShardSessions::settled(SessionHandle handle) {
  Session* const session = find(handle);
  if (session != nullptr && !session->attached && !session->login) greet(*session);
}

void ShardSessions::line(SessionHandle handle, std::string_view text, bool secret) {
  take_input(handle, secret ? InputKind::kSecretLine : InputKind::kLine, text);
}

void ShardSessions::characters(SessionHandle handle, std::string_view text) {
  take_input(handle, InputKind::kCharacters, text);
}

void ShardSessions::side_channel(SessionHandle handle, std::string_view package, std::string_view body) {
  // What is said before the world is attached reaches it with the attachment.
  const Session* const session = find(handle);
  if (session != nullptr && session->attached) take_input(handle, InputKind::kSideChannel, body, package);
}

void ShardSessions::take_input(SessionHandle handle, InputKind kind, std::string_view text,
                               std::string_view package) {
  Session* session = find(handle);
  if (session == nullptr) return;
  manager_.touch(*session->record, clock_.wall);
  if (!session->attached && !session->login) {
    // A client that types before it has negotiated will not negotiate: it plays as it is.
    greet(*session);
    session = find(handle);
    if (session == nullptr) return;
  }
  const bool waiting = (session->login && session->login->checking) ||
                       (session->deferred && !session->deferred->inputs.empty());
  if (!waiting && take_token(*session, kind)) {
    pass_on(handle, kind, text, package);
    return;
  }
  // What was read already waits here; its size is bounded by one read, because reading stops now.
  if (!session->deferred) session->deferred = std::make_unique<Deferred>();
  session->deferred->inputs.push_back({kind, std::string(text), std::string(package)});
  if (waiting) return;
  count(Counter::kLinesThrottled);
  update_reading(*session);
  timers_.schedule(session->throttle, next_token(*session, kind));
}

bool ShardSessions::take_token(Session& session, InputKind kind) noexcept {
  if (kind == InputKind::kSideChannel) {
    return session.side_channel.take(options_.side_channel_per_second, options_.side_channel_burst,
                                     clock_.now);
  }
  return session.lines.take(options_.lines_per_second, options_.lines_burst, clock_.now);
}

runtime::TimePoint ShardSessions::next_token(const Session& session, InputKind kind) const noexcept {
  return kind == InputKind::kSideChannel ? session.side_channel.next_token(options_.side_channel_per_second)
                                         : session.lines.next_token(options_.lines_per_second);
}

void ShardSessions::pass_on(SessionHandle handle, InputKind kind, std::string_view text,
                            std::string_view package) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  if (session->login) {
    if (kind == InputKind::kLine || kind == InputKind::kSecretLine) login_line(*session, text);
    return;
  }
  switch (kind) {
    case InputKind::kLine:
    case InputKind::kSecretLine:
      world_->input(handle, ++session->input_sequence, text, kind == InputKind::kSecretLine);
      return;
    case InputKind::kCharacters:
      world_->characters(handle, text);
      return;
    case InputKind::kSideChannel:
      world_->side_channel(handle, package, text);
      return;
  }
}

void ShardSessions::run_deferred(SessionHandle handle) {
  while (Session* const session = find(handle)) {
    if (session->login && session->login->checking) return;  // login_answered() goes on
    if (!session->deferred || session->deferred->inputs.empty()) {
      update_reading(*session);
      if (session->deferred && session->deferred->updates.empty()) session->deferred.reset();
      return;
    }
    const InputKind kind = session->deferred->inputs.front().kind;
    if (!take_token(*session, kind)) {
      timers_.schedule(session->throttle, next_token(*session, kind));
      return;
    }
    Input& front = session->deferred->inputs.front();
    const bool may_be_password = session->login != nullptr || kind == InputKind::kSecretLine;
    Input input = std::exchange(front, {});
    if (may_be_password) wipe(front.text);
    session->deferred->inputs.pop_front();
    pass_on(handle, input.kind, input.text, input.package);
    if (may_be_password) wipe(input.text);
  }
}

void ShardSessions::update_reading(Session& session) {
  const bool throttled = session.deferred && !session.deferred->inputs.empty();
  const bool checking = session.login && session.login->checking;
  session.transport->set_reading(!throttled && !checking && !session.input_blocked);
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
  note_capabilities(*session);
  if (session->attached) world_->capabilities_changed(handle, session->transport->capabilities());
}

// The store reports many at once: they come as one task.
void ShardSessions::committed(SessionHandle handle, const Status& status) {
  if (!status || !post_) return;  // what was refused has been logged by the store
  {
    const std::lock_guard lock(committed_mutex_);
    committed_.push_back(handle);
    if (std::exchange(committed_posted_, true)) return;
  }
  if (post_([](ShardSessions& sessions) { sessions.take_committed(); })) return;
  const std::lock_guard lock(committed_mutex_);
  committed_posted_ = false;  // the mailbox is full: the next one tries again
}

void ShardSessions::take_committed() {
  std::vector<SessionHandle> handles;
  {
    const std::lock_guard lock(committed_mutex_);
    handles.swap(committed_);
    committed_posted_ = false;
  }
  for (const SessionHandle handle : handles) {
    Session* const session = find(handle);
    if (session == nullptr) continue;
    session->durable = true;
    log(LogLevel::kDebug, "session_durable", {{"session", session->id.text()}});
  }
}

bool ShardSessions::is_durable(SessionHandle handle) const noexcept {
  return handle.slot < slots_.size() && slots_[handle.slot].handle == handle && slots_[handle.slot].durable;
}

void ShardSessions::interrupt(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  if (session->attached) world_->interrupt(handle);
  if (session->login && !session->login->checking) follow(*session, session->login->dialogue.repeat());
}

void ShardSessions::violated(SessionHandle handle, std::string_view text) {
  if (Session* const session = find(handle)) end(*session, EndReason::kViolation, text, /*tell_world=*/true);
}

void ShardSessions::ended(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  // Lines that waited for their turn were received before the connection ended: they still count.
  while (session->attached && session->deferred && !session->deferred->inputs.empty()) {
    const Input input = std::move(session->deferred->inputs.front());
    session->deferred->inputs.pop_front();
    pass_on(handle, input.kind, input.text, input.package);
    if (find(handle) != session) return;
  }
  const bool attached = session->attached;
  release(*session, "connection_ended");
  if (attached) world_->detach(handle, DetachReason::kClosed);
}

void ShardSessions::on_deadline(void* context) {
  Session& session = *static_cast<Session*>(context);
  ShardSessions& owner = session.owner;
  if (session.congested || session.skipping) {
    count(Counter::kSlowReaders);
    owner.end(session, EndReason::kSlowReader, "Your connection is too slow for the game's output.", true);
  } else if (!session.entered) {
    count(Counter::kLoginDeadlines);
    owner.end(session, EndReason::kLoginDeadline, "You took too long to log in. Please connect again.", true);
  }
}

void ShardSessions::end(Session& session, EndReason reason, std::string_view text, bool tell_world) {
  const SessionHandle handle = session.handle;
  PlayerTransport& transport = *session.transport;
  const bool attached = session.attached;
  release(session, end_reason_name(reason));
  transport.end(reason, text);
  if (attached && tell_world) {
    world_->detach(handle, reason == EndReason::kShutdown ? DetachReason::kShutdown : DetachReason::kClosed);
  }
}

void ShardSessions::release(Session& session, std::string_view reason) {
  session.deadline.cancel();
  session.throttle.cancel();
  session.deferred.reset();
  session.login.reset();
  log(LogLevel::kInfo, "session_closed", {{"session", session.id.text()}, {"reason", std::string(reason)}});
  [[maybe_unused]] const Status closed = manager_.transition(*session.record, State::kClosed, clock_.wall);
  [[maybe_unused]] const Status removed =
      manager_.remove(session.id, [id = session.id](const Status& status) {
        if (status) log(LogLevel::kDebug, "session_forgotten", {{"session", id.text()}});
      });
  WYLD_DCHECK(closed.has_value() && removed.has_value());
  session.record = nullptr;
  session.transport = nullptr;
  session.input_sequence = 0;
  session.lines = TokenBucket{};
  session.side_channel = TokenBucket{};
  session.durable = session.attached = session.entered = session.input_blocked = session.congested =
      session.skipping = false;
  free_slots_.push_back(session.handle.slot);
  --live_;
  count(Counter::kSessionsClosed);
}

void ShardSessions::end_all(EndReason reason, std::string_view text) {
  for (Session& session : slots_) {
    if (session.record != nullptr) end(session, reason, text, /*tell_world=*/true);
  }
}

}  // namespace wyld::session
