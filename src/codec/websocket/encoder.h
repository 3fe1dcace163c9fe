#pragma once
// Server-to-client frames (RFC 6455 section 5.2): never masked, never fragmented.

#include <string>
#include <string_view>

#include "codec/websocket/decoder.h"

namespace wyld::ws {

void append_message(MessageKind kind, std::string_view payload, std::string& out);
// `payload` is cut to 125 bytes, `reason` to 123 at a character boundary.
void append_ping(std::string_view payload, std::string& out);
void append_pong(std::string_view payload, std::string& out);
void append_close(CloseCode code, std::string_view reason, std::string& out);

// base64(SHA-1(key + GUID)), RFC 6455 section 4.2.2.
[[nodiscard]] std::string accept_key(std::string_view sec_websocket_key);

}  // namespace wyld::ws
