// The sessions of one shard: slots, and where input goes. shard_sessions_events.cc passes on what worlds say,
// shard_sessions_broadcast.cc is about output to many, shard_sessions_ends.cc about how sessions end.
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

ShardSessions::ShardSessions(std::uint8_t shard, SessionManager& sessions,
                             const ShardSessionsOptions& settings, const TurnClock& time,
                             runtime::TimingWheel& wheel, SessionIdGenerator ids)
    : SessionShard(shard, sessions, settings, time, wheel, *this),
      ids_(ids),
      store_dirty_([](void* self) { static_cast<ShardSessions*>(self)->store_dirty(); }, this) {}

ShardSessions::~ShardSessions() {
  for (Session& session : slots_) {
    if (session.record == nullptr || session.resumable) continue;
    [[maybe_unused]] const Status removed = manager.remove(session.id);
  }
}

Session* ShardSessions::find(SessionHandle handle) noexcept {
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
  const DetailsPtr details = id != nullptr ? manager.details(*id) : nullptr;
  return details ? details->account : std::string();
}

Result<SessionHandle> ShardSessions::open(PlayerTransport& transport, Protocol protocol,
                                          std::string_view address, WorldLink* world) {
  if (world == nullptr) world = world_;
  WYLD_CHECK(world != nullptr && (accounts != nullptr || !world->gateway_logs_in()));
  if (free_slots_.empty()) {
    constexpr std::size_t kSlotsMax = 1U << 24;  // what a handle can name
    if (slots_.size() >= kSlotsMax) return fail(ErrorCode::kLimit, "the gateway is full");
    slots_.emplace_back(static_cast<SessionShard&>(*this));
    slots_.back().handle.shard = index;
    slots_.back().handle.slot = static_cast<std::uint32_t>(slots_.size() - 1) & 0xffffffU;
    free_slots_.push_back(slots_.back().handle.slot);
  }
  Session& session = slots_[free_slots_.back()];
  SessionHandle handle = session.handle;
  if (++handle.generation == 0) handle.generation = 1;
  const SessionId id = ids_.next(clock.wall);
  const Result<SessionRecord*> record = manager.open(id, handle, protocol, address, clock.wall);
  if (!record) {
    count(Counter::kSessionsRefused);
    return fail(record.error());
  }
  free_slots_.pop_back();
  session.handle = handle;
  session.id = id;
  session.record = *record;
  session.world = world;
  session.connect(transport);
  ++live_;
  session.channel->set_deadline(Deadline::kLogin, options.login_deadline);
  count(Counter::kSessionsOpened);
  log(LogLevel::kInfo, "session_opened",
      {{"session", session.id.text()},
       {"protocol", std::string(protocol_name(protocol))},
       {"address", session.record->address().text()}});
  return handle;
}

void ShardSessions::settled(SessionHandle handle) {
  Session* const session = find(handle);
  if (session != nullptr && session->is_untouched()) logins_.greet(*session);
}

void ShardSessions::line(SessionHandle handle, std::string_view text, bool secret) {
  take_input(handle, secret ? InputKind::kSecretLine : InputKind::kLine, text, {});
}

void ShardSessions::characters(SessionHandle handle, std::string_view text) {
  // One read brings a key from a person who types, and thousands of lines from one who floods.
  while (!text.empty()) {
    const std::string_view keys = first_keys(text);
    take_input(handle, InputKind::kCharacters, keys, {});
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
  manager.touch(*session->record, clock.wall);
  bool first = false;
  if (kind != InputKind::kSideChannel) {
    first = session->channel && session->channel->has_typed();
    if (!worlds_.remember(*session)) return;
  }
  if (session->is_untouched()) {
    // A client that types before it has negotiated will not negotiate: it plays as it is.
    logins_.greet(*session);
    session = find(handle);
    if (session == nullptr) return;
  }
  switch (session->input.take(kind, text, package, session->waits_for_answer(), pace())) {
    case PacedInput::Verdict::kPasses:
      // A world may have taken who has said nothing yet.
      if (first && kind == InputKind::kLine && session->entered &&
          resumption_.resumes_by_code(*session, text))
        return;
      return pass_on(handle, kind, text, package);
    case PacedInput::Verdict::kIsThrottled:
      count(Counter::kLinesThrottled);
      return session->update_reading();
    case PacedInput::Verdict::kWaits:
      return;
    case PacedInput::Verdict::kFirstDropped:
      count(Counter::kInputsDropped);
      return session->tell_cut();
    case PacedInput::Verdict::kDropped:
      return count(Counter::kInputsDropped);
  }
}

void ShardSessions::pass_on(SessionHandle handle, InputKind kind, std::string_view text,
                            std::string_view package) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  const bool is_line = kind == InputKind::kLine || kind == InputKind::kSecretLine;
  if (kind == InputKind::kLine && !session->entered && resumption_.resumes_by_code(*session, text)) return;
  if (session->channel && session->channel->login() != nullptr) {
    if (is_line) logins_.login_line(*session, text);
    return;
  }
  if (is_line) return worlds_.pass_on_line(*session, text, kind == InputKind::kSecretLine);
  if (kind == InputKind::kSideChannel) return session->world->side_channel(handle, package, text);
  if (!session->pending || session->pending->world_is_here()) session->world->characters(handle, text);
}

