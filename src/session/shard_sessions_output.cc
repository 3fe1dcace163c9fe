// The output side of a shard's sessions: what the world says, and how much of it may wait.
#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "base/log.h"
#include "session/shard_sessions.h"

namespace wyld::session {
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

bool ShardSessions::admits_output(Session& session, std::size_t bytes) {
  if (session.channel->admits(bytes)) return true;
  after_output(session);
  return false;
}

void ShardSessions::after_output(Session& session) {
  if (session.channel->congests() && session.attached) session.world->pause(session.handle);
}

void ShardSessions::drained(SessionHandle handle) {
  Session* session = find(handle);
  if (session == nullptr || !session->channel) return;
  const OutputGate::Drained was = session->channel->drained();
  if (was.skipped) {
    session->channel->transport().tell_position(session->log.position());
    tell(*session, "Your connection was too slow: some output was skipped here.");
  }
  send_side_channel(*session, /*all=*/false);
  if (was.was_congested) {
    session->channel->output().relieved();
    if (session->attached) session->world->resume(handle);
  }
  // What has waited on the side channel may be much.
  if (find(handle) == session && !is_held(*session)) after_output(*session);
}

void ShardSessions::on_output(SessionHandle handle, std::string_view utf8) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  if (session->code_moment.awaits_answer())
    look_for_code(*session, session->code_moment.answered(clock_.now));
  say(*session, utf8);
}

bool ShardSessions::say(Session& session, std::string_view utf8) {
  note_output(session, OutputKind::kText, utf8);
  if (is_held(session) || !admits_output(session, utf8.size())) return false;
  session.channel->transport().send_text(utf8);
  note_sent(session);
  after_output(session);
  return true;
}

void ShardSessions::on_output_to(std::span<const SessionHandle> sessions, std::string_view utf8) {
  SharedEncoding encoding(utf8);
  for (const SessionHandle handle : sessions) {
    Session* const session = find(handle);
    if (session == nullptr) continue;
    note_output(*session, OutputKind::kText, utf8);
    if (is_held(*session) || !admits_output(*session, utf8.size())) continue;
    session->channel->transport().send_encoded(encoding.in(session->channel->transport().wire_form()));
    note_sent(*session);
    after_output(*session);
  }
}

// One of many: few calls of its transport, because a thousand of these are one broadcast.
inline bool ShardSessions::deliver(Session& session, std::string_view utf8, SharedEncoding& encoding) {
  note_output(session, OutputKind::kText, utf8);
  PlayerTransport& transport = session.channel->transport();
  const std::size_t waiting = transport.queued_bytes();
  if (!session.channel->passes(utf8.size(), waiting) && !admits_output(session, utf8.size())) return false;
  const Payload& payload = encoding.in(transport.wire_form());
  transport.send_encoded(payload);
  note_sent(session);
  if (waiting + payload->size() > options_.output_bytes_max / 4) after_output(session);
  return true;
}

Delivery ShardSessions::broadcast(std::string_view utf8) {
  SharedEncoding encoding(utf8);
  Delivery delivery;
  for (Session& session : slots_) {
    if (session.record == nullptr || !session.attached) continue;
    if (is_held(session)) {
      note_output(session, OutputKind::kText, utf8);
    } else {
      ++(deliver(session, utf8, encoding) ? delivery.queued : delivery.refused);
    }
  }
  return delivery;
}

Delivery ShardSessions::broadcast_to(std::span<const SessionHandle> sessions, std::string_view utf8) {
  SharedEncoding encoding(utf8);
  Delivery delivery;
  for (const SessionHandle handle : sessions) {
    Session* const session = find(handle);
    if (session == nullptr || !session->attached) {
      ++delivery.gone;
    } else if (is_held(*session)) {
      note_output(*session, OutputKind::kText, utf8);
      ++delivery.gone;
    } else {
      ++(deliver(*session, utf8, encoding) ? delivery.queued : delivery.refused);
    }
  }
  return delivery;
}

bool ShardSessions::send(SessionHandle handle, std::string_view utf8) {
  Session* const session = find(handle);
  return session != nullptr && say(*session, utf8);
}

