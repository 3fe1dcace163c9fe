#include "codec/telnet/line_assembler.h"

#include <algorithm>
#include <utility>

#include "base/single_byte.h"
#include "base/utf8.h"
#include "base/visible_text.h"
#include "codec/telnet/byte_scan.h"

namespace wyld::telnet {
namespace {

namespace saved {
enum : std::uint32_t {
  kLine = 1,
  kCharset = 2,
  kFlags = 3,
  kLineEnd = 4,
  kEscape = 5,
  kLinesEnded = 6,
  kLatin1Lines = 7,
};
}  // namespace saved

constexpr char kNul = 0x00;
constexpr char kBell = 0x07;
constexpr char kBackspace = 0x08;
constexpr char kEraseLineKey = 0x15;  // Ctrl-U
constexpr char kEscapeKey = 0x1B;
constexpr char kDelete = 0x7F;

std::string_view view(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

bool is_between(char byte, unsigned char low, unsigned char high) noexcept {
  const auto value = static_cast<unsigned char>(byte);
  return value >= low && value <= high;
}

// Lead bytes with as many continuation bytes as they announce, whether RFC 3629 allows them or not.
bool has_utf8_shape(std::string_view bytes) noexcept {
  for (std::size_t index = 0; index < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[index++]);
    if (lead < 0x80) continue;
    if (lead < 0xC0 || lead > 0xF7) return false;
    for (unsigned tail = lead < 0xE0 ? 1U : lead < 0xF0 ? 2U : 3U; tail > 0; --tail, ++index) {
      if (index == bytes.size() || !is_between(bytes[index], 0x80, 0xBF)) return false;
    }
  }
  return true;
}

// The longest beginning of valid UTF-8 `text` that has at most `bytes_max` bytes.
std::string_view cut(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  text = text.substr(0, bytes_max);
  return text.substr(0, text.size() - incomplete_utf8_tail_bytes(text));
}

}  // namespace

void LineAssembler::feed(std::string_view bytes, LineSink& sink) {
  if (oversized_untold_) [[unlikely]] {
    oversized_untold_ = false;
    sink.on_line_oversized();
  }
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end) {
    if (character_mode_) return feed_characters(view(at, end), sink);
    if (line_end_ != LineEnd::kNone) {
      at = feed_after_line_end(at);
      continue;
    }
    if (escape_ != Escape::kNone) {
      at = feed_escape(at);
      continue;
    }
    const char* stop = find_first<scan::ControlOrHigh>(at, end);
    const bool plain = stop == end || static_cast<unsigned char>(*stop) < 0x80;
    if (!plain) stop = find_first<scan::Control>(stop, end);
    const std::string_view run = view(at, stop);
    if (stop == end) return append(run, sink);
    const char control = *stop;
    at = stop + 1;
    if (control != '\r' && control != '\n') {
      append(run, sink);
      feed_control(control, sink);
    } else if (line_.empty() && !oversized_ && run.size() <= line_bytes_max_) {
      if (control == '\r' && at != end && *at == '\n') {  // by far the most frequent end
        ++at;
        lines_ended_ = 2;
      } else {
        note_line_end(control);
      }
      if (plain) {
        sink.on_line(run);
      } else {
        finish(run, sink);
      }
    } else {
      append(run, sink);
      note_line_end(control);
      const std::string line = std::exchange(line_, {});
      finish(line, sink);
    }
  }
}

void LineAssembler::note_line_end(char end) noexcept {
  line_end_ = end == '\r' ? LineEnd::kCr : LineEnd::kLf;
  lines_ended_ = static_cast<std::uint8_t>(std::min(lines_ended_ + 1, 2));
}

const char* LineAssembler::feed_after_line_end(const char* at) noexcept {
  const LineEnd before = std::exchange(line_end_, LineEnd::kNone);
  if (before == LineEnd::kCr) return *at == '\n' || *at == kNul ? at + 1 : at;
  // A client whose first line ends in LF CR writes them all so.
  if (*at == '\r' && (lf_cr_client_ || lines_ended_ == 1)) {
    lf_cr_client_ = true;
    return at + 1;
  }
  return at;
}

