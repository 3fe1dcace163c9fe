#include "http/framing.h"

#include <algorithm>
#include <vector>

namespace wyld::http {
namespace {

constexpr std::string_view kTransferEncoding = "Transfer-Encoding";
constexpr std::string_view kContentLength = "Content-Length";

bool is_number(std::string_view text) {
  // 18 digits fit any integer that a proxy may use; longer ones are not honest.
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view framing_objection(const Request& request) {
  const std::size_t lengths = request.count(kContentLength);
  if (lengths > 1) return "A request has at most one Content-Length.";
  if (lengths == 1 && !is_number(request.header(kContentLength))) return "Content-Length must be a number.";
  if (request.count(kTransferEncoding) == 0) return {};
  if (lengths > 0) return "A request has a Content-Length or a Transfer-Encoding, not both.";
  if (!request.http_1_1) return "HTTP/1.0 has no Transfer-Encoding.";
  // Not trimmed further than HTTP allows: "\vchunked" is another coding.
  const std::vector<std::string_view> codings = request.list(kTransferEncoding);
  if (codings.empty() || !same_token(codings.back(), "chunked")) {
    return "A Transfer-Encoding must end in chunked.";
  }
  const auto chunked = std::count_if(codings.begin(), codings.end(),
                                     [](std::string_view coding) { return same_token(coding, "chunked"); });
  if (chunked > 1) return "A request is chunked once.";
  return {};
}

bool announces_body(const Request& request) {
  if (request.count(kTransferEncoding) > 0) return true;
  const std::string_view length = request.header(kContentLength);
  return length.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace wyld::http