void ShardSessions::on_prompt(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  note_output(*session, OutputKind::kPrompt, {});
  if (is_held(*session) || session->channel->output().is_skipping()) return;
  session->channel->transport().send_prompt();
  note_sent(*session);
}

void ShardSessions::tell(Session& session, std::string_view text) { tell_secretly(session, text, text); }

void ShardSessions::tell_secretly(Session& session, std::string_view text, std::string_view masked) {
  WYLD_DCHECK(text.size() == masked.size());
  note_output(session, OutputKind::kNotice, masked);
  if (is_held(session) || !admits_output(session, text.size())) return;
  session.channel->transport().send_notice(text);
  note_sent(session);
}

void ShardSessions::on_side_channel(SessionHandle handle, std::string_view package, std::string_view body,
                                    gmcp::Meaning meaning) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  if (!session->side_memory) session->side_memory = std::make_unique<SideChannelMemory>(side_budget_);
  if (is_held(*session) || session->channel->output().holds_back()) {
    const bool takes = is_held(*session) ? session->detachment->takes_side_channel
                                         : session->channel->transport().capabilities().gmcp;
    if (!takes)
      return session->side_memory->sent(package, body, meaning);  // it would not get the events either
    const bool kept = session->side_memory->hold_back(package, body, meaning);
    if (!kept && !std::exchange(session->side_channel_loss_logged, true))
      log(LogLevel::kWarning, "side_channel_dropped",
          {{"session", session->id.text()}, {"from", "world"}, {"reason", "too_many_wait"}});
    return;
  }
  session->side_memory->sent(package, body, meaning);
  session->channel->transport().send_side_channel(package, body);
  after_output(*session);
}

void ShardSessions::send_side_channel(Session& session, bool all) {
  if (!session.side_memory) return;
  const auto send = [&session](std::string_view package, std::string_view body) {
    session.channel->transport().send_side_channel(package, body);
  };
  if (all) {
    session.side_memory->send_all(send);
  } else {
    session.side_memory->send_waiting(send);
  }
  const std::size_t lost = session.side_memory->take_lost();
  if (lost > 0 && session.channel->transport().capabilities().gmcp) {
    tell(session, lost == 1
                      ? "One message from the game to your client was lost here."
                      : std::to_string(lost) + " messages from the game to your client were lost here.");
  }
}

void ShardSessions::on_client_echo(SessionHandle handle, bool client_echoes) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  // What the client sends before it has heard of it may still be a password.
  if (client_echoes && !session->client_echoes) {
    if (session->channel) {
      session->channel->echo_returns();
    } else {
      session->detachment->echo_settles = clock_.now + EchoReturn::kInterval;
    }
    look_for_code(*session, session->code_moment.echo_is_back(clock_.now));
  }
  session->client_echoes = client_echoes;
  if (!is_held(*session)) session->channel->transport().set_client_echo(client_echoes);
  if (client_echoes && session->pending)
    carry_out(*session, session->pending->may_send_now(session->input_sequence));
}

void ShardSessions::on_character_mode(SessionHandle handle, bool on) {
  Session* const session = find(handle);
  if (session == nullptr) return;
  session->character_mode = on;
  if (!is_held(*session)) session->channel->transport().set_character_mode(on);
}

void ShardSessions::on_notice(SessionHandle handle, std::string_view text) {
  if (Session* const session = find(handle)) tell(*session, text);
}

void ShardSessions::on_entered(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr || session->entered || !remember(*session)) return;
  session->entered = true;
  if (is_held(*session)) return;
  session->channel->deadlines().cancel(Deadline::kLogin);
  session->channel->transport().entered();
  offer_first(*session);
}

void ShardSessions::on_lost(SessionHandle handle, std::string_view text) {
  if (Session* const session = find(handle)) end(*session, EndReason::kWorldLost, text, /*tell_world=*/false);
}

void ShardSessions::on_left(SessionHandle handle, std::string_view text) {
  if (Session* const session = find(handle))
    end(*session, EndReason::kWorldEnded, text, /*tell_world=*/false);
}

}  // namespace wyld::session
