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
  // NAT boxes forget connections that are silent longer.
  std::chrono::milliseconds keep_alive{60'000};
  // How long a connection that is ended may take to read its farewell; at shutdown, drain_timeout.
  std::chrono::milliseconds farewell{3'000};
  std::chrono::milliseconds drain_timeout{3'000};
  Charset charset_default = Charset::kUtf8;
  GmcpTokens gmcp_tokens = GmcpTokens::kOff;
  // Everybody who connects by Telnet does so through TLS that ends in front of the gateway.
  bool tls_in_front = false;
  std::string world_name;  // told to JSON clients
  std::string version;     // told to JSON clients
};

}  // namespace wyld::transport
