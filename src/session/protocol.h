#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wyld::session {

// How a player's client speaks to us.
enum class Protocol : std::uint8_t { kTelnet, kWebSocketJson, kWebSocketTelnet };
inline constexpr std::array kProtocols{Protocol::kTelnet, Protocol::kWebSocketJson,
                                       Protocol::kWebSocketTelnet};
inline constexpr std::size_t kProtocolCount = kProtocols.size();

[[nodiscard]] constexpr std::string_view protocol_name(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::kTelnet:
      return "telnet";
    case Protocol::kWebSocketJson:
      return "websocket-json";
    case Protocol::kWebSocketTelnet:
      return "websocket-telnet";
  }
  return "unknown";
}

}  // namespace wyld::session
