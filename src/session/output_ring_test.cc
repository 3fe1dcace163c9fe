#include "session/output_ring.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wyld::session {
namespace {

using Time = OutputRing::Time;

std::string from(const OutputRing& ring, std::uint64_t offset) {
  std::string all;
  ring.visit(offset, [&all](const OutputRing::PieceView& piece) {
    switch (piece.kind) {
      case OutputKind::kText:
        all += piece.text;
        break;
      case OutputKind::kPrompt:
        all += '|';
        break;
      case OutputKind::kNotice:
        all += "[" + std::string(piece.text) + "]";
        break;
    }
  });
  return all;
}

TEST(OutputRing, SilenceOwnsNothing) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 64 * 1024);
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(budget.bytes(), 0U);
  ring.append(0, OutputKind::kText, "", Time{});
  EXPECT_TRUE(ring.empty());
}

TEST(OutputRing, KeepsKindsAndOrderAndCountsThem) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 64 * 1024);
  ring.append(10, OutputKind::kText, "one\n", Time{});
  ring.append(14, OutputKind::kText, "two> ", Time{});
  ring.append(19, OutputKind::kPrompt, "", Time{});
  ring.append(20, OutputKind::kNotice, "away", Time{});
  ring.append(24, OutputKind::kText, "three\n", Time{});
  EXPECT_EQ(ring.begin(), 10U);
  EXPECT_EQ(ring.end(), 30U);
  EXPECT_EQ(from(ring, 0), "one\ntwo> |[away]three\n");
  EXPECT_EQ(from(ring, 12), "e\ntwo> |[away]three\n");
  EXPECT_EQ(from(ring, 19), "|[away]three\n");
  EXPECT_EQ(from(ring, 20), "[away]three\n");
  EXPECT_EQ(from(ring, 30), "");
}

TEST(OutputRing, ALineThatGoesOnBeganSomewhere) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 64 * 1024);
  EXPECT_EQ(ring.line_begin(7), 7U) << "nothing was kept";
  ring.append(10, OutputKind::kText, "one\ntw", Time{});
  ring.append(16, OutputKind::kText, "o> ", Time{});
  ring.append(19, OutputKind::kPrompt, "", Time{});
  ring.append(20, OutputKind::kNotice, "away", Time{});
  ring.append(24, OutputKind::kText, "three\n", Time{});
  for (const auto& [offset, line] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {9, 9}, {10, 10}, {12, 10}, {14, 14}, {18, 14}, {20, 14}, {24, 24}, {27, 24}, {30, 30}})
    EXPECT_EQ(ring.line_begin(offset), line) << offset;
}

TEST(OutputRing, TheBeginningOfALineIsKnownWhenItIsNoLongerKept) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 1024);
  ring.append(0, OutputKind::kText, "a line\nand one without end: ", Time{});
  std::uint64_t offset = 28;
  while (ring.begin() < 2000) {
    ring.append(offset, OutputKind::kText, "more and more ", Time{});
    offset += 14;
  }
  EXPECT_EQ(ring.line_begin(offset), 7U);
  EXPECT_EQ(ring.line_begin(ring.begin()), 7U);
  EXPECT_EQ(ring.line_begin(ring.begin() - 1), ring.begin() - 1) << "of what is gone nothing is known";
  ring.append(offset, OutputKind::kText, "the end\nnext", Time{});
  EXPECT_EQ(ring.line_begin(ring.end()), offset + 8);
  ring.clear();
  EXPECT_EQ(ring.line_begin(offset), offset);
}

TEST(OutputRing, EveryOffsetGivesTheRestAndNeverHalfACharacter) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 64 * 1024);
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const std::string text = std::to_string(i) + "\u00fcber \u2014\n";
    ring.append(all.size(), OutputKind::kText, text, Time{});
    all += text;
  }
  for (std::size_t offset = 0; offset <= all.size(); ++offset) {
    std::size_t begin = offset;
    while (begin > 0 && begin < all.size() && (static_cast<unsigned char>(all[begin]) & 0xc0U) == 0x80U)
      --begin;
    ASSERT_EQ(from(ring, offset), all.substr(begin)) << offset;
    ASSERT_EQ(ring.character_begin(offset), begin);
  }
}

TEST(OutputRing, DropsTheOldestBeyondItsBound) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 4096);
  for (std::uint64_t i = 0; i < 1000; ++i)
    ring.append(i * 100, OutputKind::kText, std::string(100, 'x'), Time{});
  EXPECT_LE(budget.bytes(), 4096U + 1200U);
  EXPECT_EQ(ring.end(), 100'000U);
  EXPECT_GT(ring.begin(), 95'000U);
  EXPECT_EQ(from(ring, 0).size(), ring.end() - ring.begin());
}

TEST(OutputRing, OneTextOverTheBoundIsKeptAlone) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 4096);
  ring.append(0, OutputKind::kText, "before", Time{});
  ring.append(6, OutputKind::kText, std::string(10'000, 'x'), Time{});
  EXPECT_EQ(ring.begin(), 6U);
  EXPECT_EQ(from(ring, 0).size(), 10'000U);
  ring.append(10'006, OutputKind::kText, "after", Time{});
  EXPECT_EQ(from(ring, 10'006), "after");
}

TEST(OutputRing, WhatWasLeftOutBeginsAnew) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 4096);
  ring.append(0, OutputKind::kText, "kept", Time{});
  ring.append(100, OutputKind::kText, "later", Time{});
  EXPECT_EQ(ring.begin(), 100U);
  EXPECT_EQ(from(ring, 0), "later");
}

TEST(OutputRing, AllRingsShareTheBudgetAndTheOldestGoesFirst) {
  OutputBudget budget(8 * 1024);
  std::vector<std::unique_ptr<OutputRing>> rings;
  for (int i = 0; i < 20; ++i) {
    rings.push_back(std::make_unique<OutputRing>(budget, 64 * 1024));
    rings.back()->append(0, OutputKind::kText, std::string(1000, 'x'), Time{});
  }
  EXPECT_LE(budget.bytes(), 8U * 1024);
  EXPECT_TRUE(rings.front()->empty());
  EXPECT_FALSE(rings.back()->empty());
  rings.clear();
  EXPECT_EQ(budget.bytes(), 0U);
}

TEST(OutputRing, ContinuesALineWhoseBeginningIsNotKept) {
  OutputBudget budget{4096};
  OutputRing ring(budget, 4096);
  ring.continue_line(40, 100);
  ring.append(100, OutputKind::kText, "the rest", {});
  EXPECT_EQ(ring.line_begin(104), 40U);
  ring.append(108, OutputKind::kText, "\nnext", {});
  EXPECT_EQ(ring.line_begin(112), 109U);
  ring.clear();
  ring.append(100, OutputKind::kText, "a line of its own", {});
  EXPECT_EQ(ring.line_begin(104), 100U);
}

}  // namespace
}  // namespace wyld::session
