// Resuming a session, the second phase: it gets the connection, and the client what it missed.
#include "session/resumption.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "base/log.h"
#include "session/resume_words.h"

namespace wyld::session {
namespace {

constexpr std::string_view kTakenOver = "You have connected from somewhere else; this connection is closed.";
// A connection to the game goes with the process, and the character that the game saw on it.
constexpr std::string_view kEnterGameAgain =
    "The gateway was restarted and lost its connection to the game: please log in to the game again.";

}  // namespace

void Resumption::bind(Session& session, PlayerTransport& transport) {
  const bool echo_unsettled = session.is_held() ? shard_.clock.now < session.detachment->echo_settles
                                                : !session.channel->echo_is_settled();
  session.connect(transport);
  if (echo_unsettled) session.channel->echo_returns();
  session.detachment.reset();
  transport.rebind(session.handle);
  transport.entered();
}

void Resumption::finish_resume(Session& session, PlayerTransport& transport, ResumingConnection returning) {
  if (!returning.request.token.empty()) {
    // It was good a moment ago, on another shard perhaps.
    const std::optional<ResumeToken> token = ResumeToken::parse(returning.request.token);
    const std::optional<ResumeRegistry::Found> found = offers_.find_token(*token, returning.address.view());
    if (!found || found->id != session.id) return arrive_as_new(transport, std::move(returning));
  }
  OutputLog::Time since = shard_.clock.wall;
  if (session.is_held()) {
    --shard_.detached;
    since = session.detachment->since;
    bind(session, transport);
    [[maybe_unused]] const Result<SessionRecord*> resumed = shard_.manager.resume(
        session.id, session.handle, returning.protocol, returning.address, shard_.clock.wall);
    WYLD_DCHECK(resumed.has_value());
  } else {
    session.note_confirmed();
    PlayerTransport& old = session.channel->transport();
    const bool congested = session.channel->output().is_congested();
    bind(session, transport);
    old.end(EndReason::kTakenOver, kTakenOver);
    count(Counter::kSessionsTakenOver);
    [[maybe_unused]] const Result<SessionHandle> connected =
        shard_.manager.connect(session.id, session.handle, returning.protocol, returning.address);
    WYLD_DCHECK(connected.has_value());
    session.channel->output().inherit(congested);
  }
  catch_up(session, returning, since);
  go_on(session, returning);
}

// The client is told what it has missed, and gets it.
void Resumption::catch_up(Session& session, const ResumingConnection& returning, OutputLog::Time since) {
  const OutputLog::Replay plan = session.output.replay_for(returning.request.position);
  ResumeAnswer answer{.result = plan.has_gap() ? ResumeResult::kResumedWithGap : ResumeResult::kResumed,
                      .session = session.id,
                      .from = {.epoch = shard_.options.epoch, .offset = plan.from},
                      .lines = plan.lines,
                      .bytes = plan.bytes,
                      .missing = plan.sure ? std::optional(plan.missing) : std::nullopt,
                      .in_transit = plan.in_transit,
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
  session.output.tells(plan);
  session.channel->transport().resumed(answer);
  replay(session, plan.from);
}

void Resumption::replay(Session& session, std::uint64_t from) {
  session.output.visit(from, [&session](const OutputRing::PieceView& piece) {
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
void Resumption::go_on(Session& session, ResumingConnection& returning) {
  const SessionHandle handle = session.handle;
  PlayerTransport& transport = session.channel->transport();
  session.output.attached();
  session.resumable = true;
  session.entered = true;
  if (!session.client_echoes) transport.set_client_echo(false);
  if (session.character_mode) transport.set_character_mode(true);
  // What was kept for them is theirs now.
  [[maybe_unused]] const Status cleared =
      shard_.manager.keep(session.id, {}, std::make_shared<const Scrollback>());
  session.note_capabilities();
  session.update_reading();
  const bool congested = session.channel->output().is_congested();
  session.channel->output().relieved();
  session.send_side_channel(/*all=*/true);
  session.after_output();
  if (congested && !session.channel->output().is_congested()) session.world->resume(handle);
  if (session.pending) {
    if (!session.pending->world_is_here()) transport.tell_world(false, {});
    worlds_.carry_out(session, session.pending->remind());
  }
  if (session.editing) worlds_.open_editor(session);
  transport.replayed();
  offers_.offer_next(session, returning.request);
  const std::string hello = transport.side_channel_hello();
  const std::string supports = transport.side_channel_supports();
  const DetailsPtr details = shard_.manager.details(session.id);
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
  shard_.take_all(handle, std::move(returning.inputs));
}

// A session that a previous process left in the store lives here from now on, in the place of the fresh one.
void Resumption::revive(Session& session, const SessionId& id, const ResumingConnection& returning) {
  const bool by_code = !returning.request.code.empty();
  const SessionHandle handle = session.handle;
  const std::optional<SessionSnapshot> before = shard_.manager.get(id);
  if (!shard_.registry->claim(id, handle))
    return refuse_resume(session, ResumeResult::kBusy, kResumeBusy, by_code);
  const Result<SessionRecord*> record =
      shard_.manager.resume(id, handle, returning.protocol, returning.address, shard_.clock.wall);
  if (!record || !before) {
    shard_.registry->remove(id);
    return refuse_resume(session, ResumeResult::kGone, by_code ? kResumeWrongCode : kResumeGone, by_code);
  }
  if (session.attached) {
    session.attached = false;
    session.world->detach(handle, DetachReason::kClosed);
  }
  undo_modes(session);
  worlds_.on_input_blocked(session, false);
  [[maybe_unused]] const Status removed = shard_.manager.remove(session.id);
  // The connection stays, with its rates and what it has sent after its request. All else begins anew.
  const SessionState fresh = session.clear();
  PlayerTransport& transport = fresh.channel->transport();
  session.connect(transport);
  (void)session.channel->has_typed();
  session.world = fresh.world;
  session.id = id;
  session.record = *record;
  session.remembered = session.resumable = session.entered = true;
  session.output.attached();
  session.channel->transport().entered();

  const ResumeRegistry::Kept kept = shard_.registry->take(id).value_or(ResumeRegistry::Kept{});
  session.output.continue_from(kept.scrollback.get(), returning.request.position);
  catch_up(session, returning, before->last_activity);
  session.channel->transport().replayed();

  if (session.world->has_own_login()) session.tell(kEnterGameAgain);
  if (kept.commands != nullptr && !kept.commands->empty()) {
    session.pending = std::make_unique<PendingCommands>(shard_.options.pending);
    worlds_.carry_out(session, session.pending->restore(*kept.commands));
  }
  // How far the world has come with its input, it says itself if it says so at all.
  session.input_sequence = session.world->acknowledges_input() ? kUnnumbered : 0;
  if (session.pending)
    session.input_sequence = std::max(session.input_sequence, session.pending->last_sequence());
  const DetailsPtr details = shard_.manager.details(id);
  const std::string account = details ? details->account : std::string();
  session.note_capabilities();
  // What was kept for them is theirs now.
  [[maybe_unused]] const Status cleared = shard_.manager.keep(id, {}, std::make_shared<const Scrollback>());
  offers_.offer_next(session, returning.request);
  const bool waiting = session.pending != nullptr;
  worlds_.attach_world(session, account, /*returning=*/true);
  if (shard_.find(handle) != &session) return;
  // A link that must reach its world first has called worlds_.on_away() by now.
  if (waiting && session.pending && !session.pending->world_is_here() && !session.pending->link_is_away())
    worlds_.on_back(session, {.takes_queue = !session.world->has_own_login(), .last_input = 0});
}

}  // namespace wyld::session
