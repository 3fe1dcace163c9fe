#include "http/site.h"

#include <algorithm>

#include "http/encoding.h"

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

// Every form is a representation of its own, with a tag of its own (RFC 9110 section 8.8.3.3).
std::string tag_of(const Page& page, Encoding encoding) {
  std::string tag(page.etag);
  if (encoding == Encoding::kIdentity) return tag;
  tag.pop_back();
  tag += '-';
  tag += encoding_name(encoding);
  tag += '"';
  return tag;
}

Response page_response(const Request& request, const Page& page) {
  const Encoding encoding = choose_encoding(request, page.gzip != nullptr, page.brotli != nullptr);
  const std::string tag = tag_of(page, encoding);
  Response response;
  response.content_type = page.content_type;
  response.cache_control = page.immutable ? "public, max-age=31536000, immutable" : "no-cache";
  response.more_headers = "ETag: " + tag + "\r\n";
  if (page.gzip != nullptr || page.brotli != nullptr) response.more_headers += "Vary: Accept-Encoding\r\n";
  if (is_known_to_client(request, tag)) {
    response.status = 304;
    return response;
  }
  if (encoding != Encoding::kIdentity) {
    response.more_headers += "Content-Encoding: ";
    response.more_headers += encoding_name(encoding);
    response.more_headers += "\r\n";
  }
  response.shared = encoding == Encoding::kGzip     ? page.gzip
                    : encoding == Encoding::kBrotli ? page.brotli
                                                    : page.bytes;
  return response;
}

bool is_plain_name(std::string_view segment) {
  return !segment.empty() && std::all_of(segment.begin(), segment.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

std::vector<Page> pages_of(std::span<const Asset> assets) {
  const auto share = [](std::string_view bytes) { return std::make_shared<const std::string>(bytes); };
  const auto share_form = [share](std::string_view bytes) { return bytes.empty() ? nullptr : share(bytes); };
  std::vector<Page> pages;
  for (const Asset& asset : assets) {
    pages.push_back({.path = asset.path,
                     .content_type = asset.content_type,
                     .etag = asset.etag,
                     .bytes = share(asset.bytes),
                     .gzip = share_form(asset.gzip),
                     .brotli = share_form(asset.brotli),
                     .immutable = asset.immutable});
  }
  return pages;
}

std::string_view local_path(std::string_view path) noexcept {
  const std::size_t last = path.rfind('/');
  if (last == std::string_view::npos || path.front() != '/') return path;
  for (std::size_t at = 1; at <= last;) {
    const std::size_t end = path.find('/', at);
    if (!is_plain_name(path.substr(at, end - at))) return path;
    at = end + 1;
  }
  return path.substr(last);
}

bool is_health_path(std::string_view path) noexcept { return path == kLivePath || path == kReadyPath; }

Response readiness_response(const Health& health) {
  return text_response(health.ready ? 200 : 503, health.text);
}

Response respond(const Request& request, std::span<const Page> pages) {
  if (request.method != "GET" && request.method != "HEAD") {
    Response response = text_response(405, "Only GET and HEAD are allowed here.");
    response.more_headers = "Allow: GET, HEAD\r\n";
    return response;
  }
  std::string_view path = local_path(request.path());
  if (path == kLivePath) return text_response(200, "ok");
  if (path == "/") path = "/index.html";
  for (const Page& page : pages) {
    if (page.path == path) return page_response(request, page);
  }
  return text_response(404, "There is nothing at this address. The game is at /");
}

std::string frame_ancestors(const std::vector<std::string>& allowed_origins) {
  if (allowed_origins.empty()) return "'none'";
  if (std::find(allowed_origins.begin(), allowed_origins.end(), "*") != allowed_origins.end()) return "*";
  std::string sources = "'self'";
  for (const std::string& origin : allowed_origins) {
    sources += ' ';
    sources += origin;
  }
  return sources;
}

}  // namespace wyld::http