void ShardSessions::run_deferred(SessionHandle handle) {
  while (Session* const session = find(handle)) {
    if (session->waits_for_answer()) return;
    std::optional<Input> next = session->input.next(pace());
    if (!next) {
      if (!session->input.waits()) session->update_reading();
      return;
    }
    Input& input = *next;
    const bool may_be_password =
        (session->channel && session->channel->login() != nullptr) || input.kind == InputKind::kSecretLine;
    pass_on(handle, input.kind, input.text, input.package);
    if (may_be_password) wipe(input.text);
  }
}

void ShardSessions::capabilities_changed(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr || !session->channel || session->record->state() == State::kConnecting) return;
  // A window that is being dragged tells every size it passes through: the last one counts.
  if (!session->channel->may_request(Channel::Request::kCapabilities, session->input.gate())) return;
  session->note_capabilities();
  if (session->attached)
    session->world->capabilities_changed(handle, session->channel->transport().capabilities());
}

void ShardSessions::hear_late(Session& session) {
  const SessionHandle handle = session.handle;
  const Channel::LateRequests late = session.channel->take_late();
  if (late.capabilities) capabilities_changed(handle);
  if (late.code) code_wanted(handle);
}

void ShardSessions::interrupt(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  if (!session->input.gate().take_request(options.rates, clock.now))
    return count(Counter::kRequestsCoalesced);
  if (session->attached) session->world->interrupt(handle);
  if (find(handle) == session && session->channel) logins_.repeat_question(*session);
}

// As if it were read now: it takes tokens, or waits.
void ShardSessions::take_all(SessionHandle handle, WaitingInputs inputs) {
  if (Session* const session = find(handle); session != nullptr && inputs.dropped() > 0) session->tell_cut();
  while (!inputs.empty()) {
    Input input = inputs.pop();
    take_input(handle, input.kind, input.text, input.package);
    wipe(input.text);
  }
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
      return resumption_.give_up_coming_back(session);
    case Deadline::kCode:
      return offers_.show_code(session);
    case Deadline::kEcho:
      return session.channel->look_at_echo();
    case Deadline::kLoginWait:
      return logins_.login_waited(session);
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

OutputPosition ShardSessions::position(SessionHandle handle) const noexcept {
  if (id_of(handle) == nullptr) return {};
  return slots_[handle.slot].output.position();
}

void ShardSessions::credentials(SessionHandle handle, std::string_view account, std::string_view password) {
  if (Session* const session = find(handle)) logins_.credentials(*session, account, password);
}
void ShardSessions::resume(SessionHandle handle, ResumeRequest request) {
  if (Session* const session = find(handle)) resumption_.resume(*session, std::move(request));
}
void ShardSessions::token_kept(SessionHandle handle) {
  if (Session* const session = find(handle)) offers_.token_kept(*session);
}
void ShardSessions::code_wanted(SessionHandle handle) {
  if (Session* const session = find(handle)) offers_.code_wanted(*session);
}
void ShardSessions::edited(SessionHandle handle, std::uint64_t edit, bool cancelled, std::string_view text) {
  if (Session* const session = find(handle)) worlds_.edited(*session, edit, cancelled, text);
}

}  // namespace wyld::session
