#pragma once
// Keeps passwords of database URLs out of what people read. Pure.

#include <string>
#include <string_view>

namespace wyld {

// `url` with *** for every password, whether it is a URI, a list of key=value, or neither. Where a text can
// be read in two ways, what may be a password goes.
[[nodiscard]] std::string redact_url(std::string_view url);

// `words`, which libpq or a server said of `url`, with *** for what they quote of its passwords.
[[nodiscard]] std::string redact_words(std::string_view words, std::string_view url);

}  // namespace wyld
