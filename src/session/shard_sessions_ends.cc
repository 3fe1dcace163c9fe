// How sessions of a shard end, and wait for their client: detached, expired, left to the store.
#include "session/shard_sessions.h"

#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "base/log.h"

namespace wyld::session {
namespace {

constexpr Milliseconds kLivedEnough = 5'000;
// How often it is looked whether the output of held sessions is to be stored again.
constexpr std::chrono::seconds kStoreDirtyAfter{1};

}  // namespace

// Where the address is bounded, a session is held only if it has lived for a while: a client that makes them
// by the hundred would leave as many connections at the game. A player who has logged in here, or who has a
// code, was promised a way back.
bool ShardSessions::keeps_place(const Session& session) const {
  if (!session.resumable) return false;
  if (session.has_place) return true;
  const Milliseconds lived =
      to_milliseconds(clock.wall) - to_milliseconds(session.record->snapshot().created);
  if (admission == nullptr || lived >= kLivedEnough) return true;
  if (!admission->bounds(session.record->address().view())) return true;
  count(Counter::kSessionsNotHeld);
  return false;
}

void ShardSessions::hold(Session& session, std::string_view reason) {
  const SessionHandle handle = session.handle;
  session.note_confirmed();
  session.detachment = std::make_unique<Detachment>(session);
  Detachment& detachment = *session.detachment;
  detachment.since = clock.wall;
  detachment.takes_side_channel = session.channel->transport().capabilities().gmcp;
  if (!session.channel->echo_is_settled()) detachment.echo_settles = clock.now + EchoReturn::kInterval;
  const bool congested = session.channel->output().is_congested();
  session.channel.reset();
  if (session.offer) session.offer->forget();
  ++detached;
  if (admission != nullptr) detachment.place = admission->hold(session.record->address().view(), handle);
  timers.schedule(detachment.expires, clock.now + options.hold);
  [[maybe_unused]] const Status moved =
      manager.transition(*session.record, State::kDisconnected, clock.wall, kHeldUntilRemoved);
  WYLD_DCHECK(moved.has_value());
  session.store_scrollback(/*complete=*/false);
  count(Counter::kSessionsHeld);
  log(LogLevel::kInfo, "session_held", {{"session", session.id.text()}, {"reason", std::string(reason)}});
  if (!session.attached) return;
  if (congested) session.world->resume(handle);
  session.world->connection_lost(handle);
  // Input that waited for an answer has its turn; the rest keeps its pace. Only now: what the world says to
  // it must not be taken for something the client has seen.
  run_deferred(handle);
}

void ShardSessions::expire(Session& session) {
  const SessionHandle handle = session.handle;
  WorldLink* const world = session.attached ? session.world : nullptr;
  count(Counter::kSessionsExpired);
  release(session, "expired");
  if (world != nullptr) world->detach(handle, DetachReason::kExpired);
}

void ShardSessions::give_way(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr || !session->is_held()) return;  // somebody was faster
  WorldLink* const world = session->attached ? session->world : nullptr;
  release(*session, "gave_way");
  if (world != nullptr) world->detach(handle, DetachReason::kExpired);
}

// The gateway stops: a later process finds the session in the store.
void ShardSessions::park(Session& session) {
  if (session.pending)
    worlds_.carry_out(session, session.pending->stop(worlds_.password_risk(session, /*masked=*/false),
                                                     clock.wall, session.input_sequence));
  if (!session.is_held()) {
    session.note_confirmed();
    [[maybe_unused]] const Status moved =
        manager.transition(*session.record, State::kDisconnected, clock.wall, kHeldUntilRemoved);
    WYLD_DCHECK(moved.has_value());
  }
  session.store_scrollback(/*complete=*/true);
  log(LogLevel::kInfo, "session_left_to_store", {{"session", session.id.text()}});
  free_slot(session);
}

void ShardSessions::mark_dirty(Session& session) {
  dirty_.push_back(session.handle);
  if (dirty_.size() == 1) timers.schedule(store_dirty_, clock.now + kStoreDirtyAfter);
}

void ShardSessions::store_dirty() {
  std::erase_if(dirty_, [this](const SessionHandle& handle) {
    Session* const session = find(handle);
    if (session == nullptr || !session->output.is_dirty()) return true;
    if (!session->output.is_due(clock.now)) return false;
    session->store_scrollback(/*complete=*/false);
    return true;
  });
  if (!dirty_.empty()) timers.schedule(store_dirty_, clock.now + kStoreDirtyAfter);
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
  if (registry != nullptr && (session.resumable || session.offer)) registry->remove(session.id);
  [[maybe_unused]] const Status closed = manager.transition(*session.record, State::kClosed, clock.wall);
  [[maybe_unused]] const Status removed = manager.remove(session.id, [id = session.id](const Status& status) {
    if (status) log(LogLevel::kDebug, "session_forgotten", {{"session", id.text()}});
  });
  WYLD_DCHECK(closed.has_value() && removed.has_value());
  count(Counter::kSessionsClosed);
  free_slot(session);
}

void ShardSessions::free_slot(Session& session) {
  if (session.is_held()) --detached;
  count(Counter::kInputsDropped, session.input.count());
  session.input.clear();
  session.clear();
  free_slots_.push_back(session.handle.slot);
  --live_;
}

void ShardSessions::end_all(EndReason reason, std::string_view text) {
  if (reason == EndReason::kShutdown) stopping.emplace(text);
  for (Session& session : slots_) {
    if (session.record != nullptr) end(session, reason, text, /*tell_world=*/true);
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

void ShardSessions::violated(SessionHandle handle, std::string_view text) {
  if (Session* const session = find(handle)) end(*session, EndReason::kViolation, text, /*tell_world=*/true);
}

}  // namespace wyld::session
