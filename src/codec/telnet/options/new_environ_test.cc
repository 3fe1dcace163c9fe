#include "codec/telnet/options/new_environ.h"

#include <gtest/gtest.h>

namespace wyld::telnet {
namespace {

using namespace std::string_view_literals;
using Variables = std::vector<EnvironVariable>;

TEST(NewEnviron, ReadsNamesValuesAndEscapes) {
  EXPECT_EQ(parse_environ("\x00\x00"
                          "A\x01\x02\x01"
                          "B\x03"
                          "C\x00"
                          "D\x01"sv),
            (Variables{{false, "A",
                        "\x01"
                        "B"},
                       {true, "C", std::nullopt},
                       {false, "D", ""}}));
  EXPECT_EQ(parse_environ("\x00"sv), Variables{});
  EXPECT_FALSE(parse_environ(""));
  EXPECT_FALSE(
      parse_environ("\x01\x00"
                    "A"sv));
}

TEST(NewEnviron, EveryBeginningOfAMessageIsRead) {
  const std::string_view message =
      "\x02\x00"
      "CHARSET\x01UTF-8\x03X\x02\x02\x01\x02\x03"sv;
  for (std::size_t bytes = 0; bytes <= message.size(); ++bytes) {
    const auto variables = parse_environ(message.substr(0, bytes));
    EXPECT_EQ(variables.has_value(), bytes > 0);
  }
  EXPECT_EQ(parse_environ(message)->back(), (EnvironVariable{true, "X\x02", "\x03"}));
}

TEST(NewEnviron, NumberAndLengthAreBounded) {
  std::string message("\x00", 1);
  for (int index = 0; index < 1000; ++index)
    message += std::string("\x00", 1) + "N\x01" + std::string(1000, 'v');
  const auto variables = parse_environ(message);
  ASSERT_TRUE(variables);
  EXPECT_EQ(variables->size(), kEnvironVariablesMax);
  EXPECT_EQ(variables->front().value->size(), kEnvironTextBytesMax);
}

TEST(NewEnviron, AnAddressIsNeverBelieved) {
  Capabilities capabilities;
  const Capabilities before = capabilities;
  EXPECT_FALSE(apply_environ({{false, "IPADDRESS", "203.0.113.7"}, {false, "USER", "root"}}, capabilities));
  EXPECT_EQ(capabilities, before);
}

TEST(NewEnviron, AnswersAreEscapedTwice) {
  std::string out;
  const Variables known = {{false, "CLIENT_NAME",
                            "a\x01\xFF"
                            "b"}};
  EXPECT_TRUE(answer_environ_send("\x01"sv, known, out));
  EXPECT_EQ(out,
            "\xFF\xFA\x27\x00\x00"
            "CLIENT_NAME\x01"
            "a\x02\x01\xFF\xFF"
            "b\xFF\xF0"sv);
  EXPECT_FALSE(answer_environ_send("", known, out));
  EXPECT_FALSE(answer_environ_send("\x00"sv, known, out));
}

}  // namespace
}  // namespace wyld::telnet
