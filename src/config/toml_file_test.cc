#include "config/toml_file.h"

#include <gtest/gtest.h>

#include <string>

namespace wyld::config {
namespace {

std::string repeated(std::string_view piece, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += piece;
  return out;
}

TEST(TomlFile, GivesEntriesInTheOrderOfTheFileWithTheirPlaces) {
  const TomlFile file = parse_toml("[world]\nurl = 'demo'\n\n[server]\n  name = \"x\"\nshards = 0x10\n");
  ASSERT_TRUE(file.problems.empty());
  ASSERT_EQ(file.entries.size(), 5U);
  EXPECT_TRUE(file.entries[0].is_section);
  EXPECT_EQ(file.entries[0].section, "world");
  EXPECT_EQ(file.entries[1].key, "url");
  EXPECT_EQ(std::get<std::string>(file.entries[1].value.data), "demo");
  EXPECT_EQ(file.entries[1].key_position, (Position{2, 1}));
  EXPECT_EQ(file.entries[1].value_position, (Position{2, 7}));
  EXPECT_EQ(file.entries[3].key, "name");
  EXPECT_EQ(file.entries[3].key_position, (Position{5, 3}));
  EXPECT_EQ(std::get<std::int64_t>(file.entries[4].value.data), 16);
}

TEST(TomlFile, DottedKeysAndInlineTablesAreSectionsToo) {
  const TomlFile file = parse_toml("log.level = 'info'\nserver = { shards = 2 }\n");
  ASSERT_TRUE(file.problems.empty());
  ASSERT_EQ(file.entries.size(), 4U);
  EXPECT_EQ(file.entries[1].section + "." + file.entries[1].key, "log.level");
  EXPECT_EQ(file.entries[3].section + "." + file.entries[3].key, "server.shards");
}

TEST(TomlFile, SaysTheTypeOfWhatNoSettingTakes) {
  const TomlFile file = parse_toml("[x]\na = 1.5\nb = 2024-01-01\nc = 07:32:00\nd = {}\ne = nan\n");
  ASSERT_TRUE(file.problems.empty());
  ASSERT_EQ(file.entries.size(), 6U);
  const char* expected[] = {"a fraction", "a date", "a time of day", "a section", "a fraction"};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(std::get<RawValue::Other>(file.entries[i + 1].value.data).description, expected[i]);
  }
}

TEST(TomlFile, ReportsSeveralSyntaxErrorsAndStillReadsTheRest) {
  const TomlFile file = parse_toml("[server]\nname = oops\nshards = 2\n\n[log]\nlevel info\n# fine\n");
  ASSERT_EQ(file.problems.size(), 2U);
  EXPECT_EQ(file.problems[0].position.line, 2U);
  EXPECT_EQ(file.problems[1].position.line, 6U);
  ASSERT_EQ(file.entries.size(), 3U);
  EXPECT_EQ(file.entries[1].key, "shards");
}

TEST(TomlFile, AnUnclosedListIsOneErrorNotOnePerLine) {
  const TomlFile file =
      parse_toml("[listen]\ntelnet = [\":1\",\nhttp = ':2'\n\n[log]\nlevel = 'info'\n[web]\nx=1\n");
  EXPECT_EQ(file.problems.size(), 1U);
  EXPECT_TRUE(file.entries.empty());
}

TEST(TomlFile, AnUnclosedMultiLineTextIsOneError) {
  const TomlFile file = parse_toml("[server]\nname = \"\"\"abc\nshards = 2\n");
  EXPECT_EQ(file.problems.size(), 1U);
}

TEST(TomlFile, ABrokenSectionLineEndsTheReports) {
  const TomlFile file = parse_toml("[server\nshards = 99\n");
  ASSERT_EQ(file.problems.size(), 1U);
  EXPECT_EQ(file.problems[0].position.line, 1U);
  EXPECT_TRUE(file.entries.empty());
}

TEST(TomlFile, ADuplicateKeyIsAnError) {
  const TomlFile file = parse_toml("[server]\nshards = 1\nshards = 2\n");
  ASSERT_EQ(file.problems.size(), 1U);
  EXPECT_EQ(file.problems[0].position.line, 3U);
}

TEST(TomlFile, StopsAtTenSyntaxErrors) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "a" + std::to_string(i) + " = b\nc" + std::to_string(i) + " = 1\n";
  EXPECT_EQ(parse_toml(text).problems.size(), 10U);
}

