// What the world says: numbers, and messages for streams.
#include <algorithm>
#include <utility>

#include "wyldgate/world/sessions.h"
#include "wyldgate/world/text.h"

namespace wyldgate::world {
namespace {

constexpr std::size_t kCommandBytesLeast = 16;  // what the mention of a session costs
constexpr std::size_t kBroadcastsMax = 1000;

}  // namespace

void Sessions::number_what_was_said() {
  for (auto& [session, command] : said_) {
    session->said_in_turn_ = 0;
    if (session->ended_ || std::ranges::find(leavers_, session) != leavers_.end()) continue;
    if (command.has_disconnect()) leavers_.push_back(session);
    put(*session, std::move(command));
  }
  said_.clear();
}

void Sessions::put(Session& session, v1::SessionCommand&& command) {
  command.set_sequence(++session.last_command_);
  if (store_ != nullptr) *kept_.add_said() = command;
  session.unacknowledged_.push_back(std::move(command));
  mark_changed(session);
  wake(session);
}

void Sessions::acknowledged(Session& session, std::uint64_t number) {
  session.acknowledged_ = std::max(session.acknowledged_, number);
  auto& waiting = session.unacknowledged_;
  while (!waiting.empty() && waiting.front().sequence() <= session.acknowledged_) waiting.pop_front();
}

void Sessions::mark_changed(Session& session) {
  if (session.changed_) return;
  session.changed_ = true;
  changed_.push_back(&session);
}

void Sessions::wake(Session& session) {
  if (session.waits_ || session.stream_ == 0) return;
  session.waits_ = true;
  streams_[session.stream_].waiting.push_back(session.id_);
}

bool Sessions::next(StreamId id, v1::ConnectResponse& message) {
  const auto found = streams_.find(id);
  if (failed_ || found == streams_.end()) return false;
  Stream& stream = found->second;
  message.Clear();
  std::size_t bytes = 0;
  for (v1::Acknowledgement& taken : stream.last_acknowledgements) {
    *message.add_acknowledgements() = std::move(taken);
  }
  stream.last_acknowledgements.clear();
  while (!stream.waiting.empty() && bytes < options_.message_bytes) {
    std::string session_id = std::move(stream.waiting.front());
    stream.waiting.pop_front();
    const auto place = sessions_.find(session_id);
    if (place == sessions_.end() || place->second->stream_ != id) continue;
    Session& session = *place->second;
    bytes += kCommandBytesLeast;
    if (std::exchange(session.answer_is_due_, false)) {
      v1::SessionCommand& answer = *message.add_commands();
      answer.set_session_id(session_id);
      answer.mutable_attached()->set_last_event(session.last_event_);
      answer.mutable_attached()->set_last_line(session.last_line_);
      session.acknowledgement_is_due_ = false;  // this was one
    }
    if (std::exchange(session.acknowledgement_is_due_, false)) {
      v1::Acknowledgement& taken = *message.add_acknowledgements();
      taken.set_session_id(session_id);
      taken.set_sequence(session.last_event_);
    }
    auto said =
        std::ranges::upper_bound(session.unacknowledged_, session.sent_, {}, &v1::SessionCommand::sequence);
    for (; said != session.unacknowledged_.end() && bytes < options_.message_bytes; ++said) {
      bytes += said->ByteSizeLong();
      session.sent_ = said->sequence();
      *message.add_commands() = *said;
    }
    session.waits_ = said != session.unacknowledged_.end();
    if (session.waits_) stream.waiting.push_back(std::move(session_id));
  }
  for (; !stream.broadcasts.empty() && bytes < options_.message_bytes; stream.broadcasts.pop_front()) {
    bytes += stream.broadcasts.front().ByteSizeLong();
    *message.add_broadcasts() = std::move(stream.broadcasts.front());
  }
  message.set_properties_changed(std::exchange(stream.properties_changed, false));
  return message.ByteSizeLong() > 0;
}

Session* Sessions::find(std::string_view id) {
  const auto found = sessions_.find(std::string(id));
  return found == sessions_.end() || found->second->ended_ ? nullptr : found->second.get();
}

void Sessions::for_each(const std::function<void(Session&)>& work) {
  for (auto& [id, session] : sessions_) {
    if (!session->ended_) work(*session);
  }
}

void Sessions::broadcast(std::string_view text) {
  v1::Broadcast broadcast;
  broadcast.mutable_all();
  broadcast.set_text(well_formed(text));
  send_to_all(broadcast);
}

void Sessions::broadcast_to(std::span<const std::string> session_ids, std::string_view text) {
  v1::Broadcast broadcast;
  for (const std::string& id : session_ids) broadcast.mutable_sessions()->add_session_ids(id);
  broadcast.set_text(well_formed(text));
  if (!session_ids.empty()) send_to_all(broadcast);
}

void Sessions::broadcast_to_noted(const std::map<std::string, std::string>& notes, std::string_view text) {
  v1::Broadcast broadcast;
  broadcast.mutable_notes()->mutable_equal()->insert(notes.begin(), notes.end());
  broadcast.set_text(well_formed(text));
  send_to_all(broadcast);
}

void Sessions::send_to_all(const v1::Broadcast& broadcast) {
  for (auto& [id, stream] : streams_) {
    if (stream.broadcasts.size() < kBroadcastsMax) stream.broadcasts.push_back(broadcast);
  }
}

void Sessions::properties_changed() {
  for (auto& [id, stream] : streams_) stream.properties_changed = true;
}

}  // namespace wyldgate::world
