#include "codec/telnet/options/terminal_type.h"

#include <gtest/gtest.h>

namespace wyld::telnet {
namespace {

TEST(Mtts, OnlyANumberCounts) {
  EXPECT_EQ(parse_mtts("MTTS 2349"), 2349U);
  EXPECT_EQ(parse_mtts("MTTS 4294967295"), 4294967295U);
  EXPECT_EQ(parse_mtts("MTTS 4294967296"), 0U);
  EXPECT_EQ(parse_mtts("MTTS "), 0U);
  EXPECT_EQ(parse_mtts("MTTS 12x"), 0U);
  EXPECT_EQ(parse_mtts("MTTS -1"), 0U);
  EXPECT_FALSE(parse_mtts("XTERM"));
}

TEST(TerminalTypeQuery, AsksAtMostFourTimesInACycle) {
  TerminalTypeQuery query;
  Capabilities capabilities;
  ASSERT_TRUE(query.start());
  EXPECT_TRUE(query.on_answer("A", capabilities));
  EXPECT_TRUE(query.on_answer("B", capabilities));
  EXPECT_TRUE(query.on_answer("C", capabilities));
  EXPECT_FALSE(query.on_answer("D", capabilities));
  EXPECT_TRUE(query.ended());
  EXPECT_FALSE(query.on_answer("E", capabilities)) << "not asked";
  EXPECT_EQ(capabilities.client_name, "A");
  EXPECT_EQ(capabilities.terminal_type, "B");
}

TEST(TerminalTypeQuery, StartingOverAgainAndAgainEnds) {
  TerminalTypeQuery query;
  Capabilities capabilities;
  unsigned questions = 0;
  for (int round = 0; round < 100; ++round) {
    if (!query.start()) continue;
    ++questions;
    for (const char* name : {"A", "B", "C", "D"}) questions += query.on_answer(name, capabilities) ? 1U : 0U;
  }
  EXPECT_EQ(questions, TerminalTypeQuery::kQuestionsMax);
}

TEST(TerminalTypeQuery, NamesAreBoundedAndPrintable) {
  TerminalTypeQuery query;
  Capabilities capabilities;
  ASSERT_TRUE(query.start());
  EXPECT_TRUE(query.on_answer(std::string(16 * 1024, 'x') + "\x1B[2J", capabilities));
  EXPECT_EQ(capabilities.client_name, std::string(kCapabilityTextBytesMax, 'x'));
}

TEST(TerminalTypeQuery, AClientWithOneNameMeansItsTerminal) {
  TerminalTypeQuery query;
  Capabilities capabilities;
  ASSERT_TRUE(query.start());
  EXPECT_TRUE(query.on_answer("xterm", capabilities));
  EXPECT_FALSE(query.on_answer("xterm", capabilities));
  EXPECT_EQ(capabilities.client_name, "");
  EXPECT_EQ(capabilities.terminal_type, "xterm");
}

TEST(TerminalTypeAnswers, RepeatsItsLastAndStartsOver) {
  TerminalTypeAnswers answers;
  Capabilities capabilities;
  capabilities.client_name = "N";
  capabilities.terminal_type = "T";
  EXPECT_EQ(answers.next(capabilities, 5), "N");
  EXPECT_EQ(answers.next(capabilities, 5), "T");
  EXPECT_EQ(answers.next(capabilities, 5), "MTTS 5");
  EXPECT_EQ(answers.next(capabilities, 5), "MTTS 5");
  EXPECT_EQ(answers.next(capabilities, 5), "N");
  answers.restart();
  EXPECT_EQ(answers.next(capabilities, 5), "N");
}

}  // namespace
}  // namespace wyld::telnet
