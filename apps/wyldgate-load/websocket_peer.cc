#include "wyldgate-load/websocket_peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace wyld::load {
namespace {

// RFC 6455 section 5.2.
constexpr unsigned kContinuation = 0x0, kText = 0x1, kBinary = 0x2, kClose = 0x8, kPing = 0x9, kPong = 0xA;
constexpr unsigned kFin = 0x80, kReserved = 0x70, kOpcode = 0x0F, kMasked = 0x80, kLength = 0x7F;
constexpr std::size_t kControlBytesMax = 125;

// The key of RFC 6455's own example, and the answer that belongs to it: a load tool has nothing to hide from
// a cache, and needs no SHA-1 this way.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

bool same_name(std::string_view left, std::string_view right) {
  return std::ranges::equal(
      left, right, [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

// The value of a header in `head`; empty when it is absent.
std::string_view header(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !same_name(line.substr(0, colon), name)) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string_view::npos ? std::string_view{} : line.substr(begin);
  }
  return {};
}

bool is_control(unsigned opcode) { return (opcode & 0x8) != 0; }

}  // namespace

std::string WebSocketPeer::request(std::string_view host) const {
  std::string text = fmt::format(
      "GET /ws HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n",
      host, kKey);
  if (!subprotocol_.empty()) text += fmt::format("Sec-WebSocket-Protocol: {}\r\n", subprotocol_);
  return text + "\r\n";
}

void WebSocketPeer::append_message(Kind kind, std::string_view payload, std::string& out) {
  append_frame(static_cast<unsigned>(kind), payload, out);
}

void WebSocketPeer::receive(std::string_view bytes, std::string& answers, const OnMessage& on_message) {
  if (state_ == State::kEnded) return;
  std::string joined;  // keeps what `bytes` names while the callbacks run
  if (!unread_.empty()) {
    joined = std::move(unread_);
    joined.append(bytes);
    bytes = joined;
  }
  unread_.clear();
  if (state_ == State::kHandshake && !take_head(bytes)) {
    if (state_ != State::kEnded) unread_ = bytes;
    return;
  }
  Frame frame;
  while (state_ == State::kOpen && take_frame(bytes, frame)) on_frame(frame, answers, on_message);
  if (state_ == State::kOpen) unread_ = bytes;
}

// Takes the answer to the handshake off `bytes`. False: it is not whole, or no agreement.
bool WebSocketPeer::take_head(std::string_view& bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (std::min(end, bytes.size()) > kHeadBytesMax) return fail("the answer to the handshake does not end");
  if (end == std::string_view::npos) return false;
  const std::string_view head = bytes.substr(0, end);
  const std::size_t status_end = std::min(head.find("\r\n"), head.size());
  if (!head.starts_with("HTTP/1.1 101"))
    return fail(fmt::format("no WebSocket is spoken here: {}", head.substr(0, status_end)));
  if (header(head, "Sec-WebSocket-Accept") != kAccept) return fail("the handshake's key was not answered");
  const std::string_view chosen = header(head, "Sec-WebSocket-Protocol");
  if (chosen != subprotocol_)
    return fail(fmt::format("the subprotocol is '{}', not '{}'", chosen, subprotocol_));
  bytes.remove_prefix(end + 4);
  state_ = State::kOpen;
  return true;
}

// Takes the first frame off `bytes`. False: it is not whole, or broken.
bool WebSocketPeer::take_frame(std::string_view& bytes, Frame& frame) {
  const auto at = [&bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 2) return false;
  frame.opcode = at(0) & kOpcode;
  frame.last = (at(0) & kFin) != 0;
  if ((at(0) & kReserved) != 0) return fail("a frame has a reserved bit");
  if ((at(1) & kMasked) != 0) return fail("a server's frame is masked");
  std::uint64_t length = at(1) & kLength;
  if (is_control(frame.opcode) && (!frame.last || length > kControlBytesMax))
    return fail("a control frame is fragmented or too long");
  std::size_t head = 2;
  if (length >= 126) {
    const std::uint64_t shortest = length == 126 ? 126 : 0x10000;
    head += length == 126 ? 2 : 8;
    if (bytes.size() < head) return false;
    length = 0;
    for (std::size_t i = 2; i < head; ++i) length = length << 8 | at(i);
    if (length < shortest) return fail("a frame's length is not in its shortest form");
  }
  if (!is_control(frame.opcode) && length > kMessageBytesMax - message_.size())
    return fail("a message is too big");
  if (bytes.size() - head < length) return false;
  frame.payload = bytes.substr(head, static_cast<std::size_t>(length));
  bytes.remove_prefix(head + frame.payload.size());
  return true;
}

void WebSocketPeer::on_frame(const Frame& frame, std::string& answers, const OnMessage& on_message) {
  switch (frame.opcode) {
    case kPing:
      append_frame(kPong, frame.payload, answers);
      return;
    case kPong:
      return;
    case kClose: {
      append_frame(kClose, frame.payload, answers);
      if (frame.payload.size() < 2) {
        fail("the server closed the WebSocket");
        return;
      }
      const auto byte = [&frame](std::size_t i) { return static_cast<unsigned char>(frame.payload[i]); };
      fail(fmt::format("the server closed the WebSocket: {} {}", byte(0) << 8 | byte(1),
                       frame.payload.substr(2)));
      return;
    }
    case kText:
    case kBinary:
      if (message_opcode_ != 0) {
        fail("a new message began inside an unfinished one");
        return;
      }
      if (frame.last) {
        on_message(static_cast<Kind>(frame.opcode), frame.payload);
        return;
      }
      message_opcode_ = frame.opcode;
      message_ = frame.payload;
      return;
    case kContinuation:
      if (message_opcode_ == 0) {
        fail("a continuation of no message");
        return;
      }
      message_.append(frame.payload);
      if (!frame.last) return;
      on_message(static_cast<Kind>(std::exchange(message_opcode_, 0U)), message_);
      message_.clear();
      return;
    default:
      fail("a frame has a reserved opcode");
  }
}

void WebSocketPeer::append_frame(unsigned opcode, std::string_view payload, std::string& out) {
  const auto put = [&out](std::uint64_t value) { out.push_back(static_cast<char>(value & 0xFF)); };
  put(kFin | opcode);
  if (payload.size() < 126) {
    put(kMasked | payload.size());
  } else if (payload.size() <= 0xFFFF) {
    put(kMasked | 126);
    put(payload.size() >> 8);
    put(payload.size());
  } else {
    put(kMasked | 127);
    for (int shift = 56; shift >= 0; shift -= 8) put(std::uint64_t{payload.size()} >> shift);
  }
  mask_ ^= mask_ << 13;  // xorshift: different each time, never zero
  mask_ ^= mask_ >> 17;
  mask_ ^= mask_ << 5;
  std::array<unsigned char, 4> mask{};
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = static_cast<unsigned char>(mask_ >> (8 * i));
  for (const unsigned char byte : mask) put(byte);
  for (std::size_t i = 0; i < payload.size(); ++i) put(static_cast<unsigned char>(payload[i]) ^ mask[i & 3]);
}

// False, for whoever has to say so.
bool WebSocketPeer::fail(std::string trouble) {
  trouble_ = std::move(trouble);
  state_ = State::kEnded;
  return false;
}

}  // namespace wyld::load
