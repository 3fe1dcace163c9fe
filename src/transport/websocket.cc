#include "transport/websocket.h"

#include <charconv>
#include <string>

#include "base/counters.h"
#include "transport/connections.h"

namespace wyld::transport {

void WebSocket::feed(char* data, std::size_t bytes) {
  unanswered_pings_ = 0;
  decoder_.feed(data, bytes, *this);
}

void WebSocket::send(ws::MessageKind kind, std::string_view payload) {
  dialect_.connection().write([&](std::string& out) { ws::append_message(kind, payload, out); });
}

std::uint32_t WebSocket::ping() {
  const std::string number = std::to_string(++ping_);
  dialect_.connection().write([&number](std::string& out) { ws::append_ping(number, out); });
  return ping_;
}

void WebSocket::on_pong(std::string_view payload) {
  std::uint32_t number = 0;
  std::from_chars(payload.data(), payload.data() + payload.size(), number);
  if (number <= pong_ || number > ping_) return;
  pong_ = number;
  events_.on_pong(number);
}

void WebSocket::send_close(ws::CloseCode code, std::string_view reason) {
  dialect_.connection().write([&](std::string& out) { ws::append_close(code, reason, out); });
}

bool WebSocket::remind() {
  Connection& connection = dialect_.connection();
  // A client that is not read from cannot have answered.
  if (connection.is_reading() && ++unanswered_pings_ > kPingsUnansweredMax) {
    count(Counter::kWebSocketFailures);
    connection.give_up();
    return false;
  }
  connection.write([](std::string& out) { ws::append_ping({}, out); });
  return true;
}

void WebSocket::on_ping(std::string_view payload) {
  // A client that floods pings and does not read the answers gets no more of them.
  Connection& connection = dialect_.connection();
  if (connection.queued_bytes() > kAnswersBytesMax) return;
  connection.write([payload](std::string& out) { ws::append_pong(payload, out); });
}

void WebSocket::on_close(std::uint16_t /*code*/, std::string_view /*reason*/) {
  close(ws::CloseCode::kNormal, {});
}

void WebSocket::on_failure(ws::CloseCode code, const char* what) {
  count(Counter::kWebSocketFailures);
  close(code, what);
}

void WebSocket::close(ws::CloseCode code, std::string_view reason) {
  events_.on_websocket_end();
  send_close(code, reason);
  dialect_.connection().close_after_flush(dialect_.connection().home().options().farewell);
}

}  // namespace wyld::transport
