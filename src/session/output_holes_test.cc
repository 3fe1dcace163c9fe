#include "session/output_holes.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

TEST(OutputHoles, WithoutAnyEverythingWasSent) {
  const OutputHoles holes;
  EXPECT_TRUE(holes.empty());
  EXPECT_EQ(holes.sent_end(500), 500U);
  EXPECT_EQ(holes.sent_between(3, 10), 7U);
  EXPECT_EQ(holes.back(500, 20), 480U);
  EXPECT_EQ(holes.back(10, 20), 0U);
}

TEST(OutputHoles, AnOpenOneReachesToTheEnd) {
  OutputHoles holes;
  holes.open(100);
  EXPECT_EQ(holes.sent_end(500), 100U);
  EXPECT_EQ(holes.sent_between(0, 100), 100U);
  EXPECT_EQ(holes.sent_between(90, 110), 10U);
  EXPECT_EQ(holes.sent_between(100, 499), 0U);
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
  EXPECT_EQ(holes.sent_between(50, 450), 200U);
  EXPECT_EQ(holes.sent_between(150, 350), 100U);
  EXPECT_EQ(holes.sent_between(120, 130), 0U);
  EXPECT_EQ(holes.sent_between(250, 250), 0U);
  holes.drop_before(200);
  EXPECT_EQ(holes.back(500, 201), 199U);
  EXPECT_EQ(holes.sent_between(300, 400), 0U);
}

TEST(OutputHoles, TheOldestAreJoinedWhenThereAreTooMany) {
  OutputHoles holes;
  for (std::uint64_t i = 1; i <= OutputHoles::kHolesMax + 1; ++i) {
    holes.open(100 * i);
    holes.close(100 * i + 50);
    holes.drop_before(0);
  }
  EXPECT_EQ(holes.sent_between(150, 200), 0U) << "was sent, and counts as not sent";
  EXPECT_EQ(holes.sent_between(250, 300), 50U);
}

}  // namespace
}  // namespace wyld::session
