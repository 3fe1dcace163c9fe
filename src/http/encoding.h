#pragma once
// In which form an asset is sent (RFC 9110 section 12.5.3).

#include <string_view>

#include "http/message.h"

namespace wyld::http {

enum class Encoding : unsigned char { kIdentity, kGzip, kBrotli };

// The name in Content-Encoding; empty for kIdentity.
[[nodiscard]] std::string_view encoding_name(Encoding encoding) noexcept;

// What the client likes best of the forms there are; of equals the smallest. A client that says nothing, or
// takes nothing that is there, gets the plain form.
[[nodiscard]] Encoding choose_encoding(const Request& request, bool has_gzip, bool has_brotli);

}  // namespace wyld::http
