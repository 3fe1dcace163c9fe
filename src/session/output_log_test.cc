#include "session/output_log.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;

class Log : public ::testing::Test {
 protected:
  void say(std::string_view text) { log.note(OutputKind::kText, text, {}); }
  std::string from(std::uint64_t offset) const {
    std::string text;
    log.visit(offset, [&text](const OutputRing::PieceView& piece) { text += piece.text; });
    return text;
  }

  OutputBudget budget{1 << 20};
  OutputLog::Shard shard{.budget = budget, .bytes_max = 1 << 16, .epoch = 5};
  OutputLog::Shard next_process{.budget = budget, .bytes_max = 1 << 16, .epoch = 6};
  OutputLog log{shard};
  OutputLog::TimePoint now{1h};
};

TEST_F(Log, OutputIsNumberedBeforeItIsKept) {
  say("Welcome.\n");
  EXPECT_EQ(log.position(), (OutputPosition{.epoch = 5, .offset = 9}));
  EXPECT_TRUE(log.record());
  EXPECT_FALSE(log.record());
  say("A room.\n");
  log.note(OutputKind::kPrompt, {}, {});
  EXPECT_EQ(log.offset(), 18U);
  EXPECT_EQ(from(0), "A room.\n");
}

TEST_F(Log, AClientThatCountsGetsWhatItLacks) {
  log.record();
  say("one\ntwo\n");
  const OutputLog::Replay replay = log.replay_for(OutputPosition{.epoch = 5, .offset = 4});
  EXPECT_EQ(replay.from, 4U);
  EXPECT_EQ(replay.bytes, 4U);
  EXPECT_EQ(replay.lines, 1U);
  EXPECT_FALSE(replay.has_gap());
}

TEST_F(Log, APositionBeyondTheEndIsTheEnd) {
  log.record();
  say("one\n");
  EXPECT_EQ(log.replay_for(OutputPosition{.epoch = 5, .offset = 1000}).bytes, 0U);
}

TEST_F(Log, AClientThatDoesNotCountGetsTheWholeLineThatArrivedInPart) {
  log.record();
  say("one\ntwo\n");
  log.detached(/*delivered=*/6, /*client_counts=*/false);
  const OutputLog::Replay replay = log.replay_for(std::nullopt);
  EXPECT_EQ(from(replay.from), "two\n");
  EXPECT_FALSE(replay.has_gap());
}

TEST_F(Log, WhatWasSaidBeforeItWasKeptIsMissing) {
  say("lost\n");
  log.record();
  say("kept\n");
  const OutputLog::Replay replay = log.replay_for(OutputPosition{.epoch = 5, .offset = 2});
  EXPECT_EQ(replay.missing, 3U);
  EXPECT_EQ(replay.from, 5U);
  EXPECT_TRUE(replay.has_gap());
}

TEST_F(Log, AnotherProcessGoesOnWhereThisOneEnded) {
  log.record();
  say("one\n");
  log.detached(4, false);
  say("two\n");
  const Scrollback stored = log.to_store(/*complete=*/true, now);
  EXPECT_EQ(stored.end, 8U);
  ASSERT_EQ(stored.pieces.size(), 1U);
  EXPECT_EQ(stored.pieces[0].text, "two\n");

  OutputLog next(next_process);
  next.continue_from(&stored, std::nullopt);
  EXPECT_EQ(next.position(), (OutputPosition{.epoch = 6, .offset = 8}));
  OutputLog::Replay replay = next.replay_for(std::nullopt);
  EXPECT_EQ(replay.from, 4U);
  EXPECT_FALSE(replay.has_gap());
  replay = next.replay_for(OutputPosition{.epoch = 5, .offset = 8});
  EXPECT_EQ(replay.bytes, 0U);
  EXPECT_FALSE(replay.has_gap());
  EXPECT_TRUE(next.replay_for(OutputPosition{.epoch = 4, .offset = 8}).has_gap()) << "an epoch nobody knows";
}

TEST_F(Log, OutputThatWasNotStoredCompletelyIsAGapUntilAClientHasReadOfIt) {
  log.record();
  say("one\n");
  log.detached(4, false);
  const Scrollback stored = log.to_store(/*complete=*/false, now);
  OutputLog next(next_process);
  next.continue_from(&stored, std::nullopt);
  const OutputLog::Replay replay = next.replay_for(std::nullopt);
  EXPECT_FALSE(replay.sure);
  next.attached();
  next.tells(replay);
  next.detached(replay.from, false);
  EXPECT_FALSE(next.replay_for(std::nullopt).sure) << "nothing after the gap has arrived";
  next.note(OutputKind::kText, "two\n", {});
  next.detached(next.offset(), false);
  EXPECT_TRUE(next.replay_for(std::nullopt).sure);
}

TEST_F(Log, AGapThatNobodyHasReadOfIsStoredAsOne) {
  OutputLog next(next_process);
  next.continue_from(nullptr, OutputPosition{.epoch = 5, .offset = 40});
  EXPECT_EQ(next.offset(), 40U);
  next.attached();
  EXPECT_FALSE(next.to_store(/*complete=*/true, now).complete);
}

TEST_F(Log, IsStoredAgainWhenHalfAsMuchIsNewOrAMinuteHasPassed) {
  log.record();
  say("12345678");
  log.detached(0, false);
  EXPECT_TRUE(log.soil());
  EXPECT_FALSE(log.soil());
  (void)log.to_store(false, now);
  EXPECT_FALSE(log.is_dirty());
  say("123");
  EXPECT_TRUE(log.soil());
  EXPECT_FALSE(log.is_due(now));
  EXPECT_TRUE(log.is_due(now + 60s));
  say("4");
  EXPECT_TRUE(log.is_due(now));
}

TEST_F(Log, AnUnfinishedLineIsWhatThePlayerSees) {
  EXPECT_EQ(log.unfinished_line().text, "");
  log.record();
  say("A room.\nYour na");
  say("me: ");
  log.note(OutputKind::kPrompt, {}, {});
  EXPECT_EQ(log.unfinished_line().text, "Your name: ");
  EXPECT_TRUE(log.unfinished_line().is_prompt);
  log.note(OutputKind::kNotice, "The game is back.", {});
  EXPECT_EQ(log.unfinished_line().text, "");
}

TEST_F(Log, ClearingForgetsEverything) {
  log.record();
  say("one\n");
  log.detached(0, false);
  (void)log.soil();
  log.clear();
  EXPECT_EQ(log.offset(), 0U);
  EXPECT_FALSE(log.is_recording() || log.is_dirty() || log.is_due(now));
  EXPECT_EQ(budget.bytes(), 0U);
}

}  // namespace
}  // namespace wyld::session
