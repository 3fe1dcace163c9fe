#pragma once
// Which requests are refused whatever they ask for.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace wyld::http {

struct Refusal {
  Response response;              // the connection ends with it
  std::string_view unknown_host;  // the reason, where that is the name the request was sent to; else empty
};

// Why this request is not served, or nothing. `hosts`: the names under which the page is served.
// `not_admitted`: why its connection was not admitted, null where it was; it may then ask for health, or
// become a WebSocket, whose player is admitted or refused in the WebSocket.
[[nodiscard]] std::optional<Refusal> refusal_of(const Request& request, const std::vector<std::string>& hosts,
                                                const Error* not_admitted);

}  // namespace wyld::http
