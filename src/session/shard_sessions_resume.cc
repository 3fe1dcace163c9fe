// Clients that come back to their session. shard_sessions_held.cc is about sessions that wait for them,
// shard_sessions_tokens.cc about what proves them; docs/design/resume.md has the whole.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "base/log.h"
#include "session/shard_sessions.h"

namespace wyld::session {
namespace {

constexpr std::string_view kResumeWord = "resume";
constexpr std::string_view kTakenOver = "You have connected from somewhere else; this connection is closed.";
// None of them says that a session has ended where another gateway on the same database may hold it.
constexpr std::string_view kGone =
    "Your session was not found: it has expired, was closed, or is on another gateway.";
constexpr std::string_view kElsewhere = "This gateway does not have your session, but another one may.";
constexpr std::string_view kElsewhereLogIn =
    "This gateway does not have your session, but another one may. Try again later, or log in here.";
constexpr std::string_view kWrongCode =
    "No session has that code. Check it for typing mistakes; the session may also have expired, been "
    "closed, or be on another gateway.";
// A connection to the game goes with the process, and the character that the game saw on it.
constexpr std::string_view kEnterGameAgain =
    "The gateway was restarted and lost its connection to the game: please log in to the game again.";
constexpr std::string_view kTooMany = "Too many wrong codes from your address. Please wait a minute.";
constexpr std::string_view kBusy =
    "The gateway is too busy to find your session right now. Please try again.";
// With a database that does not answer, before the client is asked to try again.
constexpr std::chrono::seconds kStorePatience{8};

bool same_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
         });
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

// "21:05 UTC".
std::string time_of_day(std::chrono::system_clock::time_point time) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count() % (24 * 60);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d UTC", static_cast<int>(minutes / 60),
                static_cast<int>(minutes % 60));
  return text.data();
}

std::string size_in_words(std::uint64_t bytes) {
  return bytes < 1000 ? counted(bytes, "byte", "bytes")
                      : "about " + std::to_string((bytes + 500) / 1000) + " kB";
}

std::string words_of(const ResumeAnswer& answer) {
  std::string words = "You are back.";
  if (!answer.missing.has_value()) {
    words += " Some output since " + time_of_day(answer.since) + " may be missing.";
  } else if (*answer.missing > 0) {
    words += " Output since " + time_of_day(answer.since) +
             " is incomplete: " + size_in_words(*answer.missing) + " could not be kept.";
  }
  if (answer.lines > 0) words += " " + counted(answer.lines, "line", "lines") + " you missed:";
  return words;
}

}  // namespace

bool ShardSessions::resumes_by_code(Session& session, std::string_view line) {
  if (registry_ == nullptr || line.size() <= kResumeWord.size() || line[kResumeWord.size()] != ' ' ||
      !same_word(line.substr(0, kResumeWord.size()), kResumeWord)) {
    return false;
  }
  const std::string_view text = line.substr(kResumeWord.size() + 1);
  const std::optional<ResumeCode> code = ResumeCode::parse(text);
  if (code) resume_by_code(session, *code, text);
  return code.has_value();
}

void ShardSessions::resume_by_code(Session& session, const ResumeCode& code, std::string_view text) {
  const std::optional<ResumeRegistry::Found> found = registry_->find(code);
  if (!found) {
    const bool borne = registry_->bears_wrong_code(session.record->address().text(), clock_.wall);
    return refuse_resume(session, ResumeResult::kGone, borne ? kWrongCode : kTooMany, /*by_code=*/true);
  }
  resume_found(session, *found, {.token = {}, .code = std::string(text), .position = {}});
}

void ShardSessions::resume(SessionHandle handle, ResumeRequest request) {
  Session* const session = find(handle);
  if (session == nullptr || !session->channel || session->channel->is_resuming()) return;
  // A world may take who has said nothing yet.
  if (session->entered && !session->channel->is_fresh()) {
    return refuse_resume(*session, ResumeResult::kGone, "You are in another session already.",
                         /*by_code=*/false);
  }
  resume_by_token(*session, std::move(request));
}

