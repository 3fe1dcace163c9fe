#include "world/demo/text.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>
#include <sstream>

#include "base/utf8.h"

namespace wyld::demo {
namespace {

TEST(DemoSanitise, RemovesWhatATerminalWouldActOn) {
  EXPECT_EQ(sanitise("\x1b[6nhi"), "hi");
  EXPECT_EQ(sanitise("\xC2\x9B"
                     "31m"),
            "31m");
  EXPECT_EQ(sanitise("a\x1b]0;title\x07"
                     "b"),
            "ab");
  EXPECT_EQ(sanitise("a\x1b]8;;http://x\x1b\\b"), "ab");
  EXPECT_EQ(sanitise("a\x1bP1;2q#0\x1b\\b\x1b_x\x1b\\c"), "abc");
  EXPECT_EQ(sanitise("\x1b"
                     "c\x1b(0x\x1b"),
            "x");
  EXPECT_EQ(sanitise("a\x05\x07\x08\r\n\x7f"
                     "b\tc"),
            "ab c");
  EXPECT_EQ(sanitise("\x1b[31;1"), "");        // unfinished
  EXPECT_EQ(sanitise("\x1b]0;for ever"), "");  // unfinished
  EXPECT_EQ(sanitise("\xE2\x80\xAEolleh"), "olleh");
}

TEST(DemoSanitise, KeepsOrdinaryTextOfAnyLanguage) {
  EXPECT_EQ(sanitise("h\xC3\xA9llo \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80"),
            "h\xC3\xA9llo \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80");
}

TEST(DemoSanitise, AnyBytesGiveValidUtf8WithoutControls) {
  std::mt19937 random(17);
  const std::string_view pieces[] = {"\x1b",     "[",    "]", "31", "m", "\x9b", "\xC2",
                                     "\xE2\x80", "\x07", "P", "\\", "a", "\xF4"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t i = random() % 12; i > 0; --i) text += pieces[random() % std::size(pieces)];
    const std::string clean = sanitise(text);
    EXPECT_TRUE(is_valid_utf8(clean)) << boost::json::serialize(boost::json::value(text));
    for (const char c : clean) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_EQ(clean.find("\xC2\x9B"), std::string::npos);
    EXPECT_EQ(sanitise(clean), clean);
  }
}

TEST(DemoColumns, CountWhatATerminalShows) {
  EXPECT_EQ(display_columns("abc"), 3U);
  EXPECT_EQ(display_columns("\x1b[1;33mabc\x1b[0m"), 3U);
  EXPECT_EQ(display_columns("\xC3\xA9"), 1U);
  EXPECT_EQ(display_columns("e\xCC\x81"), 1U);     // combining
  EXPECT_EQ(display_columns("\xE6\x97\xA5"), 2U);  // wide
}

TEST(DemoColour, IsGoneWithoutATrace) {
  EXPECT_EQ(without_colour("\x1b[1;33mabc\x1b[0m d"), "abc d");
  EXPECT_EQ(without_colour("abc"), "abc");
}

TEST(DemoWrap, BreaksAtSpacesAndNeverOverTheEdge) {
  EXPECT_EQ(wrap("aaa bbb ccc", 7), "aaa bbb\nccc");
  EXPECT_EQ(wrap("aaa bbb ccc", 8), "aaa bbb\nccc");
  EXPECT_EQ(wrap("aaa bbb ccc", 11), "aaa bbb ccc");
  EXPECT_EQ(wrap("aaaaaaaaaa", 4), "aaaa\naaaa\naa");
  EXPECT_EQ(wrap("a\nb", 4), "a\nb");
  EXPECT_EQ(wrap("\x1b[1maaa\x1b[0m bbb", 3), "\x1b[1maaa\x1b[0m\nbbb");
  EXPECT_EQ(wrap("\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5", 5), "\xE6\x97\xA5\xE6\x97\xA5\n\xE6\x97\xA5");
}

TEST(DemoWrap, EveryLineFitsAndNoWordIsLost) {
  std::mt19937 random(23);
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    std::vector<std::string> words;
    for (std::size_t i = 1 + random() % 30; i > 0; --i) {
      words.emplace_back(1 + random() % 9, static_cast<char>('a' + random() % 26));
      if (!text.empty()) text += ' ';
      text += words.back();
    }
    const std::size_t columns = 10 + random() % 30;
    std::istringstream lines(wrap(text, columns));
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(display_columns(line), columns);
      std::istringstream in(line);
      for (std::string word; in >> word;) found.push_back(word);
    }
    EXPECT_EQ(found, words);
  }
}

TEST(DemoJson, StringsReadBackAsTheyWere) {
  for (const std::string& text :
       {std::string("plain"), std::string("\"\\/\b\f\n\r\t\x01\x1f\x7f"), std::string(""),
        std::string("\xE2\x82\xAC \xF0\x9F\x98\x80"), std::string("a\0b", 3)}) {
    std::string json;
    append_json_string(text, json);
    EXPECT_EQ(boost::json::value_to<std::string>(boost::json::parse(json)), text) << json;
  }
}

}  // namespace
}  // namespace wyld::demo
