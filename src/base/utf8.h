#pragma once
// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing over U+10FFFF.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wyld {

// Validates a stream in pieces, one byte of state between them.
class Utf8Validator {
 public:
  // False once the bytes so far cannot be the beginning of valid UTF-8; stays false until reset.
  [[nodiscard]] bool feed(std::string_view bytes) noexcept;
  // True when the bytes so far end at a character boundary.
  [[nodiscard]] bool complete() const noexcept { return state_ == 0; }
  void reset() noexcept { state_ = 0; }

 private:
  std::uint8_t state_ = 0;
};

// How many bytes at the beginning are below 0x80.
[[nodiscard]] std::size_t ascii_prefix_bytes(std::string_view bytes) noexcept;
[[nodiscard]] bool is_ascii(std::string_view bytes) noexcept;
[[nodiscard]] bool is_valid_utf8(std::string_view bytes) noexcept;

// How many bytes at the end of `bytes` begin a character that is not complete yet (0 to 3).
[[nodiscard]] std::size_t incomplete_utf8_tail_bytes(std::string_view bytes) noexcept;

// Appends `bytes` to `out` with every invalid sequence replaced by U+FFFD.
void append_utf8_lossy(std::string_view bytes, std::string& out);

}  // namespace wyld
