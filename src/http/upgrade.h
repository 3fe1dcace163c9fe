#pragma once
// Whether a request may become a WebSocket, and in which form (RFC 6455 section 4.2).

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/message.h"
#include "session/protocol.h"

namespace wyld::http {

struct AcceptedUpgrade {
  session::Protocol protocol = session::Protocol::kWebSocketJson;
  std::string head;  // the 101 answer
};

// The answer to a request for the WebSocket's path: either the 101 or why not.
[[nodiscard]] std::variant<AcceptedUpgrade, Response> judge_upgrade(
    const Request& request, const std::vector<std::string>& allowed_origins);

// True when a page of `origin` (scheme://host[:port]) was loaded from `host` (the Host header).
[[nodiscard]] bool is_own_origin(std::string_view origin, std::string_view host) noexcept;

}  // namespace wyld::http
