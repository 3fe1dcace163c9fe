#include <cstdlib>
#include <string>
#include <utility>

#include "codec/websocket/encoder.h"
#include "simulation/gateway.h"
#include "simulation/player.h"

namespace wyld::simulation {
namespace {

constexpr Duration kHelloDeadline = std::chrono::seconds(2);

}  // namespace

template <typename Append>
void JsonPlayer::say(Append&& append) {
  scratch_.clear();
  append(scratch_);
  std::string frame;
  ws::append_message(ws::MessageKind::kText, scratch_, frame);
  write(frame);
}

void JsonPlayer::start(session::Protocol protocol, std::string_view address) {
  open(protocol, address);
  if (!in_session_) return;
  const session::OutputPosition position = sessions().position(session_);
  say([&](std::string& out) {
    ws::json::append_hello(session_id().text(), "Simulation", "0", out,
                           {.epoch = position.epoch, .offset = position.offset});
  });
  gateway_.timers().schedule(settling_, clock().now + kHelloDeadline);
}

void JsonPlayer::settle() {
  if (std::exchange(settled_, true)) return;
  settling_.cancel();
  if (in_session_) sessions().settled(session_);
}

void JsonPlayer::on_message(ws::MessageKind kind, std::string_view payload) {
  if (kind == ws::MessageKind::kBinary) return leave();
  ws::json::decode(payload, {}, *this);
}

void JsonPlayer::on_hello(const ws::json::ClientHello& hello) {
  if (hello.resume) {
    settled_ = true;
    settling_.cancel();
    if (!in_session_ || moving()) return;
    token_ = hello.resume->token;
    gateway_.model().token_shown(token_);
    sessions().resume(session_, {.token = hello.resume->token,
                                 .code = {},
                                 .position = session::OutputPosition{.epoch = hello.resume->seen.epoch,
                                                                     .offset = hello.resume->seen.offset}});
    return;
  }
  settle();
}

void JsonPlayer::on_line(std::string_view line, bool secret) { pass_line(line, secret || !client_echoes_); }

void JsonPlayer::on_ping_message(std::string_view id) {
  say([&](std::string& out) { ws::json::append_pong(id, out); });
}

void JsonPlayer::on_token_kept() {
  pass([this] {
    if (!in_session_) return;
    gateway_.model().token_kept(session_id());
    sessions().token_kept(session_);
  });
}

void JsonPlayer::on_code_wanted() {
  pass([this] {
    if (!in_session_) return;
    gateway_.model().code_wanted(session_id());
    sessions().code_wanted(session_);
  });
}

void JsonPlayer::send_text(std::string_view utf8) {
  say([&](std::string& out) { ws::json::append_text(utf8, out); });
}
void JsonPlayer::send_encoded(const Payload& payload) { write(*payload); }
void JsonPlayer::send_prompt() {
  say([](std::string& out) { ws::json::append_prompt(out); });
}
void JsonPlayer::send_notice(std::string_view text) {
  if (!replaying_) gateway_.model().noticed(session_id(), text);
  say([&](std::string& out) { ws::json::append_notice(text, out); });
}

void JsonPlayer::on_pong(std::string_view payload) {
  echo_pongs_ = static_cast<std::uint32_t>(std::atoi(std::string(payload).c_str()));
}

void JsonPlayer::set_client_echo(bool client_echoes) {
  if (std::exchange(client_echoes_, client_echoes) == client_echoes) return;
  say([&](std::string& out) {
    ws::json::append_echo(client_echoes ? ws::json::Echo::kClient : ws::json::Echo::kNobody, out);
  });
  std::string ping;
  ws::append_ping(std::to_string(++echo_pings_), ping);
  write(ping);
}

// A page counts for itself. Who comes back without it, by a code, is told what the gateway takes for unseen:
// after a restart that is all that was kept.
void JsonPlayer::note_repeatable() { gateway_.model().may_repeat_from(came_as_, 0); }

void JsonPlayer::on_end() {
  if (in_session_ && !moving()) note_repeatable();
  Player::on_end();
}

void JsonPlayer::end(session::EndReason reason, std::string_view text) {
  if (in_session_ && !moving()) note_repeatable();
  const bool retry = reason != session::EndReason::kViolation && reason != session::EndReason::kWorldEnded &&
                     reason != session::EndReason::kTakenOver;
  say([&](std::string& out) { ws::json::append_bye(end_reason_name(reason), text, retry, out); });
  close(reason);
}

void JsonPlayer::resumed(const session::ResumeAnswer& answer) {
  note_session();
  using Result = ws::json::ResumeResult;
  gateway_.model().answered(answer);
  const bool back = answer.result == session::ResumeResult::kResumed ||
                    answer.result == session::ResumeResult::kResumedWithGap;
  replaying_ = back;
  if (back && !token_.empty()) gateway_.model().token_taken(std::exchange(token_, {}));
  const std::string id = back ? answer.session.text() : std::string();
  say([&](std::string& out) {
    ws::json::append_resumed({.result = static_cast<Result>(answer.result),
                              .final = answer.result == session::ResumeResult::kGone,
                              .session = id,
                              .start = {.epoch = answer.from.epoch, .offset = answer.from.offset},
                              .lines = answer.lines,
                              .bytes = answer.bytes,
                              .missing = answer.missing,
                              .since = {},
                              .text = answer.text},
                             out);
  });
}

void JsonPlayer::replayed() {
  replaying_ = false;
  say([](std::string& out) { ws::json::append_replayed(out); });
}
void JsonPlayer::give_token(std::string_view token) {
  gateway_.model().token_given(session_id(), token);
  say([&](std::string& out) { ws::json::append_token(token, out); });
}
void JsonPlayer::give_code(std::string_view code) {
  gateway_.model().code_given(session_id(), code);
  say([&](std::string& out) { ws::json::append_code(code, out); });
}
void JsonPlayer::tell_position(const session::OutputPosition& position) {
  say([&](std::string& out) {
    ws::json::append_position({.epoch = position.epoch, .offset = position.offset}, out);
  });
}
void JsonPlayer::tell_world(bool here, std::string_view text) {
  say([&](std::string& out) { ws::json::append_world(here, text, out); });
}
void JsonPlayer::tell_waiting(std::size_t count) {
  say([&](std::string& out) { ws::json::append_waiting(count, out); });
}

}  // namespace wyld::simulation
