#include "transport/telnet_dialect.h"

#include <algorithm>
#include <utility>

#include "base/counters.h"
#include "base/log.h"
#include "transport/connections.h"
#include "transport/farewell.h"

namespace wyld::transport {
namespace {

telnet::PlayerEndpointOptions endpoint_options(const PlayerOptions& options) {
  telnet::PlayerEndpointOptions out;
  out.line_bytes_max = options.line_bytes_max;
  out.subnegotiation_bytes_max = options.subnegotiation_bytes_max;
  out.negotiations_per_minute_max = options.negotiations_per_minute_max;
  out.charset_default = options.charset_default;
  out.charset_refused = options.charset_refused;
  out.charset_assumed = options.charset_assumed;
  return out;
}

}  // namespace

TelnetDialect::TelnetDialect(const PlayerOptions& options, session::Lease lease, bool websocket)
    : PlayerDialect(std::move(lease)),
      endpoint_(endpoint_options(options)),
      websocket_(websocket ? std::make_unique<WebSocket>(*this, static_cast<WebSocketEvents&>(*this),
                                                         ws::DecoderOptions{})
                           : nullptr),
      encrypted_(!websocket && options.tls_in_front) {
  if (websocket) {
    ask_client(DeliveryProbe::Answers::kAlways);
  } else if (options.proxy_in_front || options.tls_in_front) {
    ask_client(DeliveryProbe::Answers::kPerhaps);
  }
}

template <typename Append>
void TelnetDialect::write(Append&& append) {
  // What the endpoint has answered so far goes first: negotiations keep their order on the wire.
  if (replies_ != nullptr && !replies_->empty()) {
    write_bytes(*replies_);
    replies_->clear();
  }
  if (websocket_ == nullptr) return connection().write(append);
  std::string bytes;
  append(bytes);
  write_bytes(bytes);
}

void TelnetDialect::write_bytes(std::string_view bytes) {
  if (bytes.empty()) return;
  if (websocket_) return websocket_->send(ws::MessageKind::kBinary, bytes);
  connection().write([bytes](std::string& out) { out += bytes; });
}

void TelnetDialect::start(std::string_view address) {
  const auto protocol = websocket_ ? session::Protocol::kWebSocketTelnet : session::Protocol::kTelnet;
  if (!open_session(protocol, address)) return;
  write([&](std::string& out) { endpoint_.start(now(), out); });
  negotiation_ends_ = now() + options().negotiation_deadline;
  set_timer(std::min(negotiation_ends_, now() + options().negotiation_quiet));
}

void TelnetDialect::on_due() {
  if (negotiation_ends_ != runtime::TimePoint{}) {
    // A client that has begun to negotiate is given the whole time.
    const bool negotiates = endpoint_.speaks_telnet() && (!endpoint_.settled() || awaits_char_login());
    if (negotiates && now() < negotiation_ends_) return set_timer(negotiation_ends_);
    return settle();
  }
  if (websocket_) {
    if (!websocket_->remind()) return;
  } else {
    write([this](std::string& out) { endpoint_.send_keep_alive(out); });
  }
  remind_later();
}

std::optional<std::uint32_t> TelnetDialect::put_question() {
  if (websocket_) return probe()->outstanding() ? std::nullopt : std::optional(websocket_->ping());
  bool asked = false;
  write([&](std::string& out) { asked = endpoint_.ask_what_arrived(out); });
  return asked ? std::optional(std::uint32_t{0}) : std::nullopt;
}

runtime::Duration TelnetDialect::reminder_interval() const {
  return websocket_ ? options().ping : options().keep_alive;
}

void TelnetDialect::settle() {
  if (negotiation_ends_ == runtime::TimePoint{}) return;
  negotiation_ends_ = runtime::TimePoint{};
  endpoint_.stop_waiting();
  const Capabilities& client = endpoint_.capabilities();
  log(LogLevel::kDebug, "client_settled",
      {{"client", client.client_name},
       {"terminal", client.terminal_type},
       {"mtts", std::to_string(client.mtts)},
       {"columns", std::to_string(client.window.columns)},
       {"charset_agreed", client.charset_agreed ? "yes" : "no"},
       {"gmcp", client.gmcp ? "yes" : "no"}});
  remind_later();
  if (shown_) return sign_in();
  sessions().settled(session());
}

void TelnetDialect::on_bytes(char* data, std::size_t bytes) {
  if (websocket_) {
    websocket_->feed(data, bytes);
  } else {
    feed({data, bytes});
  }
}

void TelnetDialect::feed(std::string_view bytes) {
  std::string& replies = connection().home().reply_buffer();
  replies.clear();
  replies_ = &replies;
  endpoint_.feed(bytes, now(), *this, replies);
  // A client may refuse GMCP, or answer the offer, after everything else is settled.
  if (endpoint_.settled() && !awaits_char_login()) settle();
  replies_ = nullptr;
  write_bytes(replies);
}

void TelnetDialect::take_line(std::string_view line, bool secret) {
  if (!secret) at_line_start_ = true;  // the client has shown the Enter
  pass_line(line, secret);
}

void TelnetDialect::take_characters(std::string_view text) {
  if (keep_while_moving(session::InputKind::kCharacters, text)) return;
  if (in_session()) sessions().characters(session(), text);
}

void TelnetDialect::on_capabilities_changed() {
  if (in_session()) sessions().capabilities_changed(session());
}

void TelnetDialect::on_settled() {
  if (!awaits_char_login()) settle();
}

void TelnetDialect::take_side_channel(std::string_view package, std::string_view body) {
  if (keep_while_moving(session::InputKind::kSideChannel, body, package)) return;
  if (!in_session()) return;
  if (gmcp::Supports::concerns(package)) offer_char_login();
  if (char_login_.version == 0) return sessions().side_channel(session(), package, body);
  if (gmcp::char_login::concerns(package)) return take_char_login(package, body);
  const std::optional<std::string> told = gmcp::char_login::supports_without(package, body);
  sessions().side_channel(session(), package, told ? *told : body);
}

void TelnetDialect::on_interrupt() {
  if (in_session()) sessions().interrupt(session());
}

void TelnetDialect::on_violation(telnet::Violation violation) {
  switch (violation) {
    case telnet::Violation::kMalformed:
      count(Counter::kMalformedInput);
      log_drop("malformed");
      return;
    case telnet::Violation::kLineOversized:
      count(Counter::kLinesOversized);
      if (!std::exchange(told_oversized_, true)) {
        send_notice("That line was too long and was cut off after " +
                    std::to_string(options().line_bytes_max) + " bytes.");
      }
      return;
    case telnet::Violation::kSubnegotiationOversized:
      count(Counter::kSubnegotiationsOversized);
      log_drop("too_long");
      return;
    case telnet::Violation::kNegotiationFlood:
      count(Counter::kNegotiationFloods);
      if (in_session()) sessions().violated(session(), "Too many telnet negotiations; disconnecting.");
      return;
    case telnet::Violation::kSwallowedTooMuch:
      count(Counter::kSubnegotiationsOversized);
      if (in_session())
        sessions().violated(session(), "Your client sent a telnet message without an end; disconnecting.");
      return;
  }
}

// Once a connection: the counters say how often.
void TelnetDialect::log_drop(std::string_view reason) {
  if (std::exchange(drop_logged_, true)) return;
  const SessionId* const id = in_session() ? sessions().id_of(session()) : nullptr;
  log(LogLevel::kInfo, "subnegotiation_dropped",
      {{"session", id == nullptr ? std::string() : id->text()},
       {"from", "client"},
       {"reason", std::string(reason)}});
}

void TelnetDialect::send_text(std::string_view utf8) {
  if (!utf8.empty()) at_line_start_ = utf8.back() == '\n';
  write([&](std::string& out) { endpoint_.send_text(utf8, out); });
}

void TelnetDialect::send_encoded(const Payload& payload) {
  write([](std::string&) {});  // for the order: answers before text
  at_line_start_ = payload->ends_with('\n');
  connection().write_shared(payload);
}

void TelnetDialect::send_prompt() {
  write([&](std::string& out) { endpoint_.send_prompt_mark(out); });
}

bool TelnetDialect::send_side_channel(std::string_view package, std::string_view body) {
  const bool ours = char_login_.version != 0 && gmcp::char_login::concerns(package);
  return !ours && send_gmcp(package, body);
}

bool TelnetDialect::send_gmcp(std::string_view package, std::string_view body) {
  bool sent = false;
  write([&](std::string& out) { sent = endpoint_.send_gmcp(package, body, out); });
  return sent;
}

void TelnetDialect::send_notice(std::string_view text) {
  std::string line(at_line_start_ ? "[" : "\n[");
  line += text;
  line += "]\n";
  send_text(line);
}

void TelnetDialect::set_client_echo(bool client_echoes) {
  write([&](std::string& out) { endpoint_.set_client_echo(client_echoes, now(), out); });
}

void TelnetDialect::set_character_mode(bool on) {
  write([&](std::string& out) { endpoint_.set_character_mode(on, now(), out); });
}

session::WireForm TelnetDialect::wire_form() const {
  return {.protocol = websocket_ ? session::Protocol::kWebSocketTelnet : session::Protocol::kTelnet,
          .charset = endpoint_.capabilities().charset};
}

void TelnetDialect::say_farewell(session::EndReason reason, std::string_view text) {
  if (!text.empty()) {
    std::string line(at_line_start_ ? "" : "\n");
    line += text;
    line += '\n';
    send_text(line);
  }
  if (websocket_) websocket_->send_close(close_code(reason), text);
}

void TelnetDialect::on_message(ws::MessageKind kind, std::string_view payload) {
  if (kind == ws::MessageKind::kText)
    return websocket_->fail(ws::CloseCode::kUnsupportedData, "this subprotocol has binary messages only");
  feed(payload);
}

}  // namespace wyld::transport
