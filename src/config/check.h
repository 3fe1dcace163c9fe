#pragma once
// The syntax of texts in the settings. Each function says what is wrong with a text and what to write
// instead, phrased to follow "listen.telnet: ". Pure functions; names are not looked up.

#include <string>
#include <string_view>

#include "base/outcome.h"

namespace wyld::config {

// `text` in double quotes, with control characters escaped and cut after 60 bytes, fit for a terminal.
[[nodiscard]] std::string in_quotes(std::string_view text);

// A name shown to players: 1 to 64 bytes of UTF-8 without control characters.
[[nodiscard]] Outcome<void> check_name(std::string_view text);
[[nodiscard]] Outcome<void> check_world_name(std::string_view text);  // a name or empty
[[nodiscard]] Outcome<void> check_word(std::string_view text);        // a name without spaces
[[nodiscard]] Outcome<void> check_path(std::string_view text);        // a file or directory, or empty
// "PORT", ":PORT", "HOST:PORT", "[IPV6]:PORT"; HOST an IPv4 address or "localhost", port 0 to 65535.
[[nodiscard]] Outcome<void> check_address(std::string_view text);
// A secret that fits into one line of a header, or empty. It is not repeated in the answer.
[[nodiscard]] Outcome<void> check_key(std::string_view text);
// "demo", "telnet://HOST:PORT", "telnet://[IPV6]:PORT"; the same with grpc and grpcs.
[[nodiscard]] Outcome<void> check_world(std::string_view text);
// "memory", "sqlite", "sqlite:PATH", "postgresql://..." or "postgres://..."; what follows is the database's.
// No part of a URL is repeated in the answer: it may hold a password.
[[nodiscard]] Outcome<void> check_store(std::string_view text);
// "scheme://host", "scheme://host:port" or "*", as browsers write the Origin header.
[[nodiscard]] Outcome<void> check_origin(std::string_view text);
// A host name as browsers write it in the Host header, without the port; or "*".
[[nodiscard]] Outcome<void> check_page_host(std::string_view text);
// "ADDRESS/BITS", RFC 4632 and RFC 4291 section 2.3.
[[nodiscard]] Outcome<void> check_network(std::string_view text);

}  // namespace wyld::config
