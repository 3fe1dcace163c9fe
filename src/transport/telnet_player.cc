#include "transport/telnet_player.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/counters.h"
#include "base/log.h"
#include "codec/websocket/encoder.h"
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

TelnetPlayer::TelnetPlayer(Connections& home, runtime::Fd fd, session::Lease lease, bool websocket)
    : home_(home),
      stream_(home.loop(), std::move(fd), *this),
      endpoint_(endpoint_options(home.options())),
      websocket_(websocket ? std::make_unique<ws::Decoder>() : nullptr),
      lease_(std::move(lease)),
      timer_([](void* self) { static_cast<TelnetPlayer*>(self)->on_timer(); }, this),
      encrypted_(!websocket && home.options().tls_in_front) {}

TelnetPlayer::TelnetPlayer(Connections& home, Parts parts)
    : home_(home),
      stream_(home.loop(), std::move(parts.socket.fd), *this),
      endpoint_(std::move(parts.endpoint)),
      websocket_(std::move(parts.websocket)),
      lease_(std::move(parts.lease)),
      timer_([](void* self) { static_cast<TelnetPlayer*>(self)->on_timer(); }, this),
      told_oversized_(parts.told_oversized),
      drop_logged_(parts.drop_logged),
      at_line_start_(parts.at_line_start),
      encrypted_(parts.encrypted),
      char_login_(parts.char_login) {
  stream_.take_counts(parts.socket);
}

template <typename Append>
void TelnetPlayer::write(Append&& append) {
  // What the endpoint has answered so far goes first: negotiations keep their order on the wire.
  if (replies_ != nullptr && !replies_->empty()) {
    write_bytes(*replies_);
    replies_->clear();
  }
  if (websocket_ == nullptr) {
    stream_.write(append);
    return;
  }
  std::string bytes;
  append(bytes);
  write_bytes(bytes);
}

void TelnetPlayer::write_bytes(std::string_view bytes) {
  if (bytes.empty()) return;
  stream_.write([&](std::string& out) {
    if (websocket_) {
      ws::append_message(ws::MessageKind::kBinary, bytes, out);
    } else {
      out += bytes;
    }
  });
}

void TelnetPlayer::start(const std::string& address, std::string early_bytes) {
  if (!stream_.open()) {
    home_.retire(*this);
    return;
  }
  if (websocket_) stream_.note_sent_before();  // the page, perhaps, and the answer to the upgrade
  const auto protocol = websocket_ ? session::Protocol::kWebSocketTelnet : session::Protocol::kTelnet;
  const Result<session::SessionHandle> opened = home_.sessions().open(*this, protocol, address);
  if (!opened) {
    end(session::EndReason::kWorldLost, opened.error().what);
    return;
  }
  session_ = *opened;
  in_session_ = true;
  const runtime::TimePoint now = home_.loop().now();
  write([&](std::string& out) { endpoint_.start(now, out); });
  negotiation_ends_ = now + home_.options().negotiation_deadline;
  home_.loop().timers().schedule(timer_,
                                 std::min(negotiation_ends_, now + home_.options().negotiation_quiet));
  if (!early_bytes.empty()) stream_.inject(early_bytes.data(), early_bytes.size());
}

void TelnetPlayer::on_timer() {
  const runtime::TimePoint now = home_.loop().now();
  if (negotiation_ends_ != runtime::TimePoint{}) {
    // A client that has begun to negotiate is given the whole time.
    if (endpoint_.speaks_telnet() && (!endpoint_.settled() || awaits_char_login()) &&
        now < negotiation_ends_) {
      home_.loop().timers().schedule(timer_, negotiation_ends_);
      return;
    }
    settle();
    return;
  }
  if (!websocket_) {
    write([this](std::string& out) { endpoint_.send_keep_alive(out); });
    return remind_later();
  }
  // What is not read cannot have answered.
  if (!stream_.reading_paused() && ++unanswered_pings_ > kPingsUnansweredMax) return give_up();
  stream_.write([](std::string& out) { ws::append_ping({}, out); });
  remind_later();
}

void TelnetPlayer::remind_later() {
  const runtime::Duration interval = websocket_ ? home_.options().ping : home_.options().keep_alive;
  if (interval == runtime::Duration::zero()) return;
  home_.loop().timers().schedule(timer_, home_.loop().now() + home_.spread(interval));
}

// The peer is gone without a word.
void TelnetPlayer::give_up() {
  count(Counter::kWebSocketFailures);
  on_end(ETIMEDOUT);
  stream_.close();
}

void TelnetPlayer::settle() {
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
  home_.sessions().settled(session_);
}

void TelnetPlayer::on_bytes(char* data, std::size_t bytes) {
  unanswered_pings_ = 0;
  if (websocket_) {
    websocket_->feed(data, bytes, *this);
  } else {
    feed({data, bytes});
  }
}

