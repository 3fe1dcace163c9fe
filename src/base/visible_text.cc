#include "base/visible_text.h"

#include "base/utf8.h"

namespace wyld {
namespace {

// Of the flags that are used (England, Scotland, Wales): five letters and the end.
constexpr unsigned kTagsMax = 6;
constexpr char32_t kBlackFlag = 0x1F3F4;

enum class Kind : std::uint8_t { kVisible, kHidden, kLineEnd, kJoiner, kTag };

constexpr bool is_between(char32_t character, char32_t low, char32_t high) noexcept {
  return character >= low && character <= high;
}

Kind kind_of(char32_t character) noexcept {
  if (character < 0x180E) {
    const bool hidden = is_between(character, 0x80, 0x9F) || character == 0xAD;
    return hidden ? Kind::kHidden : Kind::kVisible;
  }
  if (is_between(character, 0x2028, 0x2029)) return Kind::kLineEnd;
  if (is_between(character, 0x200C, 0x200D) || is_between(character, 0xFE00, 0xFE0F) ||
      is_between(character, 0xE0100, 0xE01EF)) {
    return Kind::kJoiner;
  }
  if (is_between(character, 0xE0000, 0xE007F)) return Kind::kTag;
  const bool hidden = character == 0x180E || character == 0x200B || is_between(character, 0x202A, 0x202E) ||
                      is_between(character, 0x2060, 0x206F) || character == 0x3164 || character == 0xFEFF ||
                      character == 0xFFA0 || is_between(character, 0xFFF9, 0xFFFB);
  return hidden ? Kind::kHidden : Kind::kVisible;
}

bool takes_joiner(char32_t character) noexcept { return is_between(character, 0xA0, 0x10FFFF); }

// A keycap is a digit, a variation selector and U+20E3.
bool takes_selector(char32_t character) noexcept {
  return takes_joiner(character) || is_between(character, '0', '9') || character == '#' || character == '*';
}

char32_t character_of(std::string_view bytes) noexcept {
  char32_t character = static_cast<unsigned char>(bytes[0]) & (0xFFU >> (bytes.size() + 1U));
  for (const char byte : bytes.substr(1))
    character = (character << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
  return character;
}

// Decides about one character after the other.
class Filter {
 public:
  explicit Filter(Joiners joiners) noexcept : joiners_(joiners) {}

  // ASCII, whose last character is `last`.
  void pass(char last) noexcept { before_ = static_cast<unsigned char>(last); }

  [[nodiscard]] Kind decide(char32_t character) noexcept {
    const Kind kind = kind_of(character);
    if (kind == Kind::kJoiner) {
      // Of an emoji with a selector and a joiner, the joiner comes last.
      const bool joins = is_between(character, 0x200C, 0x200D);
      const bool fits = joins ? before_ == kAfterSelector || takes_joiner(before_) : takes_selector(before_);
      const bool kept = joiners_ == Joiners::kAll || fits;
      if (!kept) return Kind::kHidden;
      before_ = joins ? kAfterJoiner : kAfterSelector;
      return Kind::kVisible;
    }
    if (kind == Kind::kTag) {
      const bool kept =
          joiners_ == Joiners::kAll || before_ == kBlackFlag || (before_ == kAfterTag && tags_ < kTagsMax);
      if (!kept) return Kind::kHidden;
      tags_ = before_ == kAfterTag ? tags_ + 1 : 1;
      before_ = kAfterTag;
      return Kind::kVisible;
    }
    if (kind == Kind::kVisible) before_ = character;
    if (kind == Kind::kLineEnd) before_ = ' ';
    return kind;
  }

 private:
  // No characters, and take no joiner.
  static constexpr char32_t kAfterSelector = 0x110000;
  static constexpr char32_t kAfterJoiner = 0x110001;
  static constexpr char32_t kAfterTag = 0x110002;

  Joiners joiners_;
  char32_t before_ = 0;  // the last character that was kept
  unsigned tags_ = 0;
};

}  // namespace

std::string_view visible_text(std::string_view text, std::string& scratch, Joiners joiners) {
  Filter filter(joiners);
  std::size_t index = 0;
  std::size_t copied = 0;
  bool changed = false;
  while (true) {
    const std::size_t ascii_bytes = ascii_prefix_bytes(text.substr(index));
    index += ascii_bytes;
    if (ascii_bytes != 0) filter.pass(text[index - 1]);
    if (index == text.size()) break;
    const auto lead = static_cast<unsigned char>(text[index]);
    const std::size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const Kind kind = filter.decide(character_of(text.substr(index, bytes)));
    if (kind != Kind::kVisible) {
      if (!changed) scratch.clear();
      changed = true;
      scratch.append(text, copied, index - copied);
      if (kind == Kind::kLineEnd) scratch.push_back(' ');
      copied = index + bytes;
    }
    index += bytes;
  }
  if (!changed) return text;
  scratch.append(text, copied);
  return scratch;
}

}  // namespace wyld
