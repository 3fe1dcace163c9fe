#include "codec/telnet/text_decoder.h"

#include <cstring>
#include <utility>

#include "base/single_byte.h"
#include "base/utf8.h"
#include "codec/telnet/byte_scan.h"

namespace wyld::telnet {
namespace {

namespace saved {
enum : std::uint32_t { kIncomplete = 1, kCharset = 2, kEvidence = 3, kFlags = 4, kLineEnd = 5 };
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool contains(std::string_view bytes, char byte) noexcept {
  return std::memchr(bytes.data(), byte, bytes.size()) != nullptr;
}

bool is_c1_at(std::string_view utf8, std::size_t index) noexcept {
  return utf8[index] == '\xC2' && static_cast<unsigned char>(utf8[index + 1]) < 0xA0;
}

bool has_c1(std::string_view utf8) noexcept {
  for (std::size_t at = utf8.find('\xC2'); at != std::string_view::npos; at = utf8.find('\xC2', at + 2))
    if (is_c1_at(utf8, at)) return true;
  return false;
}

// U+0080..U+009F as the characters of Windows-1252 that they were meant to be.
std::string without_c1(std::string_view utf8) {
  std::string out;
  for (std::size_t index = 0; index < utf8.size(); ++index) {
    if (is_c1_at(utf8, index)) {
      append_windows1252_byte(utf8[++index], out);
    } else {
      out.push_back(utf8[index]);
    }
  }
  return out;
}

// The bytes of the character that valid UTF-8 begins with here; 0: it is not UTF-8.
std::size_t utf8_character_bytes(std::string_view bytes) noexcept {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (bytes.size() < 2 || (static_cast<unsigned char>(bytes[1]) & 0xC0U) != 0x80) return 0;
  const std::size_t wanted = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return wanted != 0 && is_valid_utf8(bytes.substr(0, wanted)) ? wanted : 0;
}

}  // namespace

std::string_view TextDecoder::feed(std::string_view bytes, std::string& scratch) {
  if (bytes.empty()) return {};
  scratch.clear();
  return to_utf8(unify_line_ends(bytes, scratch), scratch);
}

std::string_view TextDecoder::flush(std::string& scratch) {
  // In UTF-8 the rest of the character may still follow the mark; a guess at Latin-1 is not worth waiting.
  if (incomplete_.empty() || (charset_ == Charset::kUtf8 && !guesses())) return {};
  scratch.clear();
  append_windows1252_as_utf8(std::exchange(incomplete_, {}), scratch);
  return scratch;
}

void TextDecoder::save(archive::Writer& out) const {
  out.field(saved::kIncomplete, std::string_view(incomplete_));
  out.field(saved::kCharset, charset_);
  out.field(saved::kEvidence, evidence_);
  out.flags(saved::kFlags, {agreed_, guessing_});
  out.field(saved::kLineEnd, line_end_);
}

void TextDecoder::load(archive::Reader& in) {
  TextDecoder fresh(Charset::kUtf8);
  while (in.next()) {
    switch (in.tag()) {
      case saved::kIncomplete:
        in.read(fresh.incomplete_, 3);
        break;
      case saved::kCharset:
        in.read(fresh.charset_, Charset::kAscii);
        break;
      case saved::kEvidence:
        in.read(fresh.evidence_, Evidence::kLatin1);
        break;
      case saved::kFlags:
        in.flags({&fresh.agreed_, &fresh.guessing_});
        break;
      case saved::kLineEnd:
        in.read(fresh.line_end_, LineEnd::kLf);
        break;
      default:
        break;
    }
  }
  in.require(incomplete_utf8_tail_bytes(fresh.incomplete_) == fresh.incomplete_.size(),
             "an incomplete character begins no character");
  if (in.ok()) *this = std::move(fresh);
}

std::string_view TextDecoder::unify_line_ends(std::string_view bytes, std::string& scratch) {
  if (line_end_ == LineEnd::kNone && !contains(bytes, '\r') && !contains(bytes, '\0')) {
    if (bytes.back() == '\n') line_end_ = LineEnd::kLf;
    return bytes;
  }
  scratch.reserve(bytes.size() + 1);
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end) {
    const LineEnd before = std::exchange(line_end_, LineEnd::kNone);
    if (before == LineEnd::kCr) {
      const bool line_ends = *at == '\n';
      scratch.push_back(line_ends ? '\n' : '\r');
      if (line_ends || *at == '\0') ++at;
      continue;
    }
    if (before == LineEnd::kLf && *at == '\r') {
      ++at;
      continue;
    }
    const char* const stop = find_first<scan::LineEndOrNul>(at, end);
    scratch.append(at, stop);
    if (stop == end) break;
    at = stop + 1;
    if (*stop == '\r') {
      line_end_ = LineEnd::kCr;
    } else if (*stop == '\n') {
      scratch.push_back('\n');
      line_end_ = LineEnd::kLf;
    }
  }
  return scratch;
}

std::string_view TextDecoder::to_utf8(std::string_view bytes, std::string& scratch) {
  if (incomplete_.empty()) {
    if (is_ascii(bytes)) return bytes;
    if (charset_ == Charset::kUtf8 && !guesses() && is_valid_utf8(bytes) && !has_c1(bytes)) return bytes;
  }
  std::string joined;
  std::string_view all = bytes;
  if (!incomplete_.empty() || bytes.data() == scratch.data()) {
    joined = std::exchange(incomplete_, {});
    joined.append(bytes);
    all = joined;
  }
  scratch.clear();
  if (agreed_ && charset_ == Charset::kLatin1) {
    append_windows1252_as_utf8(all, scratch);
    return scratch;
  }
  if (agreed_ && charset_ == Charset::kAscii) {
    for (const char byte : all)
      scratch.append(is_ascii({&byte, 1}) ? std::string_view(&byte, 1) : kReplacement);
    return scratch;
  }
  const std::string_view whole = all.substr(0, all.size() - incomplete_utf8_tail_bytes(all));
  incomplete_ = all.substr(whole.size());
  if (guesses()) {
    append_guessed(whole, scratch);
  } else {
    append_utf8_lossy(whole, scratch);
  }
  if (has_c1(scratch)) scratch = without_c1(scratch);
  return scratch;
}

// Two bytes that are UTF-8 may also be two letters: "É”" and "ɔ" are the same bytes. What the game wrote
// before decides then. Three bytes, or two that begin with C2 or C3, are hardly ever anything else than
// UTF-8.
void TextDecoder::append_guessed(std::string_view bytes, std::string& out) {
  while (true) {
    const std::size_t ascii_bytes = ascii_prefix_bytes(bytes);
    out.append(bytes, 0, ascii_bytes);
    bytes.remove_prefix(ascii_bytes);
    if (bytes.empty()) return;
    const std::size_t character_bytes = utf8_character_bytes(bytes);
    const bool ambiguous = character_bytes == 2 && static_cast<unsigned char>(bytes[0]) > 0xC3;
    if (character_bytes == 0 && charset_ == Charset::kUtf8 && evidence_ == Evidence::kUtf8) {
      out.append(kReplacement);  // UTF-8 it is, broken here
      bytes.remove_prefix(1);
      continue;
    }
    if (character_bytes == 0 || (ambiguous && evidence_ == Evidence::kLatin1)) {
      if (character_bytes == 0) evidence_ = Evidence::kLatin1;
      append_windows1252_byte(bytes[0], out);
      bytes.remove_prefix(1);
      continue;
    }
    if (!ambiguous) evidence_ = Evidence::kUtf8;
    out.append(bytes, 0, character_bytes);
    bytes.remove_prefix(character_bytes);
  }
}

}  // namespace wyld::telnet
