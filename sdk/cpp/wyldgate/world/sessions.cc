// What the gateways say.
#include "wyldgate/world/sessions.h"

#include <algorithm>
#include <exception>

namespace wyldgate::world {
namespace {

constexpr std::size_t kSessionIdBytes = 16;
constexpr std::string_view kFull = "The world is full right now. Please try again a little later.";
constexpr const char* kOver = "This session is over. Please connect again.";
constexpr std::string_view kWrong = "Something went wrong here. It has been noted.\n";

}  // namespace

Sessions::Sessions(Handler& handler, SequenceStore* store, const SessionsOptions& options)
    : handler_(handler), store_(store), options_(options) {}

Sessions::~Sessions() = default;

StreamId Sessions::open() {
  streams_.try_emplace(++last_stream_);
  return last_stream_;
}

void Sessions::close(StreamId stream, TimePoint now) {
  if (streams_.erase(stream) == 0) return;
  for (auto& [id, session] : sessions_) {
    if (session->stream_ != stream) continue;
    session->stream_ = 0;
    session->left_at_ = now;
  }
}

Sessions::Failure Sessions::take(StreamId stream, const v1::ConnectRequest& request, TimePoint now) {
  if (failed_) return "The store has failed before.";
  if (!streams_.contains(stream)) return std::nullopt;
  for (const v1::SessionEvent& event : request.events()) handle(stream, event, now);
  for (const v1::Acknowledgement& taken : request.acknowledgements()) {
    const auto found = sessions_.find(taken.session_id());
    if (found == sessions_.end() || taken.sequence() > found->second->last_command_) {
      ++ignored_;
    } else {
      acknowledged(*found->second, taken.sequence());
    }
  }
  let_go(now);
  return finish_turn();
}

Sessions::Failure Sessions::turn(const std::function<void()>& work, TimePoint now) {
  if (failed_) return "The store has failed before.";
  try {
    work();
  } catch (...) {
    for (auto& [session, command] : said_) session->said_in_turn_ = 0;
    said_.clear();
    throw;
  }
  let_go(now);
  return finish_turn();
}

void Sessions::handle(StreamId stream, const v1::SessionEvent& event, TimePoint now) {
  if (event.has_attach()) return attach(stream, event);
  const auto found = sessions_.find(event.session_id());
  if (found == sessions_.end() || found->second->stream_ != stream) {
    ++ignored_;
    return;
  }
  Session& session = *found->second;
  if (event.sequence() > session.last_event_) {
    session.last_event_ = event.sequence();
    mark_changed(session);
    if (!session.ended_) {
      guarded(session, [&] { dispatch(session, event, now); });
    } else if (event.has_detach()) {
      acknowledged(session, session.last_command_);
    } else if (session.unacknowledged_.empty()) {  // the gateway has it from an older state of its own
      v1::SessionCommand refusal = session.command();
      refusal.mutable_disconnect()->set_text(kOver);
      put(session, std::move(refusal));
    }
  }
  if (session.stream_ != stream) return;
  session.acknowledgement_is_due_ = true;  // also of a double: the gateway has missed it
  wake(session);
}

void Sessions::attach(StreamId stream, const v1::SessionEvent& event) {
  if (event.session_id().size() != kSessionIdBytes) {
    ++ignored_;
    return;
  }
  auto& place = sessions_[event.session_id()];
  const bool is_new = place == nullptr;
  if (is_new) {
    place.reset(new Session(*this, event.session_id()));
    ++live_;
  }
  Session& session = *place;
  const v1::Attach& attach = event.attach();
  acknowledged(session, attach.last_command());
  session.last_command_ = std::max(session.last_command_, attach.last_command());
  session.sent_ = session.acknowledged_;
  session.stream_ = stream;
  session.answer_is_due_ = true;
  session.waits_ = false;  // on another stream, perhaps
  wake(session);
  if (session.ended_) return;
  mark_changed(session);
  session.account_ = attach.account();
  session.address_ = attach.address();
  session.protocol_ = attach.protocol();
  session.capabilities_ = attach.capabilities();
  session.notes_ = {attach.notes().begin(), attach.notes().end()};
  session.connected_ = !attach.held();
  session.paused_ = false;
  if (!is_new) return guarded(session, [&] { handler_.returned(session); });
  session.returning_ = attach.returning();
  if (live_ > options_.sessions_max) return session.disconnect(kFull, v1::DISCONNECT_REASON_REMOVED);
  guarded(session, [&] { handler_.attached(session); });
}

void Sessions::dispatch(Session& session, const v1::SessionEvent& event, TimePoint now) {
  switch (event.event_case()) {
    case v1::SessionEvent::kInput:
      session.last_line_ = std::max(session.last_line_, event.input().line_number());
      return handler_.line(session, event.input().line(), event.input().secret());
    case v1::SessionEvent::kDetach: {
      if (event.detach().reason() != v1::DETACH_REASON_SHUTDOWN) {
        acknowledged(session, session.last_command_);
        return end(session, event.detach().reason());
      }
      // An Attach brings it back. Until then its gateway wants to hear this only.
      v1::Acknowledgement taken;
      taken.set_session_id(session.id_);
      taken.set_sequence(session.last_event_);
      streams_[session.stream_].last_acknowledgements.push_back(std::move(taken));
      session.stream_ = 0;
      session.left_at_ = now;
      session.connected_ = false;
      return handler_.presence(session);
    }
    case v1::SessionEvent::kSideChannel:
      return handler_.side_channel(session, event.side_channel().package(), event.side_channel().value());
    case v1::SessionEvent::kCapabilities:
      session.capabilities_ = event.capabilities();
      return handler_.capabilities_changed(session);
    case v1::SessionEvent::kPresence:
      session.connected_ = event.presence().connected();
      if (session.connected_) {
        session.address_ = event.presence().address();
        session.protocol_ = event.presence().protocol();
        session.capabilities_ = event.presence().capabilities();
      }
      return handler_.presence(session);
    case v1::SessionEvent::kEdited:
      return handler_.edited(session, event.edited().edit_id(), event.edited().cancelled(),
                             event.edited().text());
    case v1::SessionEvent::kInterrupt:
      return handler_.interrupt(session);
    case v1::SessionEvent::kFlow:
      session.paused_ = event.flow().paused();
      return handler_.flow(session);
    case v1::SessionEvent::kAttach:
    case v1::SessionEvent::EVENT_NOT_SET:  // of a later version of the protocol
      return;
  }
}

void Sessions::end(Session& session, v1::DetachReason reason) {
  mark_changed(session);
  session.ended_ = true;
  --live_;
  ended_.push_back(session.id_);
  while (ended_.size() > std::max<std::size_t>(options_.ended_max, 1)) {
    const auto oldest = sessions_.find(ended_.front());
    ended_.pop_front();
    if (oldest == sessions_.end()) continue;
    std::erase(changed_, oldest->second.get());
    journal::SessionRecord& record = *kept_.add_sessions();
    record.set_session_id(oldest->first);
    record.set_forgotten(true);
    sessions_.erase(oldest);
  }
  handler_.detached(session, reason);
  session.data.reset();
  session.state_.clear();
  session.notes_.clear();
  session.capabilities_.Clear();
}

void Sessions::let_go(TimePoint now) {
  if (now < next_look_) return;
  next_look_ = now + std::min<std::chrono::seconds>(std::chrono::minutes(1), options_.forget_after);
  std::vector<Session*> left;
  for (auto& [id, session] : sessions_) {
    if (!session->ended_ && session->stream_ == 0 && now - session->left_at_ >= options_.forget_after) {
      left.push_back(session.get());
    }
  }
  for (Session* session : left) {
    acknowledged(*session, session->last_command_);
    guarded(*session, [&] { end(*session, v1::DETACH_REASON_EXPIRED); });
  }
}

template <typename Work>
void Sessions::guarded(Session& session, Work&& work) {
  number_what_was_said();
  std::string what;
  try {
    work();
    number_what_was_said();
    return end_leavers();
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {
    what = "something that is no std::exception";
  }
  for (auto& [who, command] : said_) who->said_in_turn_ = 0;
  said_.clear();
  handler_.failed(session, what);
  session.output(kWrong);
  number_what_was_said();
}

// What they were told last is kept until their gateways have it.
void Sessions::end_leavers() {
  while (!leavers_.empty()) {
    Session& session = *leavers_.back();
    leavers_.pop_back();
    if (!session.ended_) guarded(session, [&] { end(session, v1::DETACH_REASON_CLOSED); });
  }
}

}  // namespace wyldgate::world
