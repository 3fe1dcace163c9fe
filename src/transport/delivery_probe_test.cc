#include "transport/delivery_probe.h"

#include <gtest/gtest.h>

namespace wyld::transport {
namespace {

using namespace std::chrono_literals;
using TimePoint = DeliveryProbe::TimePoint;
using Answers = DeliveryProbe::Answers;

constexpr TimePoint kNow{1000s};

TEST(DeliveryProbe, AsksAtOnceAfterSilenceAndThenNowAndThen) {
  DeliveryProbe probe(Answers::kAlways);
  EXPECT_EQ(probe.due(), TimePoint::max()) << "nothing was written";
  probe.wrote(100);
  EXPECT_LE(probe.due(), kNow);
  probe.asked(110, 1, kNow);
  probe.wrote(500);
  EXPECT_GE(probe.due(), kNow + DeliveryProbe::kPatience) << "one question at a time";
  EXPECT_TRUE(probe.answered(1));
  EXPECT_EQ(probe.reached(), 110U);
  EXPECT_EQ(probe.due(), kNow + DeliveryProbe::kInterval);
  probe.asked(510, 2, kNow + 2s);
  EXPECT_TRUE(probe.answered(2));
  EXPECT_EQ(probe.reached(), 510U);
  EXPECT_EQ(probe.due(), TimePoint::max()) << "everything has arrived";
}

TEST(DeliveryProbe, MuchOutputIsAskedAfterSooner) {
  DeliveryProbe probe(Answers::kAlways);
  probe.asked(10, 1, kNow);
  EXPECT_TRUE(probe.answered(1));
  probe.wrote(10 + DeliveryProbe::kBytes - 1);
  EXPECT_EQ(probe.due(), kNow + DeliveryProbe::kInterval);
  probe.wrote(10 + DeliveryProbe::kBytes);
  EXPECT_LE(probe.due(), kNow);
}

TEST(DeliveryProbe, OnlyTheAnswerToTheQuestionThatIsOutCounts) {
  DeliveryProbe probe(Answers::kAlways);
  EXPECT_FALSE(probe.answered(7)) << "nothing was asked";
  probe.asked(100, 7, kNow);
  EXPECT_FALSE(probe.answered(6));
  EXPECT_EQ(probe.reached(), 0U);
  EXPECT_TRUE(probe.answered(8)) << "who answers a later ping has read this one";
  EXPECT_FALSE(probe.answered(8)) << "twice";
  EXPECT_EQ(probe.reached(), 100U);
}

TEST(DeliveryProbe, NobodyKnowsBeforeTheFirstAnswerOfOneThatMayNeverAnswer) {
  EXPECT_TRUE(DeliveryProbe(Answers::kAlways).knows());
  DeliveryProbe probe(Answers::kPerhaps);
  EXPECT_FALSE(probe.knows());
  probe.wrote(50);
  probe.asked(60, 0, kNow);
  EXPECT_EQ(probe.due(), kNow + DeliveryProbe::kPatience) << "then it is put in another way";
  probe.give_up();
  EXPECT_EQ(probe.due(), TimePoint::max());
  EXPECT_FALSE(probe.knows());
  EXPECT_TRUE(probe.answered(0)) << "late";
  EXPECT_TRUE(probe.knows());
}

}  // namespace
}  // namespace wyld::transport
