#include "http/site.h"

#include <algorithm>

namespace wyld::http {
namespace {

// RFC 9110 section 13.1.2: weak comparison, "*" is any.
bool is_known_to_client(const Request& request, std::string_view etag) {
  const std::vector<std::string_view> known = request.list("If-None-Match");
  return std::any_of(known.begin(), known.end(), [etag](std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return tag == etag || tag == "*";
  });
}

Response asset_response(const Request& request, const Asset& asset) {
  Response response;
  response.content_type = asset.content_type;
  response.cache_control = asset.immutable ? "public, max-age=31536000, immutable" : "no-cache";
  response.more_headers = "ETag: ";
  response.more_headers += asset.etag;
  response.more_headers += "\r\n";
  if (is_known_to_client(request, asset.etag)) {
    response.status = 304;
  } else {
    response.bytes = asset.bytes;
  }
  return response;
}

}  // namespace

bool is_health_path(std::string_view path) noexcept { return path == "/livez" || path == "/readyz"; }

Response respond(const Request& request, std::span<const Asset> assets,
                 const std::function<Health()>& health) {
  if (request.method != "GET" && request.method != "HEAD") {
    Response response = text_response(405, "Only GET and HEAD are answered here.");
    response.more_headers = "Allow: GET, HEAD\r\n";
    return response;
  }
  std::string_view path = request.path();
  if (path == "/livez") return text_response(200, "ok");
  if (path == "/readyz") {
    const Health now = health ? health() : Health{true, "ok"};
    return text_response(now.ready ? 200 : 503, now.text);
  }
  if (path == "/") path = "/index.html";
  for (const Asset& asset : assets) {
    if (asset.path == path) return asset_response(request, asset);
  }
  return text_response(404, "There is nothing at this address. The game is at /");
}

}  // namespace wyld::http