void TelnetPlayer::feed(std::string_view bytes) {
  std::string& replies = home_.reply_buffer();
  replies.clear();
  replies_ = &replies;
  endpoint_.feed(bytes, home_.loop().now(), *this, replies);
  // A client may refuse GMCP, or answer the offer, after everything else is settled.
  if (endpoint_.settled() && !awaits_char_login()) settle();
  replies_ = nullptr;
  write_bytes(replies);
}

void TelnetPlayer::on_line(std::string_view line, bool secret) {
  if (!secret) at_line_start_ = true;  // the client has shown the Enter
  if (!moving_) settle();
  if (moving_) {
    if (!lines_behind_) lines_behind_ = std::make_unique<session::WaitingInputs>();
    if (!lines_behind_->push(secret ? session::InputKind::kSecretLine : session::InputKind::kLine, line))
      count(Counter::kInputsDropped);
    return;
  }
  if (in_session_) home_.sessions().line(session_, line, secret);
}

void TelnetPlayer::on_characters(std::string_view text) {
  if (in_session_) home_.sessions().characters(session_, text);
}

void TelnetPlayer::on_capabilities_changed() {
  if (in_session_) home_.sessions().capabilities_changed(session_);
}

void TelnetPlayer::on_settled() {
  if (!awaits_char_login()) settle();
}

void TelnetPlayer::on_gmcp(std::string_view package, std::string_view body) {
  if (!in_session_) return;
  if (gmcp::Supports::concerns(package)) offer_char_login();
  if (char_login_.version == 0) return home_.sessions().side_channel(session_, package, body);
  if (gmcp::char_login::concerns(package)) return take_char_login(package, body);
  const std::optional<std::string> told = gmcp::char_login::supports_without(package, body);
  home_.sessions().side_channel(session_, package, told ? *told : body);
}

void TelnetPlayer::on_interrupt() {
  if (in_session_) home_.sessions().interrupt(session_);
}

void TelnetPlayer::on_violation(telnet::Violation violation) {
  switch (violation) {
    case telnet::Violation::kMalformed:
      count(Counter::kMalformedInput);
      log_drop("malformed");
      return;
    case telnet::Violation::kLineOversized:
      count(Counter::kLinesOversized);
      if (!std::exchange(told_oversized_, true)) {
        send_notice("That line was too long; it was cut. Lines may have " +
                    std::to_string(home_.options().line_bytes_max) + " bytes.");
      }
      return;
    case telnet::Violation::kSubnegotiationOversized:
      count(Counter::kSubnegotiationsOversized);
      log_drop("too_long");
      return;
    case telnet::Violation::kNegotiationFlood:
      count(Counter::kNegotiationFloods);
      if (in_session_) home_.sessions().violated(session_, "Your client negotiates without end.");
      return;
    case telnet::Violation::kSwallowedTooMuch:
      count(Counter::kSubnegotiationsOversized);
      if (in_session_) home_.sessions().violated(session_, "Your client sent a subnegotiation without end.");
      return;
  }
}

// Once a connection: the counters say how often.
void TelnetPlayer::log_drop(std::string_view reason) {
  if (std::exchange(drop_logged_, true)) return;
  const SessionId* const id = in_session_ ? home_.sessions().id_of(session_) : nullptr;
  log(LogLevel::kInfo, "subnegotiation_dropped",
      {{"session", id == nullptr ? std::string() : id->text()},
       {"from", "client"},
       {"reason", std::string(reason)}});
}

void TelnetPlayer::send_text(std::string_view utf8) {
  if (!utf8.empty()) at_line_start_ = utf8.back() == '\n';
  write([&](std::string& out) { endpoint_.send_text(utf8, out); });
}

void TelnetPlayer::send_encoded(const Payload& payload) {
  write([](std::string&) {});  // for the order: answers before text
  at_line_start_ = payload->ends_with('\n');
  stream_.write_shared(payload);
}

void TelnetPlayer::send_prompt() {
  write([&](std::string& out) { endpoint_.send_prompt_mark(out); });
}

bool TelnetPlayer::send_side_channel(std::string_view package, std::string_view body) {
  const bool ours = char_login_.version != 0 && gmcp::char_login::concerns(package);
  return !ours && send_gmcp(package, body);
}

bool TelnetPlayer::send_gmcp(std::string_view package, std::string_view body) {
  bool sent = false;
  write([&](std::string& out) { sent = endpoint_.send_gmcp(package, body, out); });
  return sent;
}

void TelnetPlayer::send_notice(std::string_view text) {
  std::string line(at_line_start_ ? "[" : "\n[");
  line += text;
  line += "]\n";
  send_text(line);
}

void TelnetPlayer::set_client_echo(bool client_echoes) {
  write([&](std::string& out) { endpoint_.set_client_echo(client_echoes, home_.loop().now(), out); });
}

void TelnetPlayer::set_character_mode(bool on) {
  write([&](std::string& out) { endpoint_.set_character_mode(on, home_.loop().now(), out); });
}