void ShardSessions::resume_by_token(Session& session, ResumeRequest request) {
  const std::optional<ResumeToken> token = ResumeToken::parse(request.token);
  if (registry_ == nullptr || !token)
    return refuse_resume(session, ResumeResult::kGone, kGone, /*by_code=*/false);
  const std::optional<ResumeRegistry::Found> found = find_token(*token, session.record->address().text());
  if (!found) return look_elsewhere(session, token->family, std::move(request));
  registry_->note_replay(session.channel->transport().token_client());
  resume_found(session, *found, std::move(request));
}

void ShardSessions::resume_found(Session& session, const ResumeRegistry::Found& found,
                                 ResumeRequest request) {
  if (found.home.generation == 0 && waits_for_store(session, found.id, request)) return;
  Returning returning{.home = found.home,
                      .request = std::move(request),
                      .protocol = session.record->protocol(),
                      .address = session.record->address(),
                      .inputs = WaitingInputs(options_.waiting)};
  if (found.home.generation == 0) {
    revive(session, found.id, returning);
  } else {
    come_back(session, std::move(returning));
  }
}

// Were this process killed before the store knew, a later one would take what the former has stored for all
// that was ever said.
bool ShardSessions::waits_for_store(Session& session, const SessionId& id, const ResumeRequest& request) {
  ScrollbackPtr open = registry_->to_open(id);
  if (open == nullptr) return false;
  const Status kept =
      manager_.keep(id, {}, std::move(open), when_stored<&ShardSessions::coming_back_stored>(session.handle));
  if (!kept) return false;  // it has just expired
  wait_for_store(session, id, request);
  return true;
}

void ShardSessions::wait_for_store(Session& session, const SessionId& id, ResumeRequest request) {
  session.channel->begin_resume(id, std::move(request), kStorePatience);
  update_reading(session);
}

void ShardSessions::coming_back_stored(SessionHandle handle, bool /*stored*/) {
  Session& session = *find(handle);
  const std::unique_ptr<Channel::Resuming> coming = session.channel ? session.channel->end_resume() : nullptr;
  if (coming == nullptr) return;
  registry_->opened(coming->id);
  if (coming->request.code.empty()) {
    resume_by_token(session, std::move(coming->request));
  } else {
    resume_by_code(session, *ResumeCode::parse(coming->request.code), coming->request.code);
  }
  run_deferred(handle);
}

void ShardSessions::look_elsewhere(Session& session, const ResumeFamily& family, ResumeRequest request) {
  SessionStore::Done done = when_stored<&ShardSessions::looked_elsewhere>(session.handle);
  const bool asked = manager_.find_elsewhere(family, [done = std::move(done)](const Status& found) mutable {
    // A store that cannot tell has not said that the session is over.
    done(found || found.error().code != ErrorCode::kNotFound ? Status{} : found);
  });
  if (!asked) return refuse_resume(session, ResumeResult::kGone, kGone, /*by_code=*/false);
  wait_for_store(session, {}, std::move(request));
}

void ShardSessions::looked_elsewhere(SessionHandle handle, bool may_be_there) {
  Session& session = *find(handle);
  const std::unique_ptr<Channel::Resuming> coming = session.channel ? session.channel->end_resume() : nullptr;
  if (coming == nullptr) return;
  const ResumeToken token = *ResumeToken::parse(coming->request.token);
  if (const std::optional<ResumeRegistry::Found> found =
          find_token(token, session.record->address().text())) {
    registry_->note_replay(session.channel->transport().token_client());
    resume_found(session, *found, std::move(coming->request));  // the store has just brought it
  } else if (may_be_there) {
    refuse_resume(session, ResumeResult::kElsewhere, asks_again(session) ? kElsewhere : kElsewhereLogIn,
                  /*by_code=*/false);
  } else {
    refuse_resume(session, ResumeResult::kGone, kGone, /*by_code=*/false);
  }
  run_deferred(handle);
}

