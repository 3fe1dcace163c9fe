#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "codec/capabilities.h"

namespace wyld::transport {

// Answers that any message of the client's can provoke (pongs, errors) are dropped while more than this
// waits to be written: a client that does not read cannot make the gateway collect them.
inline constexpr std::size_t kAnswersBytesMax = std::size_t{16} * 1024;

// A connection is given up when so many pings in a row were followed by nothing at all.
inline constexpr unsigned kPingsUnansweredMax = 2;

// On which Telnet connections clients are given tokens by GMCP Char.Login.
enum class GmcpTokens : std::uint8_t { kOff, kEncrypted, kPlain };

struct PlayerOptions {
  std::size_t line_bytes_max = 4096;
  std::size_t subnegotiation_bytes_max = std::size_t{16} * 1024;
  std::uint32_t negotiations_per_minute_max = 200;
  // A client that has sent no telnet command for so long gets none: it plays as a plain terminal.
  std::chrono::milliseconds negotiation_quiet{500};
  // However busy the negotiation, the world is attached by then.
  std::chrono::milliseconds negotiation_deadline{2'000};
  // IAC NOP on Telnet connections: NAT boxes and proxies forget those that are silent for a minute.
  std::chrono::milliseconds keep_alive{45'000};
  // WebSocket pings; 0: none. A browser in the background sends nothing of its own.
  std::chrono::milliseconds ping{25'000};
  // How long a connection that is ended may take to read its farewell; at shutdown, drain_timeout.
  std::chrono::milliseconds farewell{3'000};
  std::chrono::milliseconds drain_timeout{3'000};
  Charset charset_default = Charset::kUtf8;  // of Telnet clients that say nothing about theirs
  Charset charset_refused = Charset::kUtf8;  // of those that refuse to
  bool charset_assumed = false;              // a refusal counts as if the client had said so
  GmcpTokens gmcp_tokens = GmcpTokens::kOff;
  // Everybody who connects by Telnet does so through TLS that ends in front of the gateway.
  bool tls_in_front = false;
  // A proxy relays the Telnet connections: what their system confirms has reached the proxy.
  bool proxy_in_front = false;
  std::string world_name;  // told to JSON clients
  std::string version;     // told to JSON clients
};

}  // namespace wyld::transport
