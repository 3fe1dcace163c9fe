#include "codec/websocket/encoder.h"

#include <cstddef>
#include <cstdint>

namespace wyld::ws {
namespace {

constexpr unsigned kFin = 0x80;
constexpr unsigned kText = 0x1;
constexpr unsigned kBinary = 0x2;
constexpr unsigned kClose = 0x8;
constexpr unsigned kPing = 0x9;
constexpr unsigned kPong = 0xA;

constexpr std::size_t kControlBytesMax = 125;

void append_header(unsigned opcode, std::size_t payload_bytes, std::string& out) {
  char header[10];
  std::size_t count = 0;
  const auto put = [&](std::uint64_t value) { header[count++] = static_cast<char>(value & 0xFF); };
  put(kFin | opcode);
  if (payload_bytes < 126) {
    put(payload_bytes);
  } else if (payload_bytes <= 0xFFFF) {
    put(126);
    put(payload_bytes >> 8);
    put(payload_bytes);
  } else {
    put(127);
    for (int shift = 56; shift >= 0; shift -= 8) put(std::uint64_t{payload_bytes} >> shift);
  }
  out.append(header, count);
}

}  // namespace

void append_message(MessageKind kind, std::string_view payload, std::string& out) {
  append_header(kind == MessageKind::kText ? kText : kBinary, payload.size(), out);
  out.append(payload);
}

void append_ping(std::string_view payload, std::string& out) {
  payload = payload.substr(0, kControlBytesMax);
  append_header(kPing, payload.size(), out);
  out.append(payload);
}

void append_pong(std::string_view payload, std::string& out) {
  payload = payload.substr(0, kControlBytesMax);
  append_header(kPong, payload.size(), out);
  out.append(payload);
}

void append_close(CloseCode code, std::string_view reason, std::string& out) {
  if (code == CloseCode::kNoStatus) {
    append_header(kClose, 0, out);
    return;
  }
  if (reason.size() > kControlBytesMax - 2) {
    reason = reason.substr(0, kControlBytesMax - 2);
    reason.remove_suffix(incomplete_utf8_tail_bytes(reason));
  }
  append_header(kClose, 2 + reason.size(), out);
  const auto value = static_cast<std::uint16_t>(code);
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value & 0xFF));
  out.append(reason);
}

}  // namespace wyld::ws
