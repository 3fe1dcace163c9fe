#include "codec/telnet/options/charset.h"

#include <gtest/gtest.h>

namespace wyld::telnet {
namespace {

TEST(Charset, EverySpellingIsKnownWithoutCase) {
  for (const char* name : {"UTF-8", "utf8", "Utf_8"})
    EXPECT_EQ(parse_charset_name(name), Charset::kUtf8) << name;
  for (const char* name : {"ISO-8859-1", "iso8859-1", "ISO_8859-1", "latin1", "Latin-1"}) {
    EXPECT_EQ(parse_charset_name(name), Charset::kLatin1) << name;
  }
  for (const char* name : {"US-ASCII", "ascii", "ANSI_X3.4-1968"}) {
    EXPECT_EQ(parse_charset_name(name), Charset::kAscii) << name;
  }
  for (const char* name : {"", "-", "UTF-16", "UTF-8x", "ISO-8859-15", "ISO-8859", "KOI8-R"}) {
    EXPECT_FALSE(parse_charset_name(name)) << name;
  }
}

TEST(Charset, TheBestOfAListIsChosenWhateverItsOrderAndSeparator) {
  EXPECT_EQ(choose_charset("\x01;US-ASCII;ISO-8859-1;UTF-8")->name, "UTF-8");
  EXPECT_EQ(choose_charset("\x01 US-ASCII latin1")->name, "latin1");
  EXPECT_EQ(choose_charset("\x01[TTABLE]\x01;utf-8")->charset, Charset::kUtf8);
  EXPECT_FALSE(choose_charset("\x01;KOI8-R;BIG5"));
  EXPECT_FALSE(choose_charset("\x01"));
  EXPECT_FALSE(choose_charset("\x01;"));
  EXPECT_FALSE(choose_charset("\x01[TTABLE]"));
  EXPECT_FALSE(choose_charset(""));
}

TEST(Charset, OnlySoManyNamesAreLookedAt) {
  std::string list = "\x01";
  for (std::size_t index = 0; index + 1 < kCharsetNamesMax; ++index) list += ";X";
  EXPECT_TRUE(choose_charset(list + ";UTF-8"));
  EXPECT_FALSE(choose_charset(list + ";X;UTF-8"));
}

}  // namespace
}  // namespace wyld::telnet
