#include "session/token_bucket.h"

#include <gtest/gtest.h>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
constexpr TokenBucket::TimePoint kStart{1000h};

TEST(TokenBucket, GivesTheBurstAndThenTheRate) {
  TokenBucket bucket;
  for (int i = 0; i < 80; ++i) EXPECT_TRUE(bucket.take(20, 80, kStart)) << i;
  EXPECT_FALSE(bucket.take(20, 80, kStart));
  EXPECT_TRUE(bucket.take(20, 80, kStart + 51ms));
  EXPECT_FALSE(bucket.take(20, 80, kStart + 51ms));
}

TEST(TokenBucket, SaysWhenTheNextTokenComes) {
  TokenBucket bucket;
  ASSERT_TRUE(bucket.take(20, 1, kStart));
  ASSERT_FALSE(bucket.take(20, 1, kStart));
  const auto when = bucket.next_token(20);
  EXPECT_EQ(when, kStart + 50ms);
  EXPECT_TRUE(bucket.take(20, 1, when));
}

TEST(TokenBucket, NeverHoldsMoreThanTheBurst) {
  TokenBucket bucket;
  ASSERT_TRUE(bucket.take(20, 2, kStart));
  EXPECT_TRUE(bucket.take(20, 2, kStart + 1h));
  EXPECT_TRUE(bucket.take(20, 2, kStart + 1h));
  EXPECT_FALSE(bucket.take(20, 2, kStart + 1h));
}

TEST(TokenBucket, AClockThatGoesBackGivesNothing) {
  TokenBucket bucket;
  ASSERT_TRUE(bucket.take(20, 1, kStart));
  EXPECT_FALSE(bucket.take(20, 1, kStart - 1h));
  EXPECT_FALSE(bucket.take(20, 1, kStart + 49ms));
  EXPECT_TRUE(bucket.take(20, 1, kStart + 50ms));
}

}  // namespace
}  // namespace wyld::session
