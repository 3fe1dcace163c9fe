#include "session/output_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
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

// --- texts that rings share ---

TEST(SharedOutput, IsInMemoryOnceHoweverManyRingsHaveIt) {
  OutputBudget budget(10'000'000);
  const std::string text(10'000, 'x');
  std::vector<std::unique_ptr<OutputRing>> rings;
  {
    const SharedOutput shared = budget.share(text, Time{});
    for (int i = 0; i < 100; ++i) {
      rings.push_back(std::make_unique<OutputRing>(budget, 64 * 1024));
      rings.back()->append(7, shared);
    }
  }
  EXPECT_GT(budget.bytes(), text.size());
  EXPECT_LT(budget.bytes(), 2 * text.size() + 100 * 512);
  for (const auto& ring : rings) EXPECT_EQ(from(*ring, 0), text);
  rings.resize(1);
  EXPECT_EQ(from(*rings.front(), 0), text) << "the last ring keeps it";
  EXPECT_GT(budget.bytes(), text.size());
  rings.clear();
  EXPECT_EQ(budget.bytes(), 0U);
}

TEST(SharedOutput, ThatNoRingTookIsLetGo) {
  OutputBudget budget(10'000);
  {
    const SharedOutput shared = budget.share("nobody is here", Time{});
  }
  EXPECT_EQ(budget.bytes(), 0U);
}

TEST(SharedOutput, CountsInFullTowardTheBoundOfEachRing) {
  OutputBudget budget(10'000'000);
  OutputRing ring(budget, 4096);
  std::uint64_t offset = 0;
  for (; offset < 100'000; offset += 100) ring.append(offset, budget.share(std::string(100, 'x'), Time{}));
  EXPECT_EQ(ring.end(), offset);
  EXPECT_LE(ring.end() - ring.begin(), 4096U);
  EXPECT_GT(ring.end() - ring.begin(), 1500U);
  EXPECT_LE(budget.bytes(), 4096U + 40U * 32U) << "texts that went are let go";
}

TEST(SharedOutput, EvictedFromOneRingStaysInTheOthers) {
  OutputBudget budget(10'000'000);
  OutputRing talkative(budget, 1024);
  OutputRing quiet(budget, 1024);
  const SharedOutput bell = budget.share("the bell\n", Time{});
  talkative.append(0, bell);
  quiet.append(0, bell);
  for (std::uint64_t offset = 9; offset < 5000; offset += 50)
    talkative.append(offset, OutputKind::kText, std::string(50, 't'), Time{});
  EXPECT_GT(talkative.begin(), 9U);
  EXPECT_EQ(talkative.line_begin(talkative.begin()), 9U);
  EXPECT_EQ(from(quiet, 0), "the bell\n");
}

TEST(SharedOutput, OverTheBudgetPushesOutTheOldest) {
  OutputBudget budget(12 * 1024);
  OutputRing old(budget, 64 * 1024);
  OutputRing young(budget, 64 * 1024);
  old.append(0, OutputKind::kText, std::string(3000, 'o'), Time{});
  young.append(0, OutputKind::kText, std::string(3000, 'y'), Time{});
  young.append(3000, budget.share(std::string(3000, 's'), Time{}));
  EXPECT_TRUE(old.empty());
  EXPECT_EQ(from(young, 0), std::string(3000, 'y') + std::string(3000, 's'));
  EXPECT_LE(budget.bytes(), 12U * 1024);
}

TEST(Broadcasts, ArePartOfARingThatFollowsAndCostItNothing) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 64 * 1024);
  OutputRing other(budget, 64 * 1024);
  ring.append(0, OutputKind::kText, "own> ", Time{});
  ring.append(5, OutputKind::kPrompt, "", Time{});
  budget.broadcast("first\n", Time{});
  ring.follow(6);
  other.follow(100);
  const std::size_t bytes = budget.bytes();
  budget.broadcast("second\n", Time{});
  EXPECT_LE(budget.bytes() - bytes, 7U + 64U);
  EXPECT_EQ(from(ring, 0), "own> |first\nsecond\n");
  EXPECT_EQ(ring.end(), 19U);
  EXPECT_EQ(ring.line_begin(19), 19U);
  EXPECT_EQ(from(other, 0), "first\nsecond\n");
  EXPECT_EQ(other.begin(), 100U);
  ring.append(19, OutputKind::kText, "mine\n", Time{});
  budget.broadcast("third\n", Time{});
  EXPECT_EQ(from(ring, 0), "own> |first\nsecond\nmine\nthird\n");
  EXPECT_EQ(from(ring, 8), "rst\nsecond\nmine\nthird\n");
  EXPECT_EQ(from(other, 106), "second\nthird\n");
}

TEST(Broadcasts, StayInTheRingsThatTookThemIn) {
  OutputBudget budget(1'000'000, 2000);
  OutputRing ring(budget, 64 * 1024);
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string bell = "bell " + std::to_string(i) + "\n";
    budget.broadcast(bell, Time{});
    if (i == 0) ring.follow(0);
    all += bell;
    const std::string own = "own " + std::to_string(i) + "\n";
    ring.append(all.size(), OutputKind::kText, own, Time{});
    all += own;
  }
  EXPECT_EQ(ring.begin(), 0U);
  EXPECT_EQ(from(ring, 0), all);
}

