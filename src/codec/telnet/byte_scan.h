#pragma once
// Finds the next byte that matters, 16 at a time where SSE2 is there. Pure functions; `end` means none.

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstddef>
#include <string_view>

namespace wyld::telnet {
namespace scan {

// Controls (below 0x20, DEL) and everything above ASCII: what ends a run of plain text.
struct ControlOrHigh {
  static bool match(unsigned char byte) noexcept { return byte < 0x20 || byte >= 0x7F; }
#if defined(__SSE2__)
  static __m128i match(__m128i block) noexcept {  // signed: bytes over 0x7F are below 0x20 too
    return _mm_or_si128(_mm_cmplt_epi8(block, _mm_set1_epi8(0x20)),
                        _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7F)));
  }
#endif
};

// Controls only.
struct Control {
  static bool match(unsigned char byte) noexcept { return byte < 0x20 || byte == 0x7F; }
#if defined(__SSE2__)
  static __m128i match(__m128i block) noexcept {
    return _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block),
                        _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7F)));
  }
#endif
};

// What Telnet output has to write differently: CR, LF and IAC.
struct LineEndOrIac {
  static bool match(unsigned char byte) noexcept { return byte == '\n' || byte == '\r' || byte == 0xFF; }
#if defined(__SSE2__)
  static __m128i match(__m128i block) noexcept {
    return _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\r'))),
        _mm_cmpeq_epi8(block, _mm_set1_epi8(static_cast<char>(0xFF))));
  }
#endif
};

// What a game's line ends are made of, and NUL, which means nothing by itself.
struct LineEndOrNul {
  static bool match(unsigned char byte) noexcept { return byte == '\n' || byte == '\r' || byte == 0; }
#if defined(__SSE2__)
  static __m128i match(__m128i block) noexcept {
    return _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\r'))),
        _mm_cmpeq_epi8(block, _mm_setzero_si128()));
  }
#endif
};

}  // namespace scan

template <typename Matcher>
[[nodiscard]] inline const char* find_first(const char* begin, const char* end) noexcept {
#if defined(__SSE2__)
  for (; end - begin >= 16; begin += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(begin));
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(Matcher::match(block)));
    if (found != 0) return begin + std::countr_zero(found);
  }
#endif
  while (begin != end && !Matcher::match(static_cast<unsigned char>(*begin))) ++begin;
  return begin;
}

}  // namespace wyld::telnet
