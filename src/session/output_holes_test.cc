#include "session/output_holes.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

TEST(OutputHoles, WithoutAnyEverythingWasSent) {
  const OutputHoles holes;
  EXPECT_TRUE(holes.empty());
  EXPECT_EQ(holes.sent_end(500), 500U);
  EXPECT_FALSE(holes.covers(3));
  EXPECT_EQ(holes.back(500, 20), 480U);
  EXPECT_EQ(holes.back(10, 20), 0U);
}

TEST(OutputHoles, AnOpenOneReachesToTheEnd) {
  OutputHoles holes;
  holes.open(100);
  EXPECT_EQ(holes.sent_end(500), 100U);
  EXPECT_FALSE(holes.covers(99));
  EXPECT_TRUE(holes.covers(100));
  EXPECT_TRUE(holes.covers(499));
  EXPECT_EQ(holes.back(500, 30), 70U);
}

TEST(OutputHoles, WhatWasNeverSentIsNotCounted) {
  OutputHoles holes;
  holes.open(100);
  holes.close(200);
  holes.open(300);
  holes.close(400);
  EXPECT_EQ(holes.sent_end(500), 500U);
  EXPECT_EQ(holes.back(500, 100), 400U);
  EXPECT_EQ(holes.back(500, 101), 299U);
  EXPECT_EQ(holes.back(500, 200), 200U);
  EXPECT_EQ(holes.back(500, 201), 99U);
  EXPECT_EQ(holes.back(350, 10), 290U) << "from within one";
  EXPECT_EQ(holes.back(500, 1000), 0U);
  holes.drop_before(200);
  EXPECT_EQ(holes.back(500, 201), 199U);
  EXPECT_TRUE(holes.covers(300));
}

TEST(OutputHoles, TheOldestAreJoinedWhenThereAreTooMany) {
  OutputHoles holes;
  for (std::uint64_t i = 1; i <= OutputHoles::kHolesMax + 1; ++i) {
    holes.open(100 * i);
    holes.close(100 * i + 50);
  }
  EXPECT_TRUE(holes.covers(175)) << "was sent, and counts as not sent";
  EXPECT_FALSE(holes.covers(275));
}

}  // namespace
}  // namespace wyld::session
