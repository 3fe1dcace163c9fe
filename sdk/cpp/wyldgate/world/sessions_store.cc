// What the store keeps, and how a new process gets it back.
#include "wyldgate/world/sessions.h"

namespace wyldgate::world {
namespace {

constexpr std::size_t kJournalTurnBytes = 1024 * 1024;

}  // namespace

Sessions::Failure Sessions::load(TimePoint now) {
  if (store_ == nullptr) return std::nullopt;
  if (Failure failure = store_->load([this](journal::Turn&& turn) { replay(std::move(turn)); })) {
    failed_ = true;
    return failure;
  }
  for (auto& [id, session] : sessions_) {
    session->left_at_ = now;
    if (session->ended_) {
      ended_.push_back(id);
    } else {
      ++live_;
    }
  }
  Failure failure = store_->rewrite(everything());
  failed_ = failure.has_value();
  return failure;
}

void Sessions::replay(journal::Turn&& turn) {
  for (v1::SessionCommand& said : *turn.mutable_said()) {
    auto& session = sessions_[said.session_id()];
    if (session == nullptr) session.reset(new Session(*this, said.session_id()));
    session->unacknowledged_.push_back(std::move(said));
  }
  for (journal::SessionRecord& record : *turn.mutable_sessions()) {
    if (record.forgotten()) {
      sessions_.erase(record.session_id());
      continue;
    }
    auto& session = sessions_[record.session_id()];
    if (session == nullptr) session.reset(new Session(*this, record.session_id()));
    session->last_event_ = record.last_event();
    session->last_line_ = record.last_line();
    session->last_command_ = record.last_command();
    session->ended_ = record.ended();
    if (record.has_state()) session->state_ = std::move(*record.mutable_state());
    acknowledged(*session, record.acknowledged());
  }
}

journal::SessionRecord Sessions::record_of(const Session& session) {
  journal::SessionRecord record;
  record.set_session_id(session.id_);
  record.set_last_event(session.last_event_);
  record.set_last_line(session.last_line_);
  record.set_last_command(session.last_command_);
  record.set_acknowledged(session.acknowledged_);
  record.set_ended(session.ended_);
  return record;
}

std::vector<journal::Turn> Sessions::everything() const {
  std::vector<journal::Turn> turns(1);
  std::size_t bytes = 0;
  for (const auto& [id, session] : sessions_) {
    journal::SessionRecord record = record_of(*session);
    if (!session->state_.empty()) record.set_state(session->state_);
    bytes += record.ByteSizeLong();
    *turns.back().add_sessions() = std::move(record);
    for (const v1::SessionCommand& said : session->unacknowledged_) {
      bytes += said.ByteSizeLong();
      *turns.back().add_said() = said;
      if (bytes > kJournalTurnBytes) {
        bytes = 0;
        turns.emplace_back();
      }
    }
    if (bytes > kJournalTurnBytes) {
      bytes = 0;
      turns.emplace_back();
    }
  }
  return turns;
}

Sessions::Failure Sessions::finish_turn() {
  number_what_was_said();
  end_leavers();
  Failure failure;
  if (store_ != nullptr && (!changed_.empty() || kept_.sessions_size() > 0)) {
    for (const Session* session : changed_) {
      journal::SessionRecord& record = *kept_.add_sessions();
      record = record_of(*session);
      if (session->state_changed_) record.set_state(session->state_);
    }
    failure = store_->append(kept_);
    if (!failure && store_->is_long()) failure = store_->rewrite(everything());
    failed_ = failure.has_value();
  }
  for (Session* session : changed_) session->changed_ = session->state_changed_ = false;
  changed_.clear();
  kept_.Clear();
  return failure;
}

}  // namespace wyldgate::world
