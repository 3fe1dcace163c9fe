#include "transport/json_player.h"

#include <utility>

#include "base/counters.h"
#include "codec/websocket/encoder.h"
#include "transport/farewell.h"

namespace wyld::transport {
namespace {

// Every client of this form shows ANSI colours of all depths in UTF-8: the form says so.
constexpr std::uint32_t kFormMtts = mtts::kAnsi | mtts::kUtf8 | mtts::k256Colors | mtts::kTruecolor;

// What Capabilities promises: printable ASCII, bounded.
std::string capability_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (out.size() < kCapabilityTextBytesMax && c >= ' ' && c <= '~') out += c;
  }
  return out;
}

void append_quoted(std::string_view printable, std::string& out) {
  out += '"';
  for (const char c : printable) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

JsonPlayer::JsonPlayer(Connections& home, runtime::Fd fd, session::Lease lease)
    : home_(home),
      stream_(home.loop(), std::move(fd), *this),
      lease_(std::move(lease)),
      timer_([](void* self) { static_cast<JsonPlayer*>(self)->on_timer(); }, this) {
  capabilities_.terminal_type = "XTERM-256COLOR";
  capabilities_.mtts = kFormMtts;
  capabilities_.charset_agreed = true;
}

template <typename Append>
void JsonPlayer::say(Append&& append) {
  std::string& message = home_.reply_buffer();
  message.clear();
  append(message);
  stream_.write([&message](std::string& out) { ws::append_message(ws::MessageKind::kText, message, out); });
}

void JsonPlayer::start(const std::string& address, std::string early_bytes) {
  if (!stream_.open()) {
    home_.retire(*this);
    return;
  }
  const Result<session::SessionHandle> opened =
      home_.sessions().open(*this, session::Protocol::kWebSocketJson, address);
  if (!opened) {
    end(session::EndReason::kWorldLost, opened.error().what);
    return;
  }
  session_ = *opened;
  in_session_ = true;
  const SessionId* const id = home_.sessions().id_of(session_);
  say([&](std::string& out) {
    ws::json::append_hello(id != nullptr ? id->text() : "", home_.options().world_name,
                           home_.options().version, out);
  });
  home_.loop().timers().schedule(timer_, home_.loop().now() + home_.options().negotiation_deadline);
  if (!early_bytes.empty()) stream_.inject(early_bytes.data(), early_bytes.size());
}

void JsonPlayer::on_timer() {
  if (!settled_) {
    settle();
    return;
  }
  stream_.write([](std::string& out) { ws::append_ping({}, out); });
  home_.loop().timers().schedule(timer_, home_.loop().now() + home_.options().keep_alive);
}

void JsonPlayer::settle() {
  if (std::exchange(settled_, true)) return;
  home_.loop().timers().schedule(timer_, home_.loop().now() + home_.options().keep_alive);
  if (in_session_) home_.sessions().settled(session_);
}

void JsonPlayer::on_message(ws::MessageKind kind, std::string_view payload) {
  if (kind == ws::MessageKind::kBinary) {
    on_failure(ws::CloseCode::kUnsupportedData, "this subprotocol has text messages only");
    return;
  }
  const ws::json::Limits limits{.line_bytes_max = home_.options().line_bytes_max,
                                .gmcp_bytes_max = home_.options().subnegotiation_bytes_max};
  ws::json::decode(payload, limits, *this);
}

void JsonPlayer::on_hello(const ws::json::ClientHello& hello) {
  capabilities_.client_name = capability_text(hello.client);
  capabilities_.client_version = capability_text(hello.version);
  capabilities_.window = hello.window;
  capabilities_.gmcp = hello.gmcp;
  capabilities_.mtts = hello.screen_reader ? kFormMtts | mtts::kScreenReader : kFormMtts;
  if (hello.gmcp) {
    gmcp_supports_.set(hello.gmcp_supports);
    gmcp_hello_ = R"({"client":)";
    append_quoted(capabilities_.client_name, gmcp_hello_);
    gmcp_hello_ += R"(,"version":)";
    append_quoted(capabilities_.client_version, gmcp_hello_);
    gmcp_hello_ += '}';
  }
  if (settled_) {
    if (in_session_) home_.sessions().capabilities_changed(session_);
  } else {
    settle();
  }
}

void JsonPlayer::on_line(std::string_view line) {
  settle();
  if (in_session_) home_.sessions().line(session_, line, /*secret=*/!client_echoes_);
}

void JsonPlayer::on_size(WindowSize window) {
  if (capabilities_.window == window) return;
  capabilities_.window = window;
  if (in_session_) home_.sessions().capabilities_changed(session_);
}

void JsonPlayer::on_gmcp(std::string_view package, std::string_view body) {
  gmcp_supports_.apply(package, body);
  if (in_session_) home_.sessions().side_channel(session_, package, body);
}

void JsonPlayer::on_ping_message(std::string_view id) {
  if (stream_.queued_bytes() > kAnswersBytesMax) return;
  say([id](std::string& out) { ws::json::append_pong(id, out); });
}

void JsonPlayer::on_malformed(const char* what) {
  count(Counter::kMalformedInput);
  if (stream_.queued_bytes() > kAnswersBytesMax) return;
  say([what](std::string& out) { ws::json::append_error(what, out); });
}

void JsonPlayer::send_text(std::string_view utf8) {
  say([utf8](std::string& out) { ws::json::append_text(utf8, out); });
}

void JsonPlayer::send_prompt() {
  say([](std::string& out) { ws::json::append_prompt(out); });
}

bool JsonPlayer::send_side_channel(std::string_view package, std::string_view body) {
  if (!capabilities_.gmcp) return false;
  if (!gmcp_supports_.empty() && !gmcp_supports_.covers(package)) return false;
  if (!gmcp::valid_package(package) || !gmcp::valid_body(body)) return false;
  say([&](std::string& out) { ws::json::append_gmcp(package, body, out); });
  return true;
}

void JsonPlayer::send_notice(std::string_view text) {
  say([text](std::string& out) { ws::json::append_notice(text, out); });
}

void JsonPlayer::set_client_echo(bool client_echoes) {
  if (client_echoes_ == client_echoes) return;
  client_echoes_ = client_echoes;
  say([client_echoes](std::string& out) { ws::json::append_echo(client_echoes, out); });
}

// This form has lines only; a world that wants keys gets each line with its end.
void JsonPlayer::set_character_mode(bool /*on*/) {}

void JsonPlayer::set_reading(bool on) {
  if (on) {
    stream_.resume_reading();
  } else {
    stream_.pause_reading();
  }
}

void JsonPlayer::on_drained() {
  if (in_session_) home_.sessions().drained(session_);
}

void JsonPlayer::on_end(int /*system_errno*/) {
  if (std::exchange(in_session_, false)) home_.sessions().ended(session_);
  timer_.cancel();
  home_.retire(*this);
}

void JsonPlayer::end(session::EndReason reason, std::string_view text) {
  in_session_ = false;
  timer_.cancel();
  const bool retry = reason != session::EndReason::kViolation && reason != session::EndReason::kWorldEnded;
  say([&](std::string& out) { ws::json::append_bye(end_reason_name(reason), text, retry, out); });
  stream_.write([&](std::string& out) { ws::append_close(close_code(reason), {}, out); });
  stream_.close_after_flush(farewell_time(home_.options(), reason));
}

void JsonPlayer::leave(ws::CloseCode code, std::string_view reason) {
  if (std::exchange(in_session_, false)) home_.sessions().ended(session_);
  timer_.cancel();
  stream_.write([&](std::string& out) { ws::append_close(code, reason, out); });
  stream_.close_after_flush(home_.options().farewell);
}

void JsonPlayer::on_ping(std::string_view payload) {
  if (stream_.queued_bytes() > kAnswersBytesMax) return;
  stream_.write([&](std::string& out) { ws::append_pong(payload, out); });
}

void JsonPlayer::on_pong(std::string_view /*payload*/) {}

void JsonPlayer::on_close(std::uint16_t /*code*/, std::string_view /*reason*/) {
  leave(ws::CloseCode::kNormal, {});
}

void JsonPlayer::on_failure(ws::CloseCode code, const char* what) {
  count(Counter::kWebSocketFailures);
  leave(code, what);
}

}  // namespace wyld::transport