// Consumes a byte of a terminal sequence, or ends the sequence before a byte that cannot belong to it.
// A line end always ends it, so that nobody can hide the lines after a broken one.
const char* LineAssembler::feed_escape(const char* at) noexcept {
  const char byte = *at;
  const Escape before = std::exchange(escape_, Escape::kNone);
  switch (before) {
    case Escape::kNone:
      return at;
    case Escape::kBegun:
      if (byte == '[') {
        escape_ = Escape::kCsi;
      } else if (byte == 'O' || byte == 'N') {
        escape_ = Escape::kOne;
      } else if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_') {
        escape_ = Escape::kString;
      } else if (is_between(byte, 0x20, 0x2F)) {
        escape_ = Escape::kIntermediate;
      }
      return is_between(byte, 0x20, 0x7E) ? at + 1 : at;
    case Escape::kCsi:
      if (is_between(byte, 0x20, 0x3F)) escape_ = Escape::kCsi;
      return is_between(byte, 0x20, 0x7E) ? at + 1 : at;
    case Escape::kOne:
      return is_between(byte, 0x20, 0x7E) ? at + 1 : at;
    case Escape::kIntermediate:
      if (is_between(byte, 0x20, 0x2F)) escape_ = Escape::kIntermediate;
      return is_between(byte, 0x20, 0x7E) ? at + 1 : at;
    case Escape::kString:
      if (byte == '\r' || byte == '\n') return at;
      if (byte == kEscapeKey) {
        escape_ = Escape::kStringEscape;
      } else if (byte != kBell) {
        escape_ = Escape::kString;
      }
      return at + 1;
    case Escape::kStringEscape:
      if (byte == '\\') return at + 1;
      escape_ = Escape::kBegun;
      return at;
  }
  return at;
}

void LineAssembler::feed_control(char control, LineSink& sink) {
  switch (control) {
    case kBackspace:
    case kDelete:
      erase_last_character();
      break;
    case kEraseLineKey:
      erase_line(sink);
      break;
    case kEscapeKey:
      escape_ = Escape::kBegun;
      break;
    case '\t':
      append(" ", sink);
      break;
    default:
      break;
  }
}

void LineAssembler::append(std::string_view run, LineSink& sink) {
  if (oversized_) return;
  const std::size_t room = line_bytes_max_ - line_.size();
  if (run.size() > room) {
    run = run.substr(0, room);
    oversized_ = true;
    sink.on_line_oversized();
  }
  line_.append(run);
}

void LineAssembler::erase_last_character() noexcept {
  if (line_.empty() || oversized_) return;
  std::size_t bytes = 1;
  if (charset_ == Charset::kUtf8 || !charset_agreed_) {
    while (bytes < 4 && bytes < line_.size() && is_between(line_[line_.size() - bytes], 0x80, 0xBF)) ++bytes;
    if (!is_valid_utf8(std::string_view(line_).substr(line_.size() - bytes))) bytes = 1;
  }
  line_.resize(line_.size() - bytes);
}

void LineAssembler::erase_character(LineSink& sink) {
  if (character_mode_) return sink.on_characters("\x7F");
  erase_last_character();
}

void LineAssembler::erase_line(LineSink& sink) {
  if (character_mode_) return sink.on_characters("\x15");
  line_.clear();
  escape_ = Escape::kNone;
}

void LineAssembler::save(archive::Writer& out) const {
  out.secret(saved::kLine, line_);
  out.field(saved::kCharset, charset_);
  out.flags(saved::kFlags, {charset_agreed_, character_mode_, oversized_, oversized_untold_, lf_cr_client_,
                            latin1_noticed_});
  out.field(saved::kLineEnd, line_end_);
  out.field(saved::kEscape, escape_);
  out.field(saved::kLinesEnded, lines_ended_);
  out.field(saved::kLatin1Lines, latin1_lines_);
}

void LineAssembler::load(archive::Reader& in) {
  LineAssembler fresh(line_bytes_max_, Charset::kUtf8);
  while (in.next()) {
    switch (in.tag()) {
      case saved::kLine:
        in.read(fresh.line_, archive::kBytesMax);
        break;
      case saved::kCharset:
        in.read(fresh.charset_, Charset::kAscii);
        break;
      case saved::kFlags:
        in.flags({&fresh.charset_agreed_, &fresh.character_mode_, &fresh.oversized_, &fresh.oversized_untold_,
                  &fresh.lf_cr_client_, &fresh.latin1_noticed_});
        break;
      case saved::kLineEnd:
        in.read(fresh.line_end_, LineEnd::kLf);
        break;
      case saved::kEscape:
        in.read(fresh.escape_, Escape::kStringEscape);
        break;
      case saved::kLinesEnded:
        in.read(fresh.lines_ended_, std::uint8_t{2});
        break;
      case saved::kLatin1Lines:
        in.read(fresh.latin1_lines_, std::uint8_t{kLatin1LinesMin});
        break;
      default:
        break;
    }
  }
  // The count ends when the guess is remembered.
  if (fresh.latin1_lines_ == kLatin1LinesMin) fresh.latin1_noticed_ = true;
  const char* const end = fresh.line_.data() + fresh.line_.size();
  in.require(find_first<scan::Control>(fresh.line_.data(), end) == end, "a line has a control character");
  if (fresh.line_.size() > line_bytes_max_) {
    fresh.line_.resize(line_bytes_max_);
    if (!std::exchange(fresh.oversized_, true)) fresh.oversized_untold_ = true;
  }
  if (in.ok()) *this = std::move(fresh);
}

