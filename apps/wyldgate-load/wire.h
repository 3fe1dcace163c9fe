// How a client's text travels: plain Telnet, or inside a WebSocket, as Telnet or in the gateway's JSON form
// (docs/protocols/websocket-json.md). Turns what is received into text and text lines into what is sent, so
// that a role need not know.
//
// Owner    one per connection. Thread: the role's.
// Errors   trouble() says what the other side did wrong; the connection is of no use after it.
// Limits   those of WebSocketPeer and TelnetPeer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wyldgate-load/telnet_peer.h"
#include "wyldgate-load/websocket_peer.h"

namespace wyld::load {

class Wire {
 public:
  enum class Form : std::uint8_t {
    kTelnet,             // on the bare connection
    kTelnetInWebSocket,  // in binary messages, subprotocol telnet.mudstandards.org
    kBinaryWebSocket,    // the same, under the name that general proxies such as websockify know: binary
    kJson,               // v1.json.wyldgate
  };

  Wire(Form form, TelnetPeer::Manner manner);

  // The client's first bytes once it is connected to `host` (ADDRESS:PORT). Empty with plain Telnet.
  std::string opening(std::string_view host) const;
  // The text in what was received, with CR LF line ends in every form. It lies in `bytes` or in `scratch`
  // and expires with them. What has to be answered is appended to `answers`, ready to be sent.
  std::string_view receive(std::span<char> bytes, std::string& answers, std::string& scratch);
  // Appends what sends `line`, which has no line end.
  void append_line(std::string_view line, std::string& out);

  // Whether the other side has agreed to this form, so that lines may be sent.
  bool open() const { return !socket_ || socket_->open(); }
  const std::string& trouble() const;

 private:
  void on_json(std::string_view message, std::string& answers, std::string& text);

  Form form_;
  TelnetPeer telnet_;
  std::optional<WebSocketPeer> socket_;
  std::string trouble_;
};

}  // namespace wyld::load
