#include "codec/telnet/line_assembler.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/utf8.h"

namespace wyld::telnet {
namespace {

class Lines final : public LineSink {
 public:
  void on_line(std::string_view utf8) override { lines.emplace_back(utf8); }
  void on_characters(std::string_view utf8) override { characters += utf8; }
  void on_line_oversized() override { ++oversized; }
  void on_latin1_noticed() override { ++latin1; }
  void on_utf8_noticed() override {}

  std::vector<std::string> lines;
  std::string characters;
  int oversized = 0;
  int latin1 = 0;
};

using Texts = std::vector<std::string>;

constexpr std::size_t kBytesMax = 16;

TEST(LineAssembler, ALineAtTheBoundPassesOneBeyondIsCutAndReportedOnce) {
  for (const std::size_t cut : {0U, 1U, 15U, 16U, 17U, 30U}) {
    Lines sink;
    LineAssembler lines(kBytesMax, Charset::kUtf8);
    const auto feed = [&](const std::string& text) {
      lines.feed(std::string_view(text).substr(0, cut), sink);
      if (cut < text.size()) lines.feed(std::string_view(text).substr(cut), sink);
    };
    feed(std::string(kBytesMax, 'a') + "\r\n");
    EXPECT_EQ(sink.oversized, 0) << cut;
    feed(std::string(kBytesMax + 1, 'b') + "\r\n");
    EXPECT_EQ(sink.oversized, 1) << cut;
    feed(std::string(100, 'c') + "\r\n");
    EXPECT_EQ(sink.oversized, 2) << cut;
    feed("after\r\n");
    EXPECT_EQ(sink.lines, (Texts{std::string(kBytesMax, 'a'), std::string(kBytesMax, 'b'),
                                 std::string(kBytesMax, 'c'), "after"}))
        << cut;
  }
}

TEST(LineAssembler, TenMegabytesWithoutAnEndAreOneCutLine) {
  Lines sink;
  LineAssembler lines(kBytesMax, Charset::kUtf8);
  const std::string block(64 * 1024, 'x');
  for (int index = 0; index < 160; ++index) lines.feed(block, sink);
  EXPECT_EQ(sink.oversized, 1);
  EXPECT_TRUE(sink.lines.empty());
  lines.feed("\nnext\n", sink);
  EXPECT_EQ(sink.lines, (Texts{std::string(kBytesMax, 'x'), "next"}));
}

TEST(LineAssembler, TheBoundNeverCutsACharacter) {
  for (std::size_t before = 0; before < kBytesMax; ++before) {
    Lines sink;
    LineAssembler lines(kBytesMax, Charset::kUtf8);
    std::string text(before, 'a');
    while (text.size() <= kBytesMax) text += "€";
    lines.feed(text + "\n", sink);
    ASSERT_EQ(sink.lines.size(), 1U);
    EXPECT_TRUE(is_valid_utf8(sink.lines[0])) << before;
    EXPECT_LE(sink.lines[0].size(), kBytesMax);
    EXPECT_GT(sink.lines[0].size() + 3, kBytesMax);
    EXPECT_EQ(sink.oversized, 1);
  }
}

TEST(LineAssembler, ALineThatGrowsInDecodingKeepsTheBound) {
  Lines sink;
  LineAssembler lines(kBytesMax, Charset::kLatin1);
  lines.set_charset(Charset::kLatin1, true);
  lines.feed(std::string(kBytesMax, '\xE9') + "\n", sink);
  ASSERT_EQ(sink.lines.size(), 1U);
  EXPECT_EQ(sink.lines[0].size(), kBytesMax);
  EXPECT_EQ(sink.oversized, 1);
}

TEST(LineAssembler, EditingKeysHelpNobodyPastTheBound) {
  Lines sink;
  LineAssembler lines(kBytesMax, Charset::kUtf8);
  lines.feed(std::string(kBytesMax + 4, 'a') + "\b\b\b\bzz\n", sink);
  EXPECT_EQ(sink.lines, Texts{std::string(kBytesMax, 'a')});
}

TEST(LineAssembler, ErasingMoreThanThereIsHarmsNothing) {
  Lines sink;
  LineAssembler lines(kBytesMax, Charset::kUtf8);
  lines.erase_character(sink);
  lines.erase_line(sink);
  lines.feed("\x7F\x08\x15\x80\x7F\x7Fok\n", sink);
  EXPECT_EQ(sink.lines, Texts{"ok"});
}

TEST(LineAssembler, TheSameLinesHoweverTheyAreCut) {
  const std::string text =
      "plain\r\n\x1B[1mbold\x1B[0m\nd\xC3\xA9j\xC3\xA0\r\rtab\tbed\r\n\xE9t\xE9\r\nx\x7F\x7Fyz\r\n";
  Lines whole;
  LineAssembler(64, Charset::kUtf8).feed(text, whole);
  EXPECT_EQ(whole.lines, (Texts{"plain", "bold", "déjà", "", "tab bed", "été", "yz"}));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Lines pieces;
    LineAssembler lines(64, Charset::kUtf8);
    lines.feed(std::string_view(text).substr(0, cut), pieces);
    lines.feed(std::string_view(text).substr(cut), pieces);
    EXPECT_EQ(pieces.lines, whole.lines) << "cut at byte " << cut;
  }
}

TEST(LineAssembler, Latin1IsNoticedOnceAndAgreementEndsTheGuessing) {
  Lines sink;
  LineAssembler lines(64, Charset::kUtf8);
  for (int index = 0; index < 10; ++index) lines.feed("\xE9\n", sink);
  EXPECT_EQ(sink.latin1, 1);
  lines.set_charset(Charset::kUtf8, true);
  sink.lines.clear();
  lines.feed("\xC3\xA9\n\xE9\n", sink);
  EXPECT_EQ(sink.lines, (Texts{"é", "\xEF\xBF\xBD"}));
}

TEST(LineAssembler, CharactersKeepEverythingButNul) {
  Lines sink;
  LineAssembler lines(64, Charset::kUtf8);
  lines.set_character_mode(true);
  using namespace std::string_view_literals;
  lines.feed("a\x1B[A\0\x7F\r\0\r\n\n\xE2\x82"sv, sink);
  EXPECT_EQ(sink.characters, "a\x1B[A\x7F\n\n\n");
  lines.feed("\xAC", sink);
  EXPECT_EQ(sink.characters, "a\x1B[A\x7F\n\n\n€");
  EXPECT_TRUE(sink.lines.empty());
}

}  // namespace
}  // namespace wyld::telnet
