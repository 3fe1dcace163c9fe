#include "base/visible_text.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace wyld {
namespace {

std::string visible(std::string_view text, Joiners joiners = Joiners::kWhereTheyJoin) {
  std::string scratch = "of the last call";
  return std::string(visible_text(text, scratch, joiners));
}

std::string utf8(char32_t character) {
  std::string out;
  if (character < 0x800) {
    out = {static_cast<char>(0xC0U | (character >> 6U)), static_cast<char>(0x80U | (character & 0x3FU))};
  } else if (character < 0x10000) {
    out = {static_cast<char>(0xE0U | (character >> 12U)),
           static_cast<char>(0x80U | ((character >> 6U) & 0x3FU)),
           static_cast<char>(0x80U | (character & 0x3FU))};
  } else {
    out = {static_cast<char>(0xF0U | (character >> 18U)),
           static_cast<char>(0x80U | ((character >> 12U) & 0x3FU)),
           static_cast<char>(0x80U | ((character >> 6U) & 0x3FU)),
           static_cast<char>(0x80U | (character & 0x3FU))};
  }
  return out;
}

TEST(VisibleText, WhatTurnsTextAroundOrCannotBeSeenIsTakenOut) {
  EXPECT_EQ(visible("say a\u202Eb\u2066c\u200Bd\u2028e\uFEFFg\u00ADh\u061Ci"), "say abcd egh\u061Ci");
  EXPECT_EQ(visible("a\xC2\x85"
                    "b\xC2\x9B"
                    "c\xC2\xA0"
                    "d"),
            "abc\xC2\xA0"
            "d");
  for (const char32_t hidden :
       {0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069,  0x180E, 0x200B,
        0x2060, 0x2064, 0x206A, 0x206F, 0x3164, 0xFFA0, 0xFFF9, 0xFFFB, 0xE0041, 0xE007F})
    EXPECT_EQ(visible("é" + utf8(hidden) + "x"), "éx") << static_cast<unsigned>(hidden);
  EXPECT_EQ(visible("\u202E"), "");
}

TEST(VisibleText, ScriptsAndEmojiThatNeedTheirJoinersKeepThem) {
  for (const std::string_view kept : {
           "می‌خواهم",        // Persian, U+200C
           "क्‍ष",             // Devanagari, U+200D
           "שלום\u200F, עולם\u200E!",  // Hebrew with marks
           "السلام عليكم",             // Arabic
           "👩‍👩‍👧‍👦 👍🏽 ❤️‍🔥 🏳️‍🌈 1️⃣ #️⃣",
           "🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F",  // Scotland
           "葛󠄀城",                                                            // a variant of an ideograph
           "é ž “x” … 日本 ไทย",
       })
    EXPECT_EQ(visible(kept), kept);
}

TEST(VisibleText, JoinersThatJoinNothingAreInvisibleToo) {
  EXPECT_EQ(visible("ad\u200Dmin a\uFE0F"), "admin a");
  EXPECT_EQ(visible("\u200Dx 1\u200D"), "x 1");
  EXPECT_EQ(visible("é\u200D\u200D\u200Dx"), "é\u200Dx");
  EXPECT_EQ(visible("❤\uFE0F\uFE0F\uFE0E\u200D"), "❤\uFE0F\u200D");
  EXPECT_EQ(visible("a\u200D", Joiners::kAll), "a\u200D") << "what it joins may be in the piece after";
  EXPECT_EQ(visible("a\u202E", Joiners::kAll), "a");
  std::string hidden = "🏴";
  for (int letter = 0; letter < 20; ++letter) hidden += "\U000E0061";
  EXPECT_EQ(visible(hidden).size(), 4U + 6U * 4U) << "no message hides behind a flag";
}

TEST(VisibleText, WhatIsLeftIsLeftAlone) {
  std::string scratch;
  const std::string_view plain = "é ž “x” …";
  EXPECT_EQ(visible_text(plain, scratch).data(), plain.data()) << "no copy";
  for (char32_t character = 0x80; character <= 0xE0200; ++character) {
    if (character == 0x4000) character = 0xF900;
    if (character == 0x10000) character = 0xE0000;
    const std::string once = visible("é" + utf8(character) + utf8(character) + "x" + utf8(character));
    ASSERT_TRUE(is_valid_utf8(once)) << static_cast<unsigned>(character);
    ASSERT_EQ(visible(once), once) << static_cast<unsigned>(character);
  }
}

}  // namespace
}  // namespace wyld
