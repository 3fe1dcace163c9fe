#pragma once
// The built play page, compiled in (cmake/embed_assets.mjs writes the table).

#include <span>
#include <string_view>
#include <vector>

#include "base/payload.h"

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

// An asset as it is sent: every connection that is busy with it refers to the same bytes.
struct Page {
  std::string_view path;
  std::string_view content_type;
  std::string_view etag;
  Payload bytes;
  Payload gzip;    // null where there is no such form
  Payload brotli;  // likewise
  bool immutable = false;
};

// `assets` outlive the result.
[[nodiscard]] std::vector<Page> pages_of(std::span<const Asset> assets);

}  // namespace wyld::http
