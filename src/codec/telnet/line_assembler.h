#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/archive.h"
#include "codec/capabilities.h"

namespace wyld::telnet {

// What was typed, in stream order. Views expire when the callback returns.
class LineSink {
 public:
  virtual void on_line(std::string_view utf8) = 0;
  virtual void on_characters(std::string_view utf8) = 0;
  virtual void on_line_oversized() = 0;
  virtual void on_latin1_noticed() = 0;  // once: enough lines were not UTF-8 but made sense as Latin-1
  virtual void on_utf8_noticed() = 0;    // a line was UTF-8 though Latin-1 or ASCII was assumed

 protected:
  ~LineSink() = default;
};

// Makes lines of what a player's client sends: every known line end (CR LF, CR NUL, LF, CR, LF CR), the
// editing keys that clients pass on, no terminal sequences, nothing that other players could not see
// (base/visible_text.h), and UTF-8 whatever the client's charset. A line that arrives whole and plain is
// handed on as a view into the input. In character mode only line ends and the charset are translated.
//
// Owner    a PlayerEndpoint.
// Thread   the owner's.
// Errors   none: every byte sequence is some text.
// Limits   a line is at most `line_bytes_max` bytes, before and after decoding; what is beyond is
//          dropped up to its end and reported once. Holds an unfinished line, nothing at rest.
class LineAssembler {
 public:
  static constexpr archive::Schema kArchive{"lines", 1};

  LineAssembler(std::size_t line_bytes_max, Charset charset) noexcept
      : line_bytes_max_(line_bytes_max), charset_(charset) {}

  void save(archive::Writer& out) const;
  // An unfinished line that is longer than `line_bytes_max` is cut; feed() then reports it.
  void load(archive::Reader& in);

  void feed(std::string_view bytes, LineSink& sink);

  void erase_character(LineSink& sink);  // EC
  void erase_line(LineSink& sink);       // EL

  // Not `agreed`: the client's charset is a guess, and each line is looked at.
  void set_charset(Charset charset, bool agreed) noexcept;
  void set_character_mode(bool on) noexcept { character_mode_ = on; }
  [[nodiscard]] bool character_mode() const noexcept { return character_mode_; }

 private:
  static constexpr unsigned kLatin1LinesMin = 3;  // a guess needs this many lines to be remembered

  enum class LineEnd : std::uint8_t { kNone, kCr, kLf };
  enum class Escape : std::uint8_t { kNone, kBegun, kCsi, kOne, kIntermediate, kString, kStringEscape };

  const char* feed_after_line_end(const char* at) noexcept;
  const char* feed_escape(const char* at) noexcept;
  void feed_control(char control, LineSink& sink);
  void feed_characters(std::string_view bytes, LineSink& sink);
  void append(std::string_view run, LineSink& sink);
  void erase_last_character() noexcept;
  void note_line_end(char end) noexcept;
  void finish(std::string_view line, LineSink& sink);
  // Whether `bytes`, which are not valid UTF-8, should be read as Latin-1.
  [[nodiscard]] bool reads_as_latin1(std::string_view bytes) const noexcept;
  void decode(std::string_view bytes, std::string& out, LineSink& sink);

  std::string line_;  // raw bytes; in character mode a character's first bytes
  std::size_t line_bytes_max_;
  Charset charset_;
  bool charset_agreed_ = false;
  bool character_mode_ = false;
  bool oversized_ = false;
  bool oversized_untold_ = false;  // load() cut the line
  bool lf_cr_client_ = false;
  bool latin1_noticed_ = false;
  LineEnd line_end_ = LineEnd::kNone;
  Escape escape_ = Escape::kNone;
  std::uint8_t lines_ended_ = 0;   // counts to 2
  std::uint8_t latin1_lines_ = 0;  // counts to kLatin1LinesMin
};

}  // namespace wyld::telnet
