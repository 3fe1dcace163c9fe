#pragma once
// For which names of this machine the page is served.
//
// A browser sends the name from its address bar as Host. Somebody who owns a name can point it at this
// gateway (DNS rebinding); their page is then of the gateway's own origin and could play as the visitor. So
// only names that are known are answered.

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace wyld::http {

// The host of "HOST", "HOST:PORT", "[IPV6]" or "[IPV6]:PORT": brackets and a final dot stay. Empty when
// `authority` is none of these.
[[nodiscard]] std::string_view host_of(std::string_view authority) noexcept;

// True for a numeric address, "localhost" and one of `names` (any case; "*" is every name).
[[nodiscard]] bool is_known_host(std::string_view host, const std::vector<std::string>& names) noexcept;

// The answer to a request for a host that is not known: says what the operator sets. `host` as host_of() gave
// it.
[[nodiscard]] Response unknown_host_response(std::string_view host);

}  // namespace wyld::http
