#include "codec/telnet/text_decoder.h"

#include <cstring>
#include <utility>

#include "base/utf8.h"
#include "codec/telnet/byte_scan.h"

namespace wyld::telnet {
namespace {

bool contains(std::string_view bytes, char byte) noexcept {
  return std::memchr(bytes.data(), byte, bytes.size()) != nullptr;
}

}  // namespace

std::string_view TextDecoder::feed(std::string_view bytes, std::string& scratch) {
  if (bytes.empty()) return {};
  scratch.clear();
  return to_utf8(unify_line_ends(bytes, scratch), scratch);
}

std::string_view TextDecoder::flush(std::string& scratch) {
  // In UTF-8 the rest of the character may still follow the mark; a guess at Latin-1 is not worth waiting.
  if (incomplete_.empty() || charset_ == Charset::kUtf8) return {};
  scratch.clear();
  append_latin1_as_utf8(std::exchange(incomplete_, {}), scratch);
  return scratch;
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
  if (incomplete_.empty() &&
      (is_ascii(bytes) || (!(agreed_ && charset_ != Charset::kUtf8) && is_valid_utf8(bytes)))) {
    return bytes;
  }
  std::string all = std::exchange(incomplete_, {});
  all.append(bytes);
  scratch.clear();
  if (agreed_ && charset_ == Charset::kLatin1) {
    append_latin1_as_utf8(all, scratch);
    return scratch;
  }
  if (agreed_ && charset_ == Charset::kAscii) {
    for (const char byte : all)
      scratch.append(is_ascii({&byte, 1}) ? std::string_view(&byte, 1) : "\xEF\xBF\xBD");
    return scratch;
  }
  const std::size_t tail_bytes = incomplete_utf8_tail_bytes(all);
  const std::string_view whole = std::string_view(all).substr(0, all.size() - tail_bytes);
  if (charset_ == Charset::kLatin1 && !is_valid_utf8(whole)) {
    append_latin1_as_utf8(all, scratch);
    return scratch;
  }
  incomplete_ = all.substr(whole.size());
  append_utf8_lossy(whole, scratch);
  return scratch;
}

}  // namespace wyld::telnet
