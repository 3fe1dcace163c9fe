#include "session/wire_form.h"

#include "codec/telnet/player_endpoint.h"
#include "codec/websocket/encoder.h"
#include "codec/websocket/json_form.h"

namespace wyld::session {

void encode_text(WireForm form, std::string_view utf8, std::string& out) {
  switch (form.protocol) {
    case Protocol::kTelnet:
      telnet::encode_text(utf8, form.charset, out);
      return;
    case Protocol::kWebSocketTelnet: {
      std::string bytes;
      telnet::encode_text(utf8, form.charset, bytes);
      ws::append_message(ws::MessageKind::kBinary, bytes, out);
      return;
    }
    case Protocol::kWebSocketJson: {
      std::string message;
      ws::json::append_text(utf8, message);
      ws::append_message(ws::MessageKind::kText, message, out);
      return;
    }
  }
}

}  // namespace wyld::session
