#include "base/session_id.h"

#include <gtest/gtest.h>

#include <set>

namespace wyld {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::system_clock::time_point kWhen{1'700'000'000'000ms};

TEST(SessionId, IsAVersion7UuidOfItsTime) {
  SessionIdGenerator generator({1, 2, 3, 4});
  const SessionId id = generator.next(kWhen);
  EXPECT_EQ(id.text().substr(0, 13), "018bcfe5-6800");
  EXPECT_EQ(id.bytes[6] >> 4, 7);
  EXPECT_EQ(id.bytes[8] >> 6, 2);
}

TEST(SessionId, TextAndBackIsTheSameId) {
  SessionIdGenerator generator({1, 2, 3, 4});
  for (int i = 0; i < 100; ++i) {
    const SessionId id = generator.next(kWhen + i * 1ms);
    const auto parsed = SessionId::parse(id.text());
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(*parsed, id);
  }
}

TEST(SessionId, RefusesWhatIsNoUuid) {
  EXPECT_FALSE(SessionId::parse(""));
  EXPECT_FALSE(SessionId::parse("018bcfe5-6800-7000-8000-00000000000"));
  EXPECT_FALSE(SessionId::parse("018bcfe5-6800-7000-8000-00000000000g"));
  EXPECT_FALSE(SessionId::parse("018bcfe5x6800-7000-8000-000000000000"));
}

TEST(SessionId, GrowsWithinAMillisecondAndWhenTheClockGoesBack) {
  SessionIdGenerator generator({1, 2, 3, 4});
  SessionId last = generator.next(kWhen);
  std::set<SessionId> seen{last};
  for (int i = 0; i < 10'000; ++i) {
    const SessionId id = generator.next(i % 3 == 0 ? kWhen - 5s : kWhen);
    EXPECT_LT(last, id);
    last = id;
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 10'001U);
}

TEST(SessionId, GeneratorsWithOtherSeedsMakeOtherIds) {
  SessionIdGenerator one({1, 2, 3, 4});
  SessionIdGenerator two({5, 6, 7, 8});
  EXPECT_NE(one.next(kWhen), two.next(kWhen));
}

}  // namespace
}  // namespace wyld
