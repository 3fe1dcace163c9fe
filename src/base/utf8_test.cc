#include "base/utf8.h"

#include <gtest/gtest.h>

namespace wyld {
namespace {

using namespace std::string_view_literals;

// The encoding of one number, whether UTF-8 allows it or not.
std::string encoded(std::uint32_t number) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80U | ((number >> shift) & 0x3FU)); };
  if (number < 0x80) return {static_cast<char>(number)};
  if (number < 0x800) return {static_cast<char>(0xC0U | (number >> 6U)), tail(0)};
  if (number < 0x10000) return {static_cast<char>(0xE0U | (number >> 12U)), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | (number >> 18U)), tail(12), tail(6), tail(0)};
}

TEST(Utf8, EveryScalarValueIsValidAndNothingElse) {
  for (std::uint32_t number = 0; number <= 0x1FFFFF; ++number) {
    const bool is_scalar = number <= 0x10FFFF && (number < 0xD800 || number > 0xDFFF);
    ASSERT_EQ(is_valid_utf8(encoded(number)), is_scalar) << std::hex << number;
  }
}

TEST(Utf8, EverySequenceOfTwoBytesIsJudgedByRfc3629) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string bytes = {static_cast<char>(first), static_cast<char>(second)};
      const bool expected =
          (first < 0x80 && second < 0x80) || (first >= 0xC2 && first <= 0xDF && (second & 0xC0U) == 0x80);
      ASSERT_EQ(is_valid_utf8(bytes), expected) << std::hex << first << ' ' << second;
    }
  }
}

TEST(Utf8, OverlongFormsAreInvalid) {
  for (const std::string_view bytes :
       {"\xC0\xAF"sv, "\xC1\xBF"sv, "\xE0\x9F\xBF"sv, "\xF0\x8F\xBF\xBF"sv, "\xC0\x80"sv}) {
    EXPECT_FALSE(is_valid_utf8(bytes));
  }
}

TEST(Utf8, ValidatorGivesTheSameAnswerForEveryCut) {
  for (const std::string_view text : {"aé€😀z"sv, "long enough to be read in blocks: é€😀 and on"sv,
                                      "a\xED\xA0\x80"sv, "\xF4\x90\x80\x80"sv, "caf\xE9 x"sv}) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      Utf8Validator validator;
      const bool first = validator.feed(text.substr(0, cut));
      const bool both = validator.feed(text.substr(cut)) && first;
      EXPECT_EQ(both && validator.complete(), is_valid_utf8(text)) << "cut at " << cut;
    }
  }
}

TEST(Utf8, ValidatorStaysInvalidUntilReset) {
  Utf8Validator validator;
  EXPECT_FALSE(validator.feed("\xFF"));
  EXPECT_FALSE(validator.feed("plain"));
  validator.reset();
  EXPECT_TRUE(validator.feed("plain"));
  EXPECT_TRUE(validator.feed("\xE2\x82"));
  EXPECT_FALSE(validator.complete());
  EXPECT_TRUE(validator.feed("\xAC"));
  EXPECT_TRUE(validator.complete());
}

TEST(Utf8, AsciiPrefixEndsAtTheFirstHighByteWhereverItIs) {
  for (std::size_t size = 0; size < 70; ++size) {
    EXPECT_EQ(ascii_prefix_bytes(std::string(size, 'a')), size);
    for (std::size_t high = 0; high < size; ++high) {
      std::string text(size, 'a');
      text[high] = '\x80';
      ASSERT_EQ(ascii_prefix_bytes(text), high);
      ASSERT_FALSE(is_ascii(text));
    }
  }
}

TEST(Utf8, TailCountsOnlyWhatCouldStillBecomeACharacter) {
  EXPECT_EQ(incomplete_utf8_tail_bytes(""), 0U);
  EXPECT_EQ(incomplete_utf8_tail_bytes("a"), 0U);
  EXPECT_EQ(incomplete_utf8_tail_bytes("a\xC3"), 1U);
  EXPECT_EQ(incomplete_utf8_tail_bytes("a\xE2\x82"), 2U);
  EXPECT_EQ(incomplete_utf8_tail_bytes("a\xF0\x9F\x98"), 3U);
  EXPECT_EQ(incomplete_utf8_tail_bytes("€"), 0U);
  EXPECT_EQ(incomplete_utf8_tail_bytes("\xE0\x80"), 0U);
  EXPECT_EQ(incomplete_utf8_tail_bytes("\xED\xA0"), 0U);
  EXPECT_EQ(incomplete_utf8_tail_bytes("\xFF"), 0U);
  EXPECT_EQ(incomplete_utf8_tail_bytes("\x80\x80\x80\x80"), 0U);
}

std::string lossy(std::string_view bytes) {
  std::string out;
  append_utf8_lossy(bytes, out);
  return out;
}

TEST(Utf8, LossyReplacesEachBrokenBeginningOnce) {
  EXPECT_EQ(lossy("aé€😀"), "aé€😀");
  EXPECT_EQ(lossy("a\xE9z"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(lossy("\xE2\x82z"), "\xEF\xBF\xBDz");
  EXPECT_EQ(lossy("\xE2\x82"), "\xEF\xBF\xBD");
  EXPECT_EQ(lossy("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(lossy("\xE2\xE2\x82\xAC"), "\xEF\xBF\xBD€");
}

TEST(Utf8, LossyOutputIsAlwaysValid) {
  std::uint32_t random = 12345;  // a fixed seed: the same bytes each run
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int index = 0; index < 40; ++index) {
      random = random * 1664525U + 1013904223U;
      bytes.push_back(static_cast<char>(random >> (round % 2 == 0 ? 24U : 25U)));
    }
    ASSERT_TRUE(is_valid_utf8(lossy(bytes))) << round;
  }
}

}  // namespace
}  // namespace wyld
