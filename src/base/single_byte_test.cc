#include "base/single_byte.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace wyld {
namespace {

std::string from_windows1252(std::string_view bytes) {
  std::string out;
  append_windows1252_as_utf8(bytes, out);
  return out;
}
std::string windows1252(std::string_view text) {
  std::string out;
  append_utf8_as_windows1252(text, out);
  return out;
}
std::string latin1(std::string_view text) {
  std::string out;
  append_utf8_as_latin1(text, out);
  return out;
}
std::string ascii(std::string_view text) {
  std::string out;
  append_utf8_as_ascii(text, out);
  return out;
}

constexpr bool is_undefined(unsigned byte) {
  return byte == 0x81 || byte == 0x8D || byte == 0x8F || byte == 0x90 || byte == 0x9D;
}

TEST(SingleByte, EveryByteOfWindows1252ComesBackAsItWas) {
  for (unsigned byte = 0; byte <= 0xFF; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    const std::string text = from_windows1252(one);
    ASSERT_TRUE(is_valid_utf8(text)) << byte;
    if (is_undefined(byte)) {
      EXPECT_EQ(text, "\xEF\xBF\xBD") << byte;
    } else {
      EXPECT_EQ(windows1252(text), one) << byte;
    }
  }
  EXPECT_EQ(from_windows1252("\x93go\x94 \x96 it\x92s 5 \x80 \x85 \x8Ei\x9E"
                             "ek \x8Cuvre\x99"),
            "“go” – it’s 5 € … Žižek Œuvre™");
}

TEST(SingleByte, NoByteBecomesAC1ControlEitherWay) {
  for (unsigned byte = 0x80; byte <= 0xFF; ++byte) {
    const std::string text = from_windows1252(std::string(1, static_cast<char>(byte)));
    EXPECT_FALSE(text.size() == 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0) << byte;
  }
  for (unsigned control = 0x80; control < 0xA0; ++control) {
    const std::string text = {'\xC2', static_cast<char>(control)};
    EXPECT_EQ(latin1(text), "?") << control;
    EXPECT_EQ(windows1252(text), "?") << control;
  }
}

TEST(SingleByte, ATerminalOfLatin1NeverSeesWhatItTakesForControls) {
  for (unsigned byte = 0x80; byte < 0xA0; ++byte) {
    for (const char each : latin1(from_windows1252(std::string(1, static_cast<char>(byte)))))
      EXPECT_TRUE(is_ascii({&each, 1})) << byte;
  }
  EXPECT_EQ(latin1("“go” – it’s 5 € … Žižek Œuvre™"), "\"go\" - it's 5 EUR ... Zizek OEuvre(TM)");
  EXPECT_EQ(latin1("café ÿ „a” ‚b‘ ‹c› a—b"), "caf\xE9 \xFF \"a\" 'b' 'c' a-b");
  EXPECT_EQ(latin1("«a» a\u00A0b\u2009c\u202Fd\u200Be\uFE0F"),
            "\xAB"
            "a\xBB a\xA0"
            "b c de");
}

TEST(SingleByte, AsciiKeepsTheLettersAndLosesTheAccents) {
  EXPECT_EQ(ascii("Ça été Ångström, Straße, œuvre, Łódź, ĲSSEL, Việt"),
            "Ca ete Angstrom, Strasse, oeuvre, Lodz, IJSSEL, Viet");
  EXPECT_EQ(ascii("« »\xC2\xA0‐‑‒–—―−"), "\" \" -------");
  EXPECT_EQ(ascii("┌─┬─┐│║└┘▒ ＨＰ："), "+-+-+||++# HP:");
  EXPECT_EQ(ascii("e\xCC\x81t\xCC\xA7"), "et") << "an accent of its own is an accent too";
  EXPECT_EQ(ascii("日本😀α"), "????");
}

TEST(SingleByte, EveryCharacterHasAFormOfPrintableAscii) {
  for (char32_t character = 0x80; character <= 0x10FFFF; ++character) {
    const std::string_view plain = plain_form(character);
    ASSERT_LE(plain.size(), 4U) << static_cast<unsigned>(character);
    for (const char each : plain) ASSERT_TRUE(each >= ' ' && each <= '~') << static_cast<unsigned>(character);
  }
}

}  // namespace
}  // namespace wyld
