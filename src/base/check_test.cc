#include "base/check.h"

#include <gtest/gtest.h>

#include "base/log.h"

namespace wyld {
namespace {

class Check : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(Check, ABrokenInvariantIsPrintedWithItsPlace) {
  EXPECT_DEATH(WYLD_CHECK(1 == 2), "check_test.cc:[0-9]+: broken invariant: 1 == 2");
}

TEST_F(Check, WhatWasLoggedBeforeABrokenInvariantIsNotLost) {
  EXPECT_DEATH(
      {
        for (int i = 0; i < 100; ++i) log(LogLevel::kError, "before", {{"line", std::to_string(i)}});
        WYLD_CHECK(1 == 2);
      },
      "before line=99\n.*broken invariant: 1 == 2");
}

}  // namespace
}  // namespace wyld
