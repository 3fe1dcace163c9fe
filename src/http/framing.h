#pragma once
// Whether a request's length is beyond doubt (RFC 9112 section 6).

#include <string_view>

#include "http/message.h"

namespace wyld::http {

// Why the end of this request is ambiguous; empty when it is clear. A proxy in front could read an ambiguous
// request differently and take part of its body for another one (request smuggling), so it is answered 400
// and the connection ends.
[[nodiscard]] std::string_view framing_objection(const Request& request);

// True when a body follows the head. Only of a request without objection.
[[nodiscard]] bool announces_body(const Request& request);

}  // namespace wyld::http
