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
      channels_{.owner = *this, .options = options_, .clock = clock_, .timers = timers_},
      ids_(ids),
      budget_(options.scrollback_shard_bytes),
      logs_{.budget = budget_, .bytes_max = options.scrollback_bytes, .epoch = options.epoch},
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
  session.world = world;
  connect(session, transport);
  ++live_;
  session.channel->set_deadline(Deadline::kLogin, options_.login_deadline);
  count(Counter::kSessionsOpened);
  log(LogLevel::kInfo, "session_opened",
      {{"session", session.id.text()},
       {"protocol", std::string(protocol_name(protocol))},
       {"address", session.record->address().text()}});
  return handle;
}

void ShardSessions::connect(Session& session, PlayerTransport& transport) {
  session.channel = std::make_unique<Channel>(channels_, transport, session.handle);
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
  if (session != nullptr && (session->attached || (session->channel && session->channel->is_resuming())))
    take_input(handle, InputKind::kSideChannel, body, package);
}

void ShardSessions::take_input(SessionHandle handle, InputKind kind, std::string_view text,
                               std::string_view package) {
  Session* session = find(handle);
  if (session == nullptr) return;
  manager_.touch(*session->record, clock_.wall);
  bool first = false;
  if (kind != InputKind::kSideChannel) {
    first = session->channel && session->channel->has_typed();
    if (!remember(*session)) return;
  }
  if (is_untouched(*session)) {
    // A client that types before it has negotiated will not negotiate: it plays as it is.
    greet(*session);
    session = find(handle);
    if (session == nullptr) return;
  }
  switch (session->input.take(kind, text, package, waits_for_answer(*session), pace())) {
    case PacedInput::Verdict::kPasses:
      // A world may have taken who has said nothing yet.
      if (first && kind == InputKind::kLine && session->entered && resumes_by_code(*session, text)) return;
      return pass_on(handle, kind, text, package);
    case PacedInput::Verdict::kIsThrottled:
      count(Counter::kLinesThrottled);
      return update_reading(*session);
    case PacedInput::Verdict::kWaits:
      return;
    case PacedInput::Verdict::kFirstDropped:
      count(Counter::kInputsDropped);
      return tell_cut(*session);
    case PacedInput::Verdict::kDropped:
      return count(Counter::kInputsDropped);
  }
}

void ShardSessions::tell_cut(Session& session) {
  tell(session, "You are sending too fast: some of your input was dropped.");
}

void ShardSessions::pass_on(SessionHandle handle, InputKind kind, std::string_view text,
                            std::string_view package) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  const bool is_line = kind == InputKind::kLine || kind == InputKind::kSecretLine;
  if (kind == InputKind::kLine && !session->entered && resumes_by_code(*session, text)) return;
  if (session->channel && session->channel->login() != nullptr) {
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
    std::optional<Input> next = session->input.next(pace());
    if (!next) {
      if (!session->input.waits()) update_reading(*session);
      return;
    }
    Input& input = *next;
    const bool may_be_password =
        (session->channel && session->channel->login() != nullptr) || input.kind == InputKind::kSecretLine;
    pass_on(handle, input.kind, input.text, input.package);
    if (may_be_password) wipe(input.text);
  }
}

void ShardSessions::update_reading(Session& session) {
  if (is_held(session)) return;
  session.channel->set_reading(session.input.waits(), session.input_blocked);
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
  if (session == nullptr || !session->channel || session->record->state() == State::kConnecting) return;
  // A window that is being dragged tells every size it passes through: the last one counts.
  if (!session->channel->may_request(Channel::Request::kCapabilities, session->input.gate())) return;
  note_capabilities(*session);
  if (session->attached)
    session->world->capabilities_changed(handle, session->channel->transport().capabilities());
}

void ShardSessions::hear_late(Session& session) {
  const SessionHandle handle = session.handle;
  const Channel::LateRequests late = session.channel->take_late();
  if (late.capabilities) capabilities_changed(handle);
  if (late.code) code_wanted(handle);
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
  if (!session->input.gate().take_request(options_.rates, clock_.now))
    return count(Counter::kRequestsCoalesced);
  if (session->attached) session->world->interrupt(handle);
  if (find(handle) == session && session->channel) repeat_question(*session);
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

bool ShardSessions::channel_deadline(SessionHandle handle, Deadline which) {
  Session* const session = find(handle);
  const Channel* const channel = session->channel.get();
  deadline_passed(*session, which);
  return find(handle) == session && session->channel.get() == channel;
}

void ShardSessions::deadline_passed(Session& session, Deadline which) {
  switch (which) {
    case Deadline::kStore:
      return give_up_coming_back(session);
    case Deadline::kCode:
      return show_code(session);
    case Deadline::kEcho:
      return session.channel->look_at_echo();
    case Deadline::kLoginWait:
      return login_waited(session);
    case Deadline::kLate:
      return hear_late(session);
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
  PlayerTransport* const transport = session.channel ? &session.channel->transport() : nullptr;
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
  count(Counter::kInputsDropped, session.input.count());
  session.input.clear();
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
