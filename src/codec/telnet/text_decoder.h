#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/archive.h"
#include "codec/capabilities.h"

namespace wyld::telnet {

// Turns a game's output into UTF-8 with '\n' line ends: CR LF, LF and LF CR are one line end, CR NUL and a
// lone CR are '\r', NUL is nothing. Latin-1 is read as Windows-1252, and so are U+0080..U+009F in UTF-8:
// games that convert without looking write quotes and letters as these, and terminals take them for controls.
//
// Owner    a GameEndpoint.
// Thread   the owner's.
// Errors   none: what is no text of the charset becomes U+FFFD. The same bytes give the same text however
//          they are cut.
// Limits   holds at most three bytes of an incomplete character.
class TextDecoder {
 public:
  static constexpr archive::Schema kArchive{"text", 1};

  explicit TextDecoder(Charset charset) noexcept : charset_(charset) {}

  void save(archive::Writer& out) const;
  void load(archive::Reader& in);

  // The text of `bytes`, as a view into them or into `scratch`; may be empty.
  [[nodiscard]] std::string_view feed(std::string_view bytes, std::string& scratch);
  // What must not wait for more bytes when a prompt ends here.
  [[nodiscard]] std::string_view flush(std::string& scratch);

  // Not `agreed`: each character of a default of Latin-1 is looked at, whether it is UTF-8 after all.
  void set_charset(Charset charset, bool agreed) noexcept {
    charset_ = charset;
    agreed_ = agreed;
  }
  // What the charset was set to is not believed until one is agreed: the game was told of none, and may write
  // Latin-1 where UTF-8 is expected.
  void set_guessing(bool on) noexcept { guessing_ = on; }
  [[nodiscard]] Charset charset() const noexcept {
    return guesses() && evidence_ == Evidence::kLatin1 ? Charset::kLatin1 : charset_;
  }

 private:
  enum class LineEnd : std::uint8_t { kNone, kCr, kLf };
  // The last thing a game without an agreement wrote that can only be the one or the other.
  enum class Evidence : std::uint8_t { kNone, kUtf8, kLatin1 };

  [[nodiscard]] bool guesses() const noexcept {
    return !agreed_ && (charset_ == Charset::kLatin1 || (guessing_ && charset_ == Charset::kUtf8));
  }
  std::string_view unify_line_ends(std::string_view bytes, std::string& scratch);
  std::string_view to_utf8(std::string_view bytes, std::string& scratch);
  void append_guessed(std::string_view bytes, std::string& out);

  std::string incomplete_;
  Charset charset_;
  Evidence evidence_ = Evidence::kNone;
  bool agreed_ = false;
  bool guessing_ = false;
  LineEnd line_end_ = LineEnd::kNone;
};

}  // namespace wyld::telnet
