#pragma once
// What goes wrong with a server, in words for the operator: what it said, and what to do. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "store/database.h"

namespace wyld::store::postgres {

// Where a connection was meant to go, after libpq has filled in what the URL leaves out.
struct Target {
  std::string url;  // as configured, password included; never shown as it is
  std::string host;
  std::string port;
  std::string user;
  std::string database;
  std::string schema = "public";  // of our tables
};

// What libpq or the server said. `sqlstate` is empty when the server was not reached.
struct Complaint {
  std::string_view words;
  std::string_view sqlstate;
};

// A text that libpq does not take as a URL.
[[nodiscard]] Trouble malformed_url(std::string_view url, std::string_view words);
// A connection that was refused, or ended while it was in use.
[[nodiscard]] Trouble connect_trouble(const Target& target, const Complaint& complaint);
// A statement that failed on an open connection.
[[nodiscard]] Trouble statement_trouble(const Target& target, const Complaint& complaint);
[[nodiscard]] Trouble encoding_trouble(const Target& target, std::string_view encoding);
[[nodiscard]] Trouble newer_schema_trouble(const Target& target, std::uint32_t stored, std::uint32_t wanted);
// Anything else: `words` after the name of the database.
[[nodiscard]] Trouble trouble(const Target& target, Fault fault, std::string_view words);

}  // namespace wyld::store::postgres
