// Sessions that wait for their client: held, expired, left to the store.
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "base/log.h"
#include "session/shard_sessions.h"

namespace wyld::session {
namespace {

constexpr Milliseconds kLivedEnough = 5'000;
// How often it is looked whether the output of held sessions is to be stored again.
constexpr std::chrono::seconds kStoreDirtyAfter{1};

}  // namespace

OutputPosition ShardSessions::position(SessionHandle handle) const noexcept {
  if (id_of(handle) == nullptr) return {};
  return slots_[handle.slot].log.position();
}

// Where the address is bounded, a session is held only if it has lived for a while: a client that makes them
// by the hundred would leave as many connections at the game. A player who has logged in here, or who has a
// code, was promised a way back.
bool ShardSessions::keeps_place(const Session& session) const {
  if (!session.resumable) return false;
  if (session.has_place) return true;
  const Milliseconds lived =
      to_milliseconds(clock_.wall) - to_milliseconds(session.record->snapshot().created);
  if (admission_ == nullptr || lived >= kLivedEnough) return true;
  if (!admission_->bounds(session.record->address().view())) return true;
  count(Counter::kSessionsNotHeld);
  return false;
}

void ShardSessions::give_way(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr || !is_held(*session)) return;  // somebody was faster
  WorldLink* const world = session->attached ? session->world : nullptr;
  release(*session, "gave_way");
  if (world != nullptr) world->detach(handle, DetachReason::kExpired);
}

void ShardSessions::hold(Session& session, std::string_view reason) {
  const SessionHandle handle = session.handle;
  note_confirmed(session);
  session.detachment = std::make_unique<Detachment>(&session);
  Detachment& detachment = *session.detachment;
  detachment.since = clock_.wall;
  detachment.takes_side_channel = session.channel->transport().capabilities().gmcp;
  if (!session.channel->echo_is_settled()) detachment.echo_settles = clock_.now + EchoReturn::kInterval;
  const bool congested = session.channel->output().is_congested();
  session.channel.reset();
  if (session.offer) session.offer->forget();
  ++held_;
  if (admission_ != nullptr) detachment.place = admission_->hold(session.record->address().view(), handle);
  timers_.schedule(detachment.expires, clock_.now + options_.hold);
  [[maybe_unused]] const Status moved =
      manager_.transition(*session.record, State::kDisconnected, clock_.wall, kHeldUntilRemoved);
  WYLD_DCHECK(moved.has_value());
  store_scrollback(session, /*complete=*/false);
  count(Counter::kSessionsHeld);
  log(LogLevel::kInfo, "session_held", {{"session", session.id.text()}, {"reason", std::string(reason)}});
  if (!session.attached) return;
  if (congested) session.world->resume(handle);
  session.world->connection_lost(handle);
  // Input that waited for an answer has its turn; the rest keeps its pace. Only now: what the world says to
  // it must not be taken for something the client has seen.
  run_deferred(handle);
}

void ShardSessions::on_expired(void* context) {
  Session& session = *static_cast<Session*>(context);
  session.owner.expire(session);
}

void ShardSessions::expire(Session& session) {
  const SessionHandle handle = session.handle;
  WorldLink* const world = session.attached ? session.world : nullptr;
  count(Counter::kSessionsExpired);
  release(session, "expired");
  if (world != nullptr) world->detach(handle, DetachReason::kExpired);
}

// The gateway stops: a later process finds the session in the store.
void ShardSessions::park(Session& session) {
  if (session.pending)
    carry_out(session, session.pending->stop(password_risk(session, /*masked=*/false), clock_.wall,
                                             session.input_sequence));
  if (!is_held(session)) {
    note_confirmed(session);
    [[maybe_unused]] const Status moved =
        manager_.transition(*session.record, State::kDisconnected, clock_.wall, kHeldUntilRemoved);
    WYLD_DCHECK(moved.has_value());
  }
  store_scrollback(session, /*complete=*/true);
  log(LogLevel::kInfo, "session_left_to_store", {{"session", session.id.text()}});
  free_slot(session);
}

void ShardSessions::note_confirmed(Session& session) {
  PlayerTransport& transport = session.channel->transport();
  session.log.detached(transport.delivered_output(), transport.counts_output());
}

void ShardSessions::store_scrollback(Session& session, bool complete) {
  [[maybe_unused]] const Status kept = manager_.keep(
      session.id, {}, std::make_shared<const Scrollback>(session.log.to_store(complete, clock_.now)));
  WYLD_DCHECK(kept.has_value());
}

void ShardSessions::mark_dirty(Session& session) {
  dirty_.push_back(session.handle);
  if (dirty_.size() == 1) timers_.schedule(store_dirty_, clock_.now + kStoreDirtyAfter);
}

void ShardSessions::store_dirty() {
  std::erase_if(dirty_, [this](const SessionHandle& handle) {
    Session* const session = find(handle);
    if (session == nullptr || !session->log.is_dirty()) return true;
    if (!session->log.is_due(clock_.now)) return false;
    store_scrollback(*session, /*complete=*/false);
    return true;
  });
  if (!dirty_.empty()) timers_.schedule(store_dirty_, clock_.now + kStoreDirtyAfter);
}

}  // namespace wyld::session
