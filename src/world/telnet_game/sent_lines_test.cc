#include "world/telnet_game/sent_lines.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace wyld::telnet_game {
namespace {

using Lines = std::vector<std::string>;

TEST(SentLines, WhatWasAnsweredAndConfirmedIsSure) {
  SentLines sent;
  sent.add("look", 6);
  sent.heard();
  sent.settle(6);
  EXPECT_EQ(sent.take(), Lines{});
}

TEST(SentLines, WhatHadNoAnswerIsUnsureThoughItArrived) {
  SentLines sent;
  sent.add("look", 6);
  sent.heard();
  sent.add("north", 13);
  sent.settle(13);
  EXPECT_EQ(sent.take(), Lines{"north"});
}

TEST(SentLines, WhatWasNotConfirmedIsUnsureThoughTheGameSpoke) {
  SentLines sent;
  sent.add("look", 6);
  sent.add("north", 13);
  sent.heard();
  sent.settle(12);
  EXPECT_EQ(sent.take(), Lines{"north"});
}

TEST(SentLines, TheLastThreeAreKept) {
  SentLines sent;
  for (const char* line : {"one", "two", "three", "four"}) sent.add(line, 1);
  sent.settle(100);
  EXPECT_EQ(sent.take(), (Lines{"two", "three", "four"}));
  EXPECT_EQ(sent.take(), Lines{}) << "named once";
}

TEST(SentLines, WhatIsUnsureStaysSoWhenAnotherConnectionIsMade) {
  SentLines sent;
  sent.add("look", 6);
  sent.settle(6);
  sent.add("typed meanwhile", SentLines::kNever);
  sent.heard();
  sent.settle(1'000'000);
  EXPECT_EQ(sent.take(), (Lines{"look", "typed meanwhile"}));
}

TEST(SentLines, LinesThatMayHoldAPasswordAreNotKept) {
  SentLines sent;
  for (const char* line : {"connect wizard potrzebie", "CREATE bob hunter22", "  Connect \"Sir Bob\" x",
                           "connect", "@password old=new", "\tlogin bob x", ""}) {
    sent.add(line, SentLines::kNever);
  }
  EXPECT_EQ(sent.take(), Lines{});
  sent.add("connection lost, he said", SentLines::kNever);
  EXPECT_EQ(sent.take(), Lines{"connection lost, he said"});
}

TEST(SentLines, ALongLineIsCutBetweenCharacters) {
  SentLines sent;
  sent.add(std::string(SentLines::kLineBytesMax, 'a'), 1);
  std::string wide(SentLines::kLineBytesMax - 1, 'a');
  wide += "\xE2\x82\xAC and more";
  sent.add(wide, 2);
  const Lines lines = sent.take();
  EXPECT_EQ(lines[0], std::string(SentLines::kLineBytesMax, 'a'));
  EXPECT_EQ(lines[1], std::string(SentLines::kLineBytesMax - 1, 'a') + "...");
  EXPECT_TRUE(is_valid_utf8(lines[1]));
}

}  // namespace
}  // namespace wyld::telnet_game