TEST(Broadcasts, ThatAreNoLongerKeptLeaveTheRingToBeginAfterThem) {
  OutputBudget budget(1'000'000, 2000);
  OutputRing ring(budget, 64 * 1024);
  ring.append(0, OutputKind::kText, "before\nand a line that ", Time{});
  std::string all = "before\nand a line that ";
  for (int i = 0; i < 100; ++i) {
    const std::string text =
        i == 10 ? "ends here\nthe last one " : std::string(30, static_cast<char>('a' + i % 26));
    budget.broadcast(text, Time{});
    if (i == 0) ring.follow(all.size());
    all += text;
  }
  EXPECT_GT(ring.begin(), 20U * 30);
  EXPECT_EQ(ring.end(), all.size());
  EXPECT_EQ(from(ring, 0), all.substr(ring.begin()));
  EXPECT_EQ(ring.line_begin(ring.end()), all.rfind('\n') + 1);
  const std::uint64_t begin = ring.begin();
  ring.append(all.size(), OutputKind::kText, "own", Time{});
  EXPECT_EQ(ring.begin(), begin) << "taking them in changes nothing";
  EXPECT_EQ(from(ring, 0), all.substr(begin) + "own");
  EXPECT_EQ(ring.line_begin(ring.end()), all.rfind('\n') + 1);
}

TEST(Broadcasts, AreBounded) {
  OutputBudget budget(1'000'000, 5000);
  OutputRing ring(budget, 5000);
  for (int i = 0; i < 10'000; ++i) {
    budget.broadcast("!", Time{});
    if (i == 0) ring.follow(0);
  }
  EXPECT_LE(budget.bytes(), 5000U + 5 * 1250);
  EXPECT_EQ(ring.end(), 10'000U);
  EXPECT_LE(from(ring, 0).size(), 5000U);
  EXPECT_GT(from(ring, 0).size(), 3700U);
  budget.broadcast(std::string(20'000, 'x'), Time{});
  EXPECT_EQ(from(ring, 0), std::string(20'000, 'x')) << "the newest is kept, whatever its size";
  budget.broadcast("!", Time{});
  EXPECT_LE(budget.bytes(), 5000U);
}

TEST(Broadcasts, GoLastWhenTheBudgetIsUsedUp) {
  OutputBudget budget(9000, 1024);
  OutputRing follower(budget, 64 * 1024);
  OutputRing talkative(budget, 64 * 1024);
  budget.broadcast("the bell\n", Time{});
  follower.follow(0);
  for (std::uint64_t i = 0; i < 100; ++i)
    talkative.append(i * 100, OutputKind::kText, std::string(100, 't'), Time{});
  EXPECT_EQ(from(follower, 0), "the bell\n");
  EXPECT_LE(budget.bytes(), 9000U);
}

TEST(Broadcasts, AreNotForARingThatStoppedFollowing) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 64 * 1024);
  budget.broadcast("first\n", Time{});
  ring.follow(0);
  budget.broadcast("missed\n", Time{});
  ring.stop_following(6);
  EXPECT_EQ(from(ring, 0), "first\n");
  budget.broadcast("missed too\n", Time{});
  EXPECT_EQ(ring.end(), 6U);
  budget.broadcast("heard\n", Time{});
  ring.follow(6);
  EXPECT_EQ(from(ring, 0), "first\nheard\n");
  ring.clear();
  EXPECT_TRUE(ring.empty());
  budget.broadcast("after the end\n", Time{});
  EXPECT_TRUE(ring.empty());
}

// The session's count decides how many broadcasts lie before its own words.
TEST(Broadcasts, ComeAfterOwnOutputThatWasNumberedBefore) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 64 * 1024);
  budget.broadcast("one\n", Time{});
  ring.follow(0);
  budget.broadcast("two\n", Time{});
  ring.append(4, OutputKind::kText, "own\n", Time{});
  EXPECT_EQ(from(ring, 0), "one\nown\ntwo\n");
  EXPECT_EQ(ring.end(), 12U);
}

TEST(Broadcasts, AreDroppedWithTheRestWhenOutputWasLeftOut) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 64 * 1024);
  budget.broadcast("one\n", Time{});
  ring.follow(0);
  ring.append(9, OutputKind::kText, "beyond it", Time{});
  EXPECT_EQ(from(ring, 0), "beyond it");
  ring.append(50, OutputKind::kText, "later", Time{});
  EXPECT_EQ(ring.begin(), 50U);
  budget.broadcast("two\n", Time{});
  EXPECT_EQ(from(ring, 0), "latertwo\n") << "it still follows";
}