void TelnetPlayer::set_reading(session::Reading reading) {
  if (reading == session::Reading::kOn) {
    stream_.resume_reading();
  } else {
    stream_.pause_reading(reading == session::Reading::kOff ? runtime::Stream::PeersEnd::kNoticed
                                                            : runtime::Stream::PeersEnd::kReadInTurn);
  }
}

session::WireForm TelnetPlayer::wire_form() const {
  return {.protocol = websocket_ ? session::Protocol::kWebSocketTelnet : session::Protocol::kTelnet,
          .charset = endpoint_.capabilities().charset};
}

// --- coming back ---

void TelnetPlayer::rebind(session::SessionHandle session) {
  session_ = session;
  in_session_ = true;
}

bool TelnetPlayer::move_to(std::uint8_t shard, Arrived then) {
  if (!home_.can_move() || stream_.closing()) return false;
  in_session_ = false;
  moving_ = true;
  timer_.cancel();
  stream_.pause_reading();
  // Not now: the endpoint is in the middle of what was read.
  home_.loop().defer([this, shard, then = std::move(then)]() mutable { leave_for(shard, std::move(then)); });
  return true;
}

void TelnetPlayer::leave_for(std::uint8_t shard, Arrived then) {
  if (stream_.closing()) return;
  runtime::Stream::Released socket = stream_.release();
  std::string unwritten = std::move(socket.unwritten);
  Moved moved{
      .parts = {.socket = std::move(socket),
                .endpoint = std::move(endpoint_),
                .websocket = std::move(websocket_),
                .lease = std::move(lease_),
                .at_line_start = at_line_start_,
                .told_oversized = told_oversized_,
                .drop_logged = drop_logged_,
                .encrypted = encrypted_,
                .char_login = char_login_},
      .rest = {
          .unwritten = std::move(unwritten), .lines = std::move(lines_behind_), .then = std::move(then)}};
  // When that shard's mailbox is full the connection closes, and its player tries again.
  if (!home_.post(shard, [moved = std::move(moved)](Connections& there) mutable {
        there.take<TelnetPlayer>(std::move(moved));
      })) {
    count(Counter::kMailboxFull);
  }
  home_.retire(*this);
}

void TelnetPlayer::arrive(Rest rest) {
  if (!stream_.open()) return home_.retire(*this);
  remind_later();
  if (!rest.unwritten.empty()) stream_.write([&rest](std::string& out) { out += rest.unwritten; });
  rest.then(home_.sessions(), *this);
  if (!rest.lines) return;
  if (rest.lines->dropped() > 0) home_.sessions().input_dropped(session_);
  while (!rest.lines->empty()) {
    session::Input line = rest.lines->pop();
    on_line(line.text, line.kind == session::InputKind::kSecretLine);
    session::wipe(line.text);
  }
}

// --- the end ---

void TelnetPlayer::on_drained() {
  if (in_session_) home_.sessions().drained(session_);
}

void TelnetPlayer::on_end(int /*system_errno*/) {
  if (std::exchange(in_session_, false)) home_.sessions().ended(session_);
  timer_.cancel();
  home_.retire(*this);
}

void TelnetPlayer::end(session::EndReason reason, std::string_view text) {
  in_session_ = false;
  timer_.cancel();
  if (!text.empty()) {
    std::string line(at_line_start_ ? "" : "\n");
    line += text;
    line += '\n';
    send_text(line);
  }
  if (websocket_) stream_.write([&](std::string& out) { ws::append_close(close_code(reason), text, out); });
  stream_.close_after_flush(farewell_time(home_.options(), reason));
}

void TelnetPlayer::close_websocket(ws::CloseCode code, std::string_view reason) {
  stream_.write([&](std::string& out) { ws::append_close(code, reason, out); });
  stream_.close_after_flush(home_.options().farewell);
}

void TelnetPlayer::on_message(ws::MessageKind kind, std::string_view payload) {
  if (kind == ws::MessageKind::kText) {
    on_failure(ws::CloseCode::kUnsupportedData, "this subprotocol has binary messages only");
    return;
  }
  feed(payload);
}

void TelnetPlayer::on_ping(std::string_view payload) {
  // Who floods pings without reading the answers gets no more of them.
  if (stream_.queued_bytes() > kAnswersBytesMax) return;
  stream_.write([&](std::string& out) { ws::append_pong(payload, out); });
}

void TelnetPlayer::on_pong(std::string_view /*payload*/) {}

void TelnetPlayer::on_close(std::uint16_t /*code*/, std::string_view /*reason*/) {
  if (std::exchange(in_session_, false)) home_.sessions().ended(session_);
  timer_.cancel();
  close_websocket(ws::CloseCode::kNormal, {});
}

void TelnetPlayer::on_failure(ws::CloseCode code, const char* what) {
  count(Counter::kWebSocketFailures);
  if (std::exchange(in_session_, false)) home_.sessions().ended(session_);
  timer_.cancel();
  close_websocket(code, what);
}

}  // namespace wyld::transport
