#include "simulation/web_visit.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "codec/websocket/json_form.h"

namespace wyld::simulation {

std::string WebVisit::page_request(std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
}

std::string WebVisit::upgrade_request(session::Protocol protocol) {
  return fmt::format(
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
      "Sec-WebSocket-Protocol: {}\r\n\r\n",
      protocol == session::Protocol::kWebSocketJson ? ws::json::kSubprotocol : "telnet.mudstandards.org");
}

void WebVisit::begin(std::size_t pages) {
  buffer_.clear();
  awaited_ = pages + 1;
}

std::string WebVisit::feed(std::string_view bytes) {
  buffer_ += bytes;
  while (awaited_ > 0) {
    const std::size_t head_end = buffer_.find("\r\n\r\n");
    if (head_end == std::string::npos) return {};
    constexpr std::string_view kLength = "\r\nContent-Length: ";
    std::size_t body_bytes = 0;
    if (const std::size_t at = buffer_.find(kLength); at < head_end)
      std::from_chars(buffer_.data() + at + kLength.size(), buffer_.data() + head_end, body_bytes);
    const std::size_t answer_bytes = head_end + 4 + body_bytes;
    if (buffer_.size() < answer_bytes) return {};
    // A refused upgrade is an answer as others are: the connection ends after it.
    if (awaited_ > 1 || buffer_.starts_with("HTTP/1.1 101 ")) --awaited_;
    buffer_.erase(0, answer_bytes);
  }
  return std::exchange(buffer_, {});
}

}  // namespace wyld::simulation
