#include "base/utf8.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstring>

namespace wyld {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// What may follow. kTail1..3 expect that many continuation bytes; the others narrow the next one.
enum : std::uint8_t {
  kGround = 0,
  kTail1,
  kTail2,
  kTail3,
  kAfterE0,  // A0..BF: no overlong form
  kAfterEd,  // 80..9F: no surrogate
  kAfterF0,  // 90..BF: no overlong form
  kAfterF4,  // 80..8F: nothing over U+10FFFF
  kRejected,
};

constexpr std::uint8_t after_lead(unsigned char byte) noexcept {
  if (byte < 0x80) return kGround;
  if (byte < 0xC2) return kRejected;
  if (byte < 0xE0) return kTail1;
  if (byte == 0xE0) return kAfterE0;
  if (byte == 0xED) return kAfterEd;
  if (byte < 0xF0) return kTail2;
  if (byte == 0xF0) return kAfterF0;
  if (byte < 0xF4) return kTail3;
  if (byte == 0xF4) return kAfterF4;
  return kRejected;
}

constexpr std::uint8_t after(std::uint8_t state, unsigned char byte) noexcept {
  switch (state) {
    case kGround:
      return after_lead(byte);
    case kTail1:
      return (byte & 0xC0) == 0x80 ? kGround : kRejected;
    case kTail2:
      return (byte & 0xC0) == 0x80 ? kTail1 : kRejected;
    case kTail3:
      return (byte & 0xC0) == 0x80 ? kTail2 : kRejected;
    case kAfterE0:
      return (byte & 0xE0) == 0xA0 ? kTail1 : kRejected;
    case kAfterEd:
      return (byte & 0xE0) == 0x80 ? kTail1 : kRejected;
    case kAfterF0:
      return byte >= 0x90 && byte <= 0xBF ? kTail2 : kRejected;
    case kAfterF4:
      return (byte & 0xF0) == 0x80 ? kTail2 : kRejected;
    default:
      return kRejected;
  }
}

unsigned char byte_at(std::string_view bytes, std::size_t index) noexcept {
  return static_cast<unsigned char>(bytes[index]);
}

}  // namespace

std::size_t ascii_prefix_bytes(std::string_view bytes) noexcept {
  const char* const begin = bytes.data();
  std::size_t index = 0;
#if defined(__SSE2__)
  for (; index + 16 <= bytes.size(); index += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(begin + index));
    const auto high = static_cast<unsigned>(_mm_movemask_epi8(block));
    if (high != 0) return index + static_cast<std::size_t>(std::countr_zero(high));
  }
#endif
  for (; index + 8 <= bytes.size(); index += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, begin + index, sizeof word);
    if ((word & 0x8080808080808080ULL) != 0) break;
  }
  while (index < bytes.size() && byte_at(bytes, index) < 0x80) ++index;
  return index;
}

bool is_ascii(std::string_view bytes) noexcept { return ascii_prefix_bytes(bytes) == bytes.size(); }

bool Utf8Validator::feed(std::string_view bytes) noexcept {
  std::size_t index = 0;
  while (index < bytes.size()) {
    if (state_ == kGround) {
      index += ascii_prefix_bytes(bytes.substr(index));
      // Text of one script stays above ASCII for a while: stay in this loop meanwhile.
      while (index < bytes.size() && byte_at(bytes, index) >= 0x80) {
        state_ = after_lead(byte_at(bytes, index++));
        while (state_ != kGround && index < bytes.size()) {
          state_ = after(state_, byte_at(bytes, index++));
          if (state_ == kRejected) return false;
        }
        if (state_ == kRejected) return false;
      }
      continue;
    }
    state_ = after(state_, byte_at(bytes, index++));
    if (state_ == kRejected) return false;
  }
  return state_ != kRejected;
}

bool is_valid_utf8(std::string_view bytes) noexcept {
  Utf8Validator validator;
  return validator.feed(bytes) && validator.complete();
}

std::size_t incomplete_utf8_tail_bytes(std::string_view bytes) noexcept {
  for (std::size_t tail_bytes = 1; tail_bytes <= 3 && tail_bytes <= bytes.size(); ++tail_bytes) {
    const std::size_t lead = bytes.size() - tail_bytes;
    if ((byte_at(bytes, lead) & 0xC0) == 0x80) continue;
    std::uint8_t state = kGround;
    for (std::size_t index = lead; index < bytes.size(); ++index) state = after(state, byte_at(bytes, index));
    return state == kGround || state == kRejected ? 0 : tail_bytes;
  }
  return 0;
}

// One U+FFFD for each maximal beginning of a character that breaks off, as browsers do it.
void append_utf8_lossy(std::string_view bytes, std::string& out) {
  std::size_t index = 0;
  while (index < bytes.size()) {
    const std::size_t ascii_bytes = ascii_prefix_bytes(bytes.substr(index));
    out.append(bytes, index, ascii_bytes);
    index += ascii_bytes;
    if (index == bytes.size()) return;
    const std::size_t lead = index;
    std::uint8_t state = after_lead(byte_at(bytes, index++));
    while (state != kGround && state != kRejected && index < bytes.size()) {
      state = after(state, byte_at(bytes, index));
      if (state != kRejected) ++index;
    }
    if (state == kGround) {
      out.append(bytes, lead, index - lead);
    } else {
      out.append(kReplacement);
    }
  }
}

}  // namespace wyld
