#include "session/refusal_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::steady_clock::time_point kNow{1000h};
constexpr const char* kTooMany = "too many";
constexpr const char* kTooFast = "too fast";

class RefusalLogTest : public testing::Test {
 protected:
  std::vector<std::string> lines_;
  RefusalLog refusals_{[this](const RefusalLog::Line& line) {
    lines_.push_back(line.repeated ? fmt::format("{} {} x{}", line.address, line.why, line.times)
                                   : fmt::format("{} {}", line.address, line.why));
  }};
};
using Lines = std::vector<std::string>;

TEST_F(RefusalLogTest, TheFirstRefusalOfAnAddressIsLoggedAtOnceAndTheOthersAreCounted) {
  for (int i = 0; i < 1000; ++i) refusals_.refused("203.0.113.7", i < 999 ? kTooMany : kTooFast, kNow);
  refusals_.refused("203.0.113.8", kTooMany, kNow + 30s);
  EXPECT_EQ(lines_, (Lines{"203.0.113.7 too many", "203.0.113.8 too many"}));
  refusals_.report(kNow + 59s);
  EXPECT_EQ(lines_.size(), 2U) << "the minute is not over";
  refusals_.report(kNow + 60s);
  EXPECT_EQ(lines_.back(), "203.0.113.7 too fast x999");
  refusals_.report(kNow + 120s);
  EXPECT_EQ(lines_.size(), 3U) << "one refusal needs no second line";
}

TEST_F(RefusalLogTest, EachMinuteOfAFloodHasItsOwnLineAndCount) {
  for (int second = 0; second < 180; ++second) {
    refusals_.refused("203.0.113.7", kTooFast, kNow + std::chrono::seconds(second));
  }
  refusals_.report_all();
  EXPECT_EQ(lines_, (Lines{"203.0.113.7 too fast", "203.0.113.7 too fast x59", "203.0.113.7 too fast",
                           "203.0.113.7 too fast x59", "203.0.113.7 too fast", "203.0.113.7 too fast x59"}));
}

TEST_F(RefusalLogTest, AnIpv6NetworkCountsAsOneAddress) {
  refusals_.refused("2001:db8::1", kTooFast, kNow);
  refusals_.refused("2001:db8::2", kTooFast, kNow);
  refusals_.refused("2001:db8:0:1::1", kTooFast, kNow);
  EXPECT_EQ(lines_, (Lines{"2001:db8::1 too fast", "2001:db8:0:1::1 too fast"}));
}

TEST_F(RefusalLogTest, AFloodFromMoreAddressesThanTheBoundSharesOneLine) {
  const auto address = [](std::size_t i) { return fmt::format("10.0.{}.{}", i / 256, i % 256); };
  for (std::size_t i = 0; i < RefusalLog::kAddressesMax + 100; ++i) {
    refusals_.refused(address(i), kTooFast, kNow);
  }
  EXPECT_EQ(lines_.size(), RefusalLog::kAddressesMax);
  refusals_.report(kNow + 60s);
  EXPECT_EQ(lines_.size(), RefusalLog::kAddressesMax + 1);
  EXPECT_EQ(lines_.back(), "others too fast x100");
  refusals_.refused(address(RefusalLog::kAddressesMax + 50), kTooFast, kNow + 61s);
  EXPECT_EQ(lines_.back(), address(RefusalLog::kAddressesMax + 50) + " too fast") << "there is room again";
}

TEST_F(RefusalLogTest, WhatWasCountedIsLoggedWhenTheGatewayStops) {
  refusals_.refused("203.0.113.7", kTooFast, kNow);
  refusals_.refused("203.0.113.7", kTooFast, kNow);
  refusals_.report_all();
  EXPECT_EQ(lines_, (Lines{"203.0.113.7 too fast", "203.0.113.7 too fast x1"}));
  refusals_.report_all();
  EXPECT_EQ(lines_.size(), 2U);
}

}  // namespace
}  // namespace wyld::session