TEST(TomlFile, DeepNestingIsRefusedWithItsPlace) {
  // Each of these would otherwise make the parser, or the destructor of what it built, recurse.
  for (const std::string& text :
       {"x = " + repeated("[", 300'000), "x = " + repeated("{a=", 300'000),
        "[" + repeated("a.", 300'000) + "a]\n", repeated("a.", 300'000) + "a = 1\n",
        repeated("'a'.", 200'000) + "a = 1\n", repeated("a . ", 200'000) + "a = 1\n",
        "x = {" + repeated("a.", 300'000) + "a=1}\n", "s = 'it''s' \n" + repeated("a.", 300'000) + "a = 1\n",
        "s = \"\"\"\"\"\"\n" + repeated("a.", 300'000) + "a = 1\n"}) {
    const TomlFile file = parse_toml(text);
    ASSERT_FALSE(file.problems.empty()) << text.substr(0, 20);
    EXPECT_TRUE(file.problems.front().message.starts_with("nested more than 16 deep"))
        << file.problems.front().message;
    EXPECT_GE(file.problems.front().position.column, 1U);
  }
}

TEST(TomlFile, NestingIsCountedOutsideTextsAndCommentsOnly) {
  EXPECT_TRUE(parse_toml("x = '" + repeated("[.", 100) + "'\n").problems.empty());
  EXPECT_TRUE(parse_toml("x = \"\\\"" + repeated("[.", 100) + "\"\n").problems.empty());
  EXPECT_TRUE(parse_toml("x = '''\n" + repeated("[.", 100) + "'''\n").problems.empty());
  EXPECT_TRUE(parse_toml("# " + repeated("[.", 100) + "\nx = 1\n").problems.empty());
  EXPECT_TRUE(parse_toml("x = " + repeated("[", 16) + repeated("]", 16) + "\n").problems.empty());
  EXPECT_FALSE(parse_toml("x = " + repeated("[", 17) + repeated("]", 17) + "\n").problems.empty());
  EXPECT_TRUE(parse_toml(repeated("a.", 15) + "a = 1\n").problems.empty());
  EXPECT_FALSE(parse_toml(repeated("a.", 16) + "a = 1\n").problems.empty());
  EXPECT_TRUE(parse_toml("x = [" + repeated("1.5, ", 100) + "]\n").problems.empty());
}

// Version 3.3 of the library runs into undefined behaviour at U+FEFA to U+FEFE.
TEST(TomlFile, CharactersBeyondAsciiStandInTextsAndCommentsOnly) {
  for (const char* text :
       {"\xEF\xBB\xBA = 1\n", "x =\xEF\xBB\xBC 1\n", "x = 1 \xEF\xBB\xBE\n", "x = '''''' \xEF\xBB\xBE\n",
        "x = \"\"\"a\"\"\"\" \xEF\xBB\xBC\n", "x = '''a''''' \xEF\xBB\xBC\n", "x = \"\\\\\" \xEF\xBB\xBC\n",
        "[\xC3\xBC]\n", "x = \xE2\x80\x9CIsles\xE2\x80\x9D\n", "x = [\xFF]\n"}) {
    const TomlFile file = parse_toml(text);
    ASSERT_EQ(file.problems.size(), 1U) << text;
    EXPECT_EQ(file.problems[0].message,
              "not valid TOML: characters beyond ASCII may stand in texts and comments only; texts need "
              "plain quotes, "
              "\" or '");
  }
  EXPECT_TRUE(
      parse_toml("\xEF\xBB\xBF# \xEF\xBB\xBC\nx = '\xEF\xBB\xBC'\n\"\xEF\xBB\xBC\" = 1\n").problems.empty());
  EXPECT_EQ(parse_toml("x = '\xC3\xBC' \xC3\xBC\n").problems.at(0).position, (Position{1, 9}));
}

// These break assumptions that version 3.3 of the library makes about itself.
TEST(TomlFile, WhatTheLibraryTripsOverIsAnErrorInItsLine) {
  for (const char* text : {"[[[", "[[[x]]]", "[=]", "[.x]", "[[.x]]", "[#]", "[,]", "[[ ]"}) {
    const TomlFile file = parse_toml(std::string("[log]\nlevel = 'info'\n") + text + "\nx = 1\n");
    ASSERT_EQ(file.problems.size(), 1U) << text;
    EXPECT_EQ(file.problems[0].position.line, 3U) << text;
    EXPECT_TRUE(file.problems[0].message.starts_with("not valid TOML: ")) << file.problems[0].message;
  }
}

TEST(TomlFile, CurlyQuotesDoNotHideTheOtherMistakes) {
  const TomlFile file = parse_toml("[a]\nb = \xE2\x80\x9Cx\xE2\x80\x9D\nc = 1\nd = [1\n");
  ASSERT_EQ(file.problems.size(), 2U);
  EXPECT_EQ(file.problems[0].position, (Position{2, 5}));
  EXPECT_GE(file.problems[1].position.line, 4U);
}

TEST(TomlFile, TheFileIsBounded) {
  const std::string line = "# 34567890123456789012345678901\n";
  std::string text = repeated(line, kFileBytesMax / line.size());
  ASSERT_EQ(text.size(), kFileBytesMax);
  EXPECT_TRUE(parse_toml(text).problems.empty());
  text += '\n';
  ASSERT_EQ(parse_toml(text).problems.size(), 1U);
  EXPECT_EQ(parse_toml(text).problems[0].message, "longer than 1048576 bytes; is it the right file?");
}

TEST(TomlFile, AFileOfUtf16IsOneSentence) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {"\xFF\xFE[\0a\0]\0\n\0"sv, "\xFE\xFF\0[\0a\0]\0\n"sv, "[\0a\0]\0\n\0"sv,
                                      "\0[\0a\0]\0\n"sv, "\xFF\xFE"sv}) {
    const TomlFile file = parse_toml(text);
    ASSERT_EQ(file.problems.size(), 1U);
    EXPECT_EQ(file.problems[0].message, "the file is UTF-16, as some editors save it; save it as UTF-8");
    EXPECT_TRUE(file.entries.empty());
  }
}

TEST(TomlFile, MessagesAreFitForATerminal) {
  for (const char* text : {"x = \x1B[31m\n", "\x1B = 1\n", "x = \"\x07\"\n", "x = \xC2\x9B\n"}) {
    for (const SyntaxProblem& problem : parse_toml(text).problems) {
      for (const char c : problem.message) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    }
  }
}

}  // namespace
}  // namespace wyld::config