void ShardSessions::give_up_coming_back(Session& session) {
  const SessionHandle handle = session.handle;
  const std::unique_ptr<Channel::Resuming> coming = session.channel->end_resume();
  refuse_resume(session, ResumeResult::kBusy, kBusy, /*by_code=*/!coming->request.code.empty());
  run_deferred(handle);
}

// The connection goes on as the new session that it has.
void ShardSessions::refuse_resume(Session& session, ResumeResult result, std::string_view text, bool by_code,
                                  const OutputPosition* told) {
  count(Counter::kResumeRefused);
  const SessionHandle handle = session.handle;
  if (by_code) {
    tell(session, text);
    return repeat_question(session);
  }
  session.channel->transport().resumed(
      {.result = result, .session = session.id, .from = position(handle), .text = text});
  if (told != nullptr && *told != position(handle))
    session.channel->transport().tell_position(position(handle));
  if (result == ResumeResult::kBusy || (result == ResumeResult::kElsewhere && asks_again(session)))
    return end(session, EndReason::kBusy, text, /*tell_world=*/true);
  if (session.entered) return offer_again(session);
  if (session.channel->login() == nullptr) return settled(handle);
  repeat_question(session);
}

void ShardSessions::come_back(Session& fresh, Returning returning) {
  PlayerTransport& transport = fresh.channel->transport();
  const bool by_code = !returning.request.code.empty();
  if (returning.home.shard == shard_) {
    Session* const session = find(returning.home);
    if (session == nullptr || session == &fresh)
      return refuse_resume(fresh, ResumeResult::kGone, by_code ? kWrongCode : kGone, by_code);
    returning.inputs = fresh.input.take_waiting();
    discard(fresh);
    return take_over(*session, transport, std::move(returning));
  }
  const std::uint8_t home = returning.home.shard;
  returning.inputs = fresh.input.take_waiting();
  returning.told = position(fresh.handle);
  const bool moving = transport.move_to(
      home, [returning = std::move(returning)](ShardSessions& there, PlayerTransport& self) mutable {
        there.arrive(self, std::move(returning));
      });
  if (!moving) return refuse_resume(fresh, ResumeResult::kBusy, kBusy, by_code);
  discard(fresh);
}

// What a connection had before it came back is over; the connection is not.
void ShardSessions::discard(Session& fresh) {
  const SessionHandle handle = fresh.handle;
  WorldLink* const world = fresh.attached ? fresh.world : nullptr;
  undo_modes(fresh);
  release(fresh, "resumed_another");
  if (world != nullptr) world->detach(handle, DetachReason::kClosed);
}

void ShardSessions::undo_modes(Session& fresh) {
  const bool secret =
      !fresh.client_echoes || (fresh.channel->login() != nullptr && fresh.channel->login()->is_secret());
  if (secret) fresh.channel->transport().set_client_echo(true);
  if (fresh.character_mode) fresh.channel->transport().set_character_mode(false);
}

void ShardSessions::arrive(PlayerTransport& transport, Returning returning) {
  // The session is not gone, it is in the store: what proves it must not be refused.
  if (stopping_) return transport.end(EndReason::kShutdown, *stopping_);
  Session* const session = find(returning.home);
  if (session == nullptr) return arrive_as_new(transport, std::move(returning));
  take_over(*session, transport, std::move(returning));
}

void ShardSessions::arrive_as_new(PlayerTransport& transport, Returning returning) {
  const bool by_code = !returning.request.code.empty();
  const Result<SessionHandle> opened = open(transport, returning.protocol, returning.address.view());
  if (!opened) return transport.end(EndReason::kBusy, opened.error().what);
  transport.rebind(*opened);
  Session& session = *find(*opened);
  if (by_code) greet(session);
  if (find(*opened) == &session)
    refuse_resume(session, ResumeResult::kGone, by_code ? kWrongCode : kGone, by_code, &returning.told);
  take_all(*opened, std::move(returning.inputs));
}

void ShardSessions::bind(Session& session, PlayerTransport& transport) {
  const bool echo_unsettled =
      is_held(session) ? clock_.now < session.detachment->echo_settles : !session.channel->echo_is_settled();
  connect(session, transport);
  if (echo_unsettled) session.channel->echo_returns();
  session.detachment.reset();
  transport.rebind(session.handle);
  transport.entered();
}

