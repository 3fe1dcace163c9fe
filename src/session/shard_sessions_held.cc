// Sessions that wait for their client: held, expired, left to the store.
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "base/log.h"
#include "session/shard_sessions.h"

namespace wyld::session {
namespace {

constexpr std::ptrdiff_t kEarlierEpochsMax = 7;
constexpr Milliseconds kLivedEnough = 5'000;
// How often it is looked whether the output of held sessions is to be stored again.
constexpr std::chrono::seconds kStoreDirtyAfter{1};
// Each time all that is kept is written. It is worth it when half as much is new, or when this time has gone
// by: a kill in between leaves a gap, and the player hears of it.
constexpr std::size_t kStoreShare = 2;
constexpr std::chrono::seconds kStoreAtLatest{60};

}  // namespace

OutputPosition ShardSessions::position(SessionHandle handle) const noexcept {
  if (id_of(handle) == nullptr) return {};
  return {.epoch = options_.epoch, .offset = slots_[handle.slot].offset};
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
  const bool attached = session->attached;
  release(*session, "gave_way");
  if (attached) world_->detach(handle, DetachReason::kExpired);
}

void ShardSessions::hold(Session& session, std::string_view reason) {
  const SessionHandle handle = session.handle;
  note_confirmed(session);
  session.lost = clock_.wall;
  session.takes_side_channel = session.transport->capabilities().gmcp;
  session.transport = nullptr;
  session.coming_back.reset();
  session.late.reset();
  if (session.offer) session.offer->forget();
  session.skipping = false;
  ++held_;
  if (admission_ != nullptr) session.place = admission_->hold(session.record->address().view(), handle);
  session.deadlines.cancel_all();
  set_deadline(session, Deadline::kHold, options_.hold);
  [[maybe_unused]] const Status moved =
      manager_.transition(*session.record, State::kDisconnected, clock_.wall, kHeldUntilRemoved);
  WYLD_DCHECK(moved.has_value());
  store_scrollback(session, /*complete=*/false);
  count(Counter::kSessionsHeld);
  log(LogLevel::kInfo, "session_held", {{"session", session.id.text()}, {"reason", std::string(reason)}});
  const bool congested = std::exchange(session.congested, false);
  if (!session.attached) return;
  if (congested) world_->resume(handle);
  world_->connection_lost(handle);
  // Input that waited for an answer has its turn; the rest keeps its pace. Only now: what the world says to
  // it must not be taken for something the client has seen.
  run_deferred(handle);
}

void ShardSessions::expire(Session& session) {
  const SessionHandle handle = session.handle;
  const bool attached = session.attached;
  count(Counter::kSessionsExpired);
  release(session, "expired");
  if (attached) world_->detach(handle, DetachReason::kExpired);
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
  const std::uint64_t confirmed = std::min(session.transport->delivered_output(), session.offset);
  if (session.former && confirmed > session.former->told_from) session.former->told = true;
  // Who does not count may come with another screen than the one that has the beginning of the line.
  session.confirmed = session.ring.line_begin(confirmed);
  // A client that counts knows better what it has, when it is back.
  session.kept_from = session.transport->counts_output() ? 0 : session.confirmed;
}

void ShardSessions::store_scrollback(Session& session, bool complete) {
  // A gap of the former process that nobody has read of yet is still to be told.
  if (session.former && !session.former->complete && !session.former->told) complete = false;
  Scrollback scrollback{
      .epoch = options_.epoch, .confirmed = session.confirmed, .complete = complete, .end = session.offset};
  if (session.former && session.former->complete) {
    const std::vector<std::uint64_t>& epochs = session.former->epochs;
    const auto kept = std::min<std::ptrdiff_t>(std::ssize(epochs), kEarlierEpochsMax);
    scrollback.earlier_epochs.assign(epochs.end() - kept, epochs.end());
  }
  session.ring.visit(session.kept_from, [&scrollback](const OutputRing::PieceView& piece) {
    scrollback.pieces.push_back({.kind = piece.kind,
                                 .offset = piece.offset,
                                 .text = std::string(piece.text),
                                 .created = piece.created});
  });
  session.dirty = false;
  session.stored_end = session.offset;
  session.stored_at = clock_.now;
  session.stored_bytes = 0;
  for (const OutputPiece& piece : scrollback.pieces) session.stored_bytes += piece.text.size();
  [[maybe_unused]] const Status kept =
      manager_.keep(session.id, {}, std::make_shared<const Scrollback>(std::move(scrollback)));
  WYLD_DCHECK(kept.has_value());
}

void ShardSessions::mark_dirty(Session& session) {
  if (std::exchange(session.dirty, true)) return;
  dirty_.push_back(session.handle);
  if (dirty_.size() == 1) timers_.schedule(store_dirty_, clock_.now + kStoreDirtyAfter);
}

bool ShardSessions::is_due(const Session& session) const noexcept {
  return (session.offset - session.stored_end) * kStoreShare >= session.stored_bytes ||
         clock_.now - session.stored_at >= kStoreAtLatest;
}

void ShardSessions::store_dirty() {
  std::erase_if(dirty_, [this](const SessionHandle& handle) {
    Session* const session = find(handle);
    if (session == nullptr || !session->dirty) return true;
    if (!is_due(*session)) return false;
    store_scrollback(*session, /*complete=*/false);
    return true;
  });
  if (!dirty_.empty()) timers_.schedule(store_dirty_, clock_.now + kStoreDirtyAfter);
}

}  // namespace wyld::session
