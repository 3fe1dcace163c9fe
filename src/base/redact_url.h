#pragma once

#include <string>
#include <string_view>

namespace wyld {

// `url` as it may be shown: its password, and the values of parameters named like one, are "***". Rather
// hides too much than too little where a URL is malformed.
[[nodiscard]] std::string redact_url(std::string_view url);

}  // namespace wyld
