#include "runtime/delivery_marks.h"

#include <gtest/gtest.h>

namespace wyld::runtime {
namespace {

void note(DeliveryMarks& marks, std::uint64_t wire_end, std::uint64_t tag) {
  marks.note(tag);
  ASSERT_TRUE(marks.has_pending());
  marks.commit(wire_end);
  ASSERT_FALSE(marks.has_pending());
}

TEST(DeliveryMarks, AnswersWithTheLastTagThatHasArrivedWhole) {
  DeliveryMarks marks;
  note(marks, 100, 10);
  note(marks, 250, 30);
  EXPECT_EQ(marks.delivered(99), 0U);
  EXPECT_EQ(marks.delivered(100), 10U);
  EXPECT_EQ(marks.delivered(249), 10U);
  EXPECT_EQ(marks.delivered(250), 30U);
  EXPECT_EQ(marks.delivered(1000), 30U);
  EXPECT_EQ(marks.size(), 0U);
}

TEST(DeliveryMarks, OneByteOfTheWireMayStandForMuchOutput) {
  DeliveryMarks marks;
  note(marks, 5, 100'000);
  EXPECT_EQ(marks.delivered(4), 0U);
  EXPECT_EQ(marks.delivered(5), 100'000U);
}

TEST(DeliveryMarks, ALaterTagAtTheSameByteTakesThePlaceOfTheEarlier) {
  DeliveryMarks marks;
  note(marks, 7, 1);
  note(marks, 7, 2);
  EXPECT_EQ(marks.size(), 1U);
  EXPECT_EQ(marks.delivered(7), 2U);
}

TEST(DeliveryMarks, BeginsWhereItIsReset) {
  DeliveryMarks marks;
  note(marks, 100, 900);
  marks.reset(40);
  EXPECT_EQ(marks.delivered(5000), 40U);
  note(marks, 6000, 50);
  EXPECT_EQ(marks.delivered(5999), 40U);
  EXPECT_EQ(marks.delivered(6000), 50U);
}

TEST(DeliveryMarks, WhenTheyAreUsedUpTheAnswerErrsTowardTheEarlier) {
  DeliveryMarks marks;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    note(marks, i * 10, i);
    ASSERT_LE(marks.size(), DeliveryMarks::kMarksMax);
  }
  DeliveryMarks copy = marks;
  EXPECT_EQ(copy.delivered(10'000), 1000U) << "the last one is never dropped";
  std::uint64_t before = 0;
  for (std::uint64_t confirmed = 0; confirmed <= 10'000; ++confirmed) {
    const std::uint64_t tag = marks.delivered(confirmed);
    ASSERT_LE(tag, confirmed / 10);
    ASSERT_GE(tag, before);
    before = tag;
  }
}

TEST(DeliveryMarks, AskForWhatIsConfirmedBeforeTheyGrow) {
  DeliveryMarks marks;
  std::size_t asked = 0;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    if (marks.is_full()) {
      ++asked;
      marks.delivered(i - 1);  // everything has arrived meanwhile
    }
    note(marks, i, i);
    ASSERT_LE(marks.size(), 8U);
  }
  EXPECT_LE(asked, 1000U / 8);
}

}  // namespace
}  // namespace wyld::runtime
