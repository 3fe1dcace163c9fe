// Output to many sessions at once.
#include "session/shard_sessions.h"

#include <array>
#include <utility>

#include "base/counters.h"

namespace wyld::session {
namespace {

// Rings share a text from so many sessions and so many bytes on; below that a copy for each is cheaper.
constexpr std::size_t kSharedSessionsMin = 4;
constexpr std::size_t kSharedBytesMin = 32;

// Text for some sessions, and how their rings have it: as one copy where that pays.
class SharedText {
 public:
  SharedText(SessionShard& shard, std::string_view text, std::size_t sessions)
      : shard_(shard), text_(text), pays_(sessions >= kSharedSessionsMin && text.size() >= kSharedBytesMin) {}

  void note_in(Session& session) {
    if (!pays_ || !session.output.is_recording()) return session.note(OutputKind::kText, text_);
    if (!kept_) kept_ = shard_.budget.share(text_, shard_.clock.wall);
    session.note(kept_, text_.size());
  }

 private:
  SessionShard& shard_;
  const std::string_view text_;
  const bool pays_;
  SharedOutput kept_;
};

}  // namespace

class ShardSessions::SharedEncoding {
 public:
  explicit SharedEncoding(std::string_view utf8) : utf8_(utf8) {}

  const Payload& in(WireForm form) {
    Payload& payload = payloads_[form.index()];
    if (!payload) {
      auto bytes = std::make_shared<std::string>();
      encode_text(form, utf8_, *bytes);
      payload = std::move(bytes);
    }
    return payload;
  }

 private:
  std::string_view utf8_;
  std::array<Payload, kWireFormCount> payloads_;
};

void ShardSessions::on_output_to(std::span<const SessionHandle> sessions, std::string_view utf8) {
  SharedEncoding encoding(utf8);
  SharedText shared(*this, utf8, sessions.size());
  for (const SessionHandle handle : sessions) {
    Session* const session = find(handle);
    if (session == nullptr) continue;
    shared.note_in(*session);
    if (session->is_held() || !session->admits_output(utf8.size())) continue;
    session->channel->transport().send_encoded(encoding.in(session->channel->transport().wire_form()));
    session->note_sent();
    session->after_output();
  }
}

// One of many: few calls of its transport, because a thousand of these are one broadcast.
inline bool ShardSessions::deliver(Session& session, std::string_view utf8, SharedEncoding& encoding) {
  PlayerTransport& transport = session.channel->transport();
  const std::size_t waiting = transport.queued_bytes();
  if (!session.channel->passes(utf8.size(), waiting) && !session.admits_output(utf8.size())) return false;
  const Payload& payload = encoding.in(transport.wire_form());
  transport.send_encoded(payload);
  session.note_sent();
  if (waiting + payload->size() > options.output_bytes_max / 4) session.after_output();
  return true;
}

Delivery ShardSessions::broadcast(std::string_view utf8) {
  SharedEncoding encoding(utf8);
  Delivery delivery;
  budget.broadcast(utf8, clock.wall);
  for (Session& session : slots_) {
    if (session.record == nullptr) continue;
    if (!session.attached) {
      session.output.stop_following();
      continue;
    }
    session.note_broadcast(utf8.size());
    if (session.channel) ++(deliver(session, utf8, encoding) ? delivery.queued : delivery.refused);
  }
  return delivery;
}

Delivery ShardSessions::broadcast_to(std::span<const SessionHandle> sessions, std::string_view utf8) {
  SharedEncoding encoding(utf8);
  SharedText shared(*this, utf8, sessions.size());
  Delivery delivery;
  for (const SessionHandle handle : sessions) {
    Session* const session = find(handle);
    if (session == nullptr || !session->attached) {
      ++delivery.gone;
      continue;
    }
    shared.note_in(*session);
    if (session->is_held()) {
      ++delivery.gone;
    } else {
      ++(deliver(*session, utf8, encoding) ? delivery.queued : delivery.refused);
    }
  }
  return delivery;
}

bool ShardSessions::send(SessionHandle handle, std::string_view utf8) {
  Session* const session = find(handle);
  return session != nullptr && session->say(utf8);
}

void ShardSessions::drained(SessionHandle handle) {
  Session* session = find(handle);
  if (session == nullptr || !session->channel) return;
  const OutputGate::Drained was = session->channel->drained();
  if (was.skipped) {
    session->channel->transport().tell_position(session->output.position());
    session->tell("Your connection was too slow: some output was skipped here.");
  }
  session->send_side_channel(/*all=*/false);
  if (was.was_congested) {
    session->channel->output().relieved();
    if (session->attached) session->world->resume(handle);
  }
  // What has waited on the side channel may be much.
  if (find(handle) == session && !session->is_held()) session->after_output();
}

}  // namespace wyld::session