void ShardSessions::take_over(Session& session, PlayerTransport& transport, Returning returning) {
  if (!returning.request.token.empty()) {
    // It was good a moment ago, on another shard perhaps.
    const std::optional<ResumeToken> token = ResumeToken::parse(returning.request.token);
    const std::optional<ResumeRegistry::Found> found = find_token(*token, returning.address.view());
    if (!found || found->id != session.id) return arrive_as_new(transport, std::move(returning));
  }
  OutputLog::Time since = clock_.wall;
  if (is_held(session)) {
    --held_;
    since = session.detachment->since;
    bind(session, transport);
    [[maybe_unused]] const Result<SessionRecord*> resumed =
        manager_.resume(session.id, session.handle, returning.protocol, returning.address, clock_.wall);
    WYLD_DCHECK(resumed.has_value());
  } else {
    note_confirmed(session);
    PlayerTransport& old = session.channel->transport();
    const bool congested = session.channel->output().is_congested();
    bind(session, transport);
    old.end(EndReason::kTakenOver, kTakenOver);
    count(Counter::kSessionsTakenOver);
    [[maybe_unused]] const Result<SessionHandle> connected =
        manager_.connect(session.id, session.handle, returning.protocol, returning.address);
    WYLD_DCHECK(connected.has_value());
    session.channel->output().inherit(congested);
  }
  catch_up(session, returning, since);
  go_on(session, returning);
}

// The client is told what it has missed, and gets it.
void ShardSessions::catch_up(Session& session, const Returning& returning, OutputLog::Time since) {
  const OutputLog::Replay plan = session.log.replay_for(returning.request.position);
  ResumeAnswer answer{.result = plan.has_gap() ? ResumeResult::kResumedWithGap : ResumeResult::kResumed,
                      .session = session.id,
                      .from = {.epoch = options_.epoch, .offset = plan.from},
                      .lines = plan.lines,
                      .bytes = plan.bytes,
                      .missing = plan.sure ? std::optional(plan.missing) : std::nullopt,
                      .since = since,
                      .text = {}};
  const std::string words = words_of(answer);
  answer.text = words;
  count(plan.has_gap() ? Counter::kResumedWithGap : Counter::kResumed);
  log(LogLevel::kInfo, "session_resumed",
      {{"session", session.id.text()},
       {"result", std::string(resume_result_name(answer.result))},
       {"bytes", std::to_string(answer.bytes)}});
  // Not `from`: a client that is lost before it has read of the gap must hear of it again.
  session.channel->transport().begin_output(plan.wanted);
  session.log.tells(plan);
  session.channel->transport().resumed(answer);
  replay(session, plan.from);
}

void ShardSessions::replay(Session& session, std::uint64_t from) {
  session.log.visit(from, [&session](const OutputRing::PieceView& piece) {
    switch (piece.kind) {
      case OutputKind::kText:
        session.channel->transport().send_text(piece.text);
        break;
      case OutputKind::kPrompt:
        session.channel->transport().send_prompt();
        break;
      case OutputKind::kNotice:
        session.channel->transport().send_notice(piece.text);
        break;
    }
    session.channel->transport().note_output(piece.offset + OutputRing::size_of(piece.kind, piece.text));
  });
}

