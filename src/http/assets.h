#pragma once
// The built play page, compiled in (cmake/embed_assets.mjs writes the table).

#include <span>
#include <string_view>

namespace wyld::http {

struct Asset {
  std::string_view path;  // "/index.html"
  std::string_view content_type;
  std::string_view etag;  // strong, with its quotes
  std::string_view bytes;
  // The same, compressed when the program was built; empty where that gains nothing.
  std::string_view gzip;
  std::string_view brotli;
  bool immutable = false;  // the name holds a hash of the content
};

[[nodiscard]] std::span<const Asset> embedded_assets() noexcept;

}  // namespace wyld::http
