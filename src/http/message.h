#pragma once
// A request and its answer as this folder's rules see them, apart from the library that parses them.

#include <string>
#include <string_view>
#include <vector>

#include "base/payload.h"

namespace wyld::http {

struct Header {
  std::string_view name;
  std::string_view value;
};

// Views into the parser of the connection; gone with its next request.
struct Request {
  std::string_view method;
  std::string_view target;
  bool http_1_1 = true;
  bool has_body = false;
  bool keep_alive = true;
  std::vector<Header> headers;

  // The first value of `name` (any case); empty when absent. count() tells these apart.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  // The elements of all lines of a comma-separated header, trimmed, without empty ones.
  [[nodiscard]] std::vector<std::string_view> list(std::string_view name) const;
  // The target's path, without a query; of "http://host/path" too (RFC 9112 section 3.2.2).
  [[nodiscard]] std::string_view path() const noexcept;
  // Whom it is for, "HOST" or "HOST:PORT": from an absolute target, else the Host header (same section).
  [[nodiscard]] std::string_view authority() const noexcept;
};

struct Response {
  unsigned status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";  // a literal
  std::string_view cache_control = "no-store";                  // a literal
  std::string more_headers;                                     // complete lines, each with its CR LF
  std::string text;                                             // the body, or
  Payload shared;                                               // a body that others send too; null: none
  bool close = false;                                           // the connection ends with this answer

  [[nodiscard]] std::string_view body() const noexcept {
    return shared ? std::string_view(*shared) : std::string_view(text);
  }
};

[[nodiscard]] Response text_response(unsigned status, std::string_view sentence);
// Status line and headers, with the empty line. The body follows unless the method was HEAD.
// `frame_ancestors`: whose pages may show it in a frame, as in the Content-Security-Policy.
[[nodiscard]] std::string head_bytes(const Response& response, bool keep_alive,
                                     std::string_view frame_ancestors = "'none'");

[[nodiscard]] bool same_token(std::string_view a, std::string_view b) noexcept;  // ASCII, any case

}  // namespace wyld::http