// A connection stands in for the one before: it is brought to the same state, and the world hears of it.
void ShardSessions::go_on(Session& session, Returning& returning) {
  const SessionHandle handle = session.handle;
  PlayerTransport& transport = session.channel->transport();
  session.log.attached();
  session.resumable = true;
  session.entered = true;
  if (!session.client_echoes) transport.set_client_echo(false);
  if (session.character_mode) transport.set_character_mode(true);
  // What was kept for them is theirs now.
  [[maybe_unused]] const Status cleared = manager_.keep(session.id, {}, std::make_shared<const Scrollback>());
  note_capabilities(session);
  update_reading(session);
  const bool congested = session.channel->output().is_congested();
  session.channel->output().relieved();
  send_side_channel(session, /*all=*/true);
  after_output(session);
  if (congested && !session.channel->output().is_congested()) session.world->resume(handle);
  if (session.pending) {
    if (!session.pending->world_is_here()) transport.tell_world(false, {});
    carry_out(session, session.pending->remind());
  }
  if (session.editing) open_editor(session);
  transport.replayed();
  offer_next(session, returning.request);
  const std::string hello = transport.side_channel_hello();
  const std::string supports = transport.side_channel_supports();
  const DetailsPtr details = manager_.details(session.id);
  session.world->connection_restored(handle,
                                     PlayerInfo{.id = session.id,
                                                .address = session.record->address().view(),
                                                .capabilities = transport.capabilities(),
                                                .side_channel_hello = hello,
                                                .side_channel_supports = supports,
                                                .account = details ? std::string_view(details->account) : "",
                                                .returning = true,
                                                .metadata = details ? &details->metadata : nullptr});
  // After what the session's last connection has left: each keeps the pace of the session.
  take_all(handle, std::move(returning.inputs));
}

// A session that a previous process left in the store lives here from now on, in the place of the fresh one.
void ShardSessions::revive(Session& session, const SessionId& id, const Returning& returning) {
  const bool by_code = !returning.request.code.empty();
  const SessionHandle handle = session.handle;
  const std::optional<SessionSnapshot> before = manager_.get(id);
  if (!registry_->claim(id, handle)) return refuse_resume(session, ResumeResult::kBusy, kBusy, by_code);
  const Result<SessionRecord*> record =
      manager_.resume(id, handle, returning.protocol, returning.address, clock_.wall);
  if (!record || !before) {
    registry_->remove(id);
    return refuse_resume(session, ResumeResult::kGone, by_code ? kWrongCode : kGone, by_code);
  }
  if (session.attached) {
    session.attached = false;
    session.world->detach(handle, DetachReason::kClosed);
  }
  undo_modes(session);
  on_input_blocked(handle, false);
  [[maybe_unused]] const Status removed = manager_.remove(session.id);
  // The connection stays, with its rates and what it has sent behind its request. All else begins anew.
  const SessionState fresh = session.clear();
  PlayerTransport& transport = fresh.channel->transport();
  connect(session, transport);
  (void)session.channel->has_typed();
  session.world = fresh.world;
  session.id = id;
  session.record = *record;
  session.remembered = session.resumable = session.entered = true;
  session.log.attached();
  session.channel->transport().entered();

  const ResumeRegistry::Kept kept = registry_->take(id).value_or(ResumeRegistry::Kept{});
  session.log.continue_from(kept.scrollback.get(), returning.request.position);
  catch_up(session, returning, before->last_activity);
  session.channel->transport().replayed();

  if (session.world->has_own_login()) tell(session, kEnterGameAgain);
  if (kept.commands != nullptr && !kept.commands->empty()) {
    session.pending = std::make_unique<PendingCommands>(options_.pending);
    carry_out(session, session.pending->restore(*kept.commands));
  }
  // How far the world has come with its input, it says itself if it says so at all.
  session.input_sequence = session.world->acknowledges_input() ? kUnnumbered : 0;
  if (session.pending)
    session.input_sequence = std::max(session.input_sequence, session.pending->last_sequence());
  const DetailsPtr details = manager_.details(id);
  const std::string account = details ? details->account : std::string();
  note_capabilities(session);
  // What was kept for them is theirs now.
  [[maybe_unused]] const Status cleared = manager_.keep(id, {}, std::make_shared<const Scrollback>());
  offer_next(session, returning.request);
  const bool waiting = session.pending != nullptr;
  attach_world(session, account, /*returning=*/true);
  if (find(handle) != &session) return;
  // A link that must reach its world first has called on_away() by now.
  if (waiting && session.pending && !session.pending->world_is_here() && !session.pending->link_is_away())
    on_back(handle, {.takes_queue = !session.world->has_own_login(), .last_input = 0});
}

}  // namespace wyld::session
