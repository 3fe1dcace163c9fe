#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codec/websocket/decoder.h"
#include "codec/websocket/encoder.h"
#include "transport/connection.h"
#include "transport/dialect.h"

namespace wyld::transport {

// Receives what a client sends in its WebSocket.
class WebSocketEvents {
 public:
  virtual void on_message(ws::MessageKind kind, std::string_view payload) = 0;  // whole; text is UTF-8
  // The answer to a ping(), or to one after it.
  virtual void on_pong(std::uint32_t number) = 0;
  // The client has closed the WebSocket or broken its rules; the connection closes after this.
  virtual void on_websocket_end() = 0;

 protected:
  ~WebSocketEvents() = default;
};

// The WebSocket under a dialect (RFC 6455): frames out, messages in, pings, the closing handshake.
//
// Owner    the dialect, which gives itself twice: for its connection, and for its events.
// Thread   the shard's.
class WebSocket final : private ws::DecoderSink {
 public:
  WebSocket(Dialect& dialect, WebSocketEvents& events, const ws::DecoderOptions& options)
      : dialect_(dialect), events_(events), decoder_(options) {}

  void feed(char* data, std::size_t bytes);
  void send(ws::MessageKind kind, std::string_view payload);
  // Returns its number: what comes before its pong was sent before the client had read this far.
  std::uint32_t ping();
  // The last ping() that the client has answered.
  [[nodiscard]] std::uint32_t pong() const noexcept { return pong_; }
  // Only writes the closing frame.
  void send_close(ws::CloseCode code, std::string_view reason);
  // Sends a ping to a client that has been silent. False: it has answered none of the last ones, and the
  // connection is given up.
  [[nodiscard]] bool remind();
  // The client breaks the rules of what is spoken inside: says so, and closes.
  void fail(ws::CloseCode code, const char* what) { on_failure(code, what); }

 private:
  // ws::DecoderSink:
  void on_message(ws::MessageKind kind, std::string_view payload) override {
    events_.on_message(kind, payload);
  }
  void on_ping(std::string_view payload) override;
  void on_pong(std::string_view payload) override;
  void on_close(std::uint16_t code, std::string_view reason) override;
  void on_failure(ws::CloseCode code, const char* what) override;

  void close(ws::CloseCode code, std::string_view reason);

  Dialect& dialect_;
  WebSocketEvents& events_;
  ws::Decoder decoder_;
  std::uint32_t ping_ = 0;  // the number of the last
  std::uint32_t pong_ = 0;
  std::uint8_t unanswered_pings_ = 0;
};

}  // namespace wyld::transport