void LineAssembler::set_charset(Charset charset, bool agreed) noexcept {
  charset_ = charset;
  charset_agreed_ = agreed;
}

void LineAssembler::finish(std::string_view line, LineSink& sink) {
  if (is_ascii(line)) {
    oversized_ = false;
    return sink.on_line(line);
  }
  if (!charset_agreed_ && charset_ != Charset::kUtf8 && !latin1_noticed_ && is_valid_utf8(line))
    sink.on_utf8_noticed();
  std::string visible;
  // The usual case needs no copy: valid UTF-8, and nothing in it that has to go.
  const bool reads_as_utf8 = charset_agreed_ ? charset_ == Charset::kUtf8 : !latin1_noticed_;
  if (reads_as_utf8 && !oversized_ && is_valid_utf8(line)) return sink.on_line(visible_text(line, visible));
  // What was cut off at the bound may have taken the end of a character with it.
  if (oversized_) line = line.substr(0, line.size() - incomplete_utf8_tail_bytes(line));
  std::string decoded;
  decode(line, decoded, sink);
  const std::string_view text = visible_text(decoded, visible);
  if (text.size() > line_bytes_max_ && !oversized_) sink.on_line_oversized();
  oversized_ = false;
  sink.on_line(cut(text, line_bytes_max_));
}

bool LineAssembler::reads_as_latin1(std::string_view bytes) const noexcept {
  if (charset_agreed_) return charset_ == Charset::kLatin1;
  return latin1_noticed_ || !has_utf8_shape(bytes);
}

void LineAssembler::decode(std::string_view bytes, std::string& out, LineSink& sink) {
  if (charset_agreed_ && charset_ == Charset::kAscii) {
    for (const char byte : bytes) {
      if (is_between(byte, 0x00, 0x7F)) {
        out.push_back(byte);
      } else {
        out.append("\xEF\xBF\xBD");
      }
    }
    return;
  }
  const bool always_latin1 = charset_agreed_ ? charset_ == Charset::kLatin1 : latin1_noticed_;
  if (!always_latin1 && is_valid_utf8(bytes)) {
    out.append(bytes);
  } else if (!reads_as_latin1(bytes)) {
    append_utf8_lossy(bytes, out);
  } else {
    append_windows1252_as_utf8(bytes, out);
    if (!charset_agreed_ && !latin1_noticed_ && ++latin1_lines_ >= kLatin1LinesMin) {
      latin1_noticed_ = true;
      sink.on_latin1_noticed();
    }
  }
}

void LineAssembler::feed_characters(std::string_view bytes, LineSink& sink) {
  std::string typed = std::exchange(line_, {});
  oversized_ = false;
  escape_ = Escape::kNone;
  for (const char byte : bytes) {
    const LineEnd before = std::exchange(line_end_, LineEnd::kNone);
    if (before == LineEnd::kCr && (byte == '\n' || byte == kNul)) continue;
    if (byte == '\r') {
      line_end_ = LineEnd::kCr;
      typed.push_back('\n');
    } else if (byte != kNul) {
      typed.push_back(byte);
    }
  }
  if (charset_ == Charset::kUtf8 || !charset_agreed_) {
    const std::size_t tail_bytes =
        latin1_noticed_ && !charset_agreed_ ? 0 : incomplete_utf8_tail_bytes(typed);
    line_.assign(typed, typed.size() - tail_bytes);
    typed.resize(typed.size() - tail_bytes);
  }
  if (typed.empty()) return;
  if (is_ascii(typed)) return sink.on_characters(typed);
  std::string decoded;
  decode(typed, decoded, sink);
  std::string visible;
  const std::string_view text = visible_text(decoded, visible, Joiners::kAll);
  if (!text.empty()) sink.on_characters(text);
}

}  // namespace wyld::telnet