TEST(OutputRing, StoresTextsThatFollowOneAnotherAsOnePiece) {
  OutputBudget budget(1'000'000);
  OutputRing ring(budget, 64 * 1024);
  ring.append(0, OutputKind::kText, "own\n", Time{});
  ring.append(4, budget.share("shared\n", Time{}));
  budget.broadcast("bell\n", Time{});
  ring.follow(11);
  ring.append(16, OutputKind::kPrompt, "", Time{});
  ring.append(17, OutputKind::kText, "rest", Time{});
  const std::vector<OutputPiece> pieces = ring.pieces(2);
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[0].text, "n\nshared\nbell\n");
  EXPECT_EQ(pieces[0].offset, 2U);
  EXPECT_EQ(pieces[1].kind, OutputKind::kPrompt);
  EXPECT_EQ(pieces[2].text, "rest");
  EXPECT_EQ(pieces[2].offset, 17U);
}

// --- any order of everything, against all that was ever said ---

// One session: all its output since the last gap. Each byte stands for one of its offsets: a prompt is '|', a
// notice is made of 'N', which no text has.
struct Model {
  std::uint64_t base = 0;
  std::string all;
  std::uint64_t begin = 0;  // that the ring last had
  bool follows = false;

  [[nodiscard]] std::uint64_t end() const { return base + all.size(); }
  [[nodiscard]] std::uint64_t line_begin(std::uint64_t offset) const {
    for (std::size_t at = offset - base; at > 0; --at) {
      const bool notice_ends = all[at - 1] == 'N' && (at == all.size() || all[at] != 'N');
      if (all[at - 1] == '\n' || notice_ends) return base + at;
      if (all[at - 1] == 'N') return base + at;
    }
    return base;
  }
};

std::string visible(const OutputRing& ring, std::uint64_t offset) {
  std::string all;
  std::uint64_t next = 0;
  ring.visit(offset, [&](const OutputRing::PieceView& piece) {
    EXPECT_TRUE(next == 0 || piece.offset == next) << "a gap";
    all += piece.kind == OutputKind::kPrompt ? "|" : std::string(piece.text);
    EXPECT_EQ(piece.kind == OutputKind::kNotice, piece.text.starts_with('N'));
    next = piece.offset + OutputRing::size_of(piece.kind, piece.text);
  });
  return all;
}

class OutputRingOrders : public testing::TestWithParam<unsigned> {};

