#include "base/session_id.h"

#include <algorithm>
#include <bit>

namespace wyld {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool dash_before(std::size_t byte_index) noexcept {
  return byte_index == 4 || byte_index == 6 || byte_index == 8 || byte_index == 10;
}

}  // namespace

std::string SessionId::text() const {
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (dash_before(i)) out += '-';
    out += kHexDigits[bytes[i] >> 4];
    out += kHexDigits[bytes[i] & 0x0f];
  }
  return out;
}

std::optional<SessionId> SessionId::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  SessionId id;
  std::size_t at = 0;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (dash_before(i) && text[at++] != '-') return std::nullopt;
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  return id;
}

std::uint64_t SessionIdGenerator::random() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

SessionId SessionIdGenerator::next(std::chrono::system_clock::time_point now) noexcept {
  const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  std::uint64_t milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(since_epoch.count(), 0));
  const std::uint64_t random_high = random();
  if (milliseconds > last_milliseconds_) {
    last_milliseconds_ = milliseconds;
    counter_ = static_cast<std::uint16_t>(random_high & 0x7ff);  // room to count up
  } else {
    // Same millisecond, or the clock went back: count; when the counter is full, borrow from the future.
    milliseconds = last_milliseconds_;
    if (++counter_ > 0xfff) {
      counter_ = 0;
      milliseconds = ++last_milliseconds_;
    }
  }
  SessionId id;
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (counter_ >> 8));
  id.bytes[7] = static_cast<std::uint8_t>(counter_ & 0xff);
  const std::uint64_t low = random();
  std::memcpy(id.bytes.data() + 8, &low, sizeof(low));
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace wyld
