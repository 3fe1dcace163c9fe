#include "simulation/frames.h"

#include <algorithm>

namespace wyld::simulation::frames {

std::string masked(std::string_view message, char kind) {
  std::string bytes;
  bytes += kind;
  if (message.size() < 126) {
    bytes += static_cast<char>(0x80 | message.size());
  } else {
    bytes += '\xfe';
    bytes += static_cast<char>(message.size() >> 8);
    bytes += static_cast<char>(message.size());
  }
  bytes.append(4, '\0');
  bytes += message;
  return bytes;
}

void Reader::feed(std::string_view bytes, const Sink& sink) {
  buffer_ += bytes;
  std::size_t at = 0;
  for (bool more = true; more && buffer_.size() - at >= 2;) {
    const auto byte = [&](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(buffer_[at + i]));
    };
    const std::size_t length_bytes = byte(1) == 126 ? 2 : byte(1) == 127 ? 8 : 0;
    const std::size_t header = 2 + length_bytes;
    if (buffer_.size() - at < header) break;
    std::size_t size = length_bytes == 0 ? byte(1) : 0;
    for (std::size_t i = 2; i < header; ++i) size = size << 8 | byte(i);
    if (buffer_.size() - at < header + size) break;
    const char kind = buffer_[at];
    std::string message = buffer_.substr(at + header, size);
    at += header + size;
    more = sink(kind, std::move(message));
  }
  buffer_.erase(0, std::min(at, buffer_.size()));
}

}  // namespace wyld::simulation::frames