TEST_P(OutputRingOrders, GiveTheEndOfWhatWasSaid) {
  constexpr std::size_t kRings = 6;
  constexpr std::size_t kRingBytes = 2048;
  std::mt19937 random(GetParam());
  const auto below = [&random](std::size_t bound) { return random() % bound; };
  // Some budgets hold everything, some little more than one ring.
  const std::size_t budget_bytes = std::array<std::size_t, 3>{1'000'000, 12'000, 5'000}[GetParam() % 3];
  OutputBudget budget(budget_bytes, kRingBytes);
  std::vector<std::unique_ptr<OutputRing>> rings;
  for (std::size_t i = 0; i < kRings; ++i) rings.push_back(std::make_unique<OutputRing>(budget, kRingBytes));
  std::array<Model, kRings> models;
  const auto words = [&] {
    std::string text(1 + below(below(10) == 0 ? 900 : 60), static_cast<char>('a' + below(26)));
    if (below(2) == 0) text[below(text.size())] = '\n';
    return text;
  };
  const auto begin_anew = [&](std::size_t i, std::uint64_t offset) {
    models[i].base = models[i].begin = offset;
    models[i].all.clear();
  };

  for (int step = 0; step < 400; ++step) {
    const std::size_t i = below(kRings);
    OutputRing& ring = *rings[i];
    Model& model = models[i];
    switch (below(20)) {
      case 0:
        ring.append(model.end(), OutputKind::kPrompt, "", Time{});
        model.all += '|';
        break;
      case 1: {
        // Two notices in a row could not be told apart by this model.
        if (!model.all.ends_with('\n')) break;
        const std::string text(1 + below(30), 'N');
        ring.append(model.end(), OutputKind::kNotice, text, Time{});
        model.all += text + "\n";
        ring.append(model.end() - 1, OutputKind::kText, "\n", Time{});
        break;
      }
      case 2:
        if (below(4) != 0) break;
        begin_anew(i, model.end() + 1 + below(100));
        ring.append(model.end(), OutputKind::kText, "after a gap", Time{});
        model.all += "after a gap";
        break;
      case 3:
        if (below(4) != 0) break;
        ring.clear();
        begin_anew(i, 0);
        model.follows = false;
        break;
      case 4:
        if (!model.follows) break;
        ring.stop_following(model.end());
        model.follows = false;
        break;
      case 5:
      case 6:
      case 7: {
        const std::string text = words();
        const SharedOutput shared = budget.share(text, Time{});
        for (std::size_t other = 0; other < kRings; ++other) {
          if (below(2) == 0) continue;
          rings[other]->append(models[other].end(), shared);
          models[other].all += text;
        }
        break;
      }
      case 8:
      case 9:
      case 10:
      case 11:
      case 12: {
        const std::string text = words();
        budget.broadcast(text, Time{});
        for (std::size_t other = 0; other < kRings; ++other) {
          if (!models[other].follows) {
            if (below(3) != 0) continue;
            models[other].follows = true;
            rings[other]->follow(models[other].end());
          }
          models[other].all += text;
        }
        break;
      }
      default: {
        const std::string text = words();
        ring.append(model.end(), OutputKind::kText, text, Time{});
        model.all += text;
        break;
      }
    }

    ASSERT_LE(budget.bytes(), std::max(budget_bytes, std::size_t{6000})) << step;
    for (std::size_t other = 0; other < kRings; ++other) {
      const OutputRing& looked_at = *rings[other];
      Model& known = models[other];
      if (looked_at.empty()) continue;
      SCOPED_TRACE(testing::Message() << "step " << step << " ring " << other);
      ASSERT_EQ(looked_at.end(), known.end());
      ASSERT_GE(looked_at.begin(), known.begin) << "what was gone is back";
      known.begin = looked_at.begin();
      ASSERT_LE(looked_at.begin(), known.end());
      const std::string rest = known.all.substr(known.begin - known.base);
      ASSERT_EQ(visible(looked_at, 0), rest);
      ASSERT_LE(rest.size(), kRingBytes + 1024);
      const std::uint64_t offset = known.begin + below(rest.size() + 1);
      ASSERT_EQ(visible(looked_at, offset), known.all.substr(offset - known.base));
      ASSERT_EQ(looked_at.character_begin(offset), offset);
      // Within a notice the ring gives its beginning, of which the model knows nothing.
      if (offset == known.base || known.all[offset - known.base - 1] != 'N') {
        ASSERT_EQ(looked_at.line_begin(offset), known.line_begin(offset)) << offset;
      }
      std::string stored;
      for (const OutputPiece& piece : looked_at.pieces(offset))
        stored += piece.kind == OutputKind::kPrompt ? "|" : piece.text;
      ASSERT_EQ(stored, known.all.substr(offset - known.base));
    }
  }
  rings.clear();
  EXPECT_LE(budget.bytes(), 2 * kRingBytes) << "only the last broadcasts are left";
}

INSTANTIATE_TEST_SUITE_P(Seeds, OutputRingOrders, testing::Range(0U, 150U));

}  // namespace
}  // namespace wyld::session
