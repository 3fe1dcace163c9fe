#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/capabilities.h"

namespace wyld::telnet {

// Turns a game's output into UTF-8 with '\n' line ends: CR LF, LF and LF CR are one line end, CR NUL and a
// lone CR are '\r', NUL is nothing.
//
// Owner    a GameEndpoint.
// Thread   the owner's.
// Errors   none: what is no text of the charset becomes U+FFFD.
// Limits   holds at most three bytes of an incomplete character.
class TextDecoder {
 public:
  explicit TextDecoder(Charset charset) noexcept : charset_(charset) {}

  // The text of `bytes`, as a view into them or into `scratch`; may be empty.
  [[nodiscard]] std::string_view feed(std::string_view bytes, std::string& scratch);
  // What must not wait for more bytes when a prompt ends here.
  [[nodiscard]] std::string_view flush(std::string& scratch);

  // Not `agreed`: UTF-8 is recognised where a default of Latin-1 is wrong.
  void set_charset(Charset charset, bool agreed) noexcept {
    charset_ = charset;
    agreed_ = agreed;
  }
  [[nodiscard]] Charset charset() const noexcept { return charset_; }

 private:
  enum class LineEnd : std::uint8_t { kNone, kCr, kLf };

  std::string_view unify_line_ends(std::string_view bytes, std::string& scratch);
  std::string_view to_utf8(std::string_view bytes, std::string& scratch);

  std::string incomplete_;
  Charset charset_;
  bool agreed_ = false;
  LineEnd line_end_ = LineEnd::kNone;
};

}  // namespace wyld::telnet
