#include "bench/harness/units.h"

#include <gtest/gtest.h>

#include "bench/harness/resampling.h"

namespace wyld::bench {
namespace {

TEST(Units, TimesGetTheUnitThatFits) {
  EXPECT_EQ(format_seconds(0), "0.000 ps");
  EXPECT_EQ(format_seconds(3.2e-10), "320.0 ps");
  EXPECT_EQ(format_seconds(98.21e-9), "98.21 ns");
  EXPECT_EQ(format_seconds(1.5e-6), "1.500 us");
  EXPECT_EQ(format_seconds(12.345e-3), "12.35 ms");
  EXPECT_EQ(format_seconds(2), "2.000 s");
  EXPECT_EQ(format_seconds(75), "75.00 s");
}

TEST(Units, RoundingNeverShowsAThousandOfTheSmallerUnit) {
  EXPECT_EQ(format_seconds(999.4e-9), "999.4 ns");
  EXPECT_EQ(format_seconds(999.96e-9), "1.000 us");
  EXPECT_EQ(format_seconds(999.99e-3), "1.000 s");
}

TEST(Units, IntervalsUseOneUnit) {
  EXPECT_EQ(format_time_interval({990e-9, 1.01e-6, 1.03e-6}), "[0.990 us 1.010 us 1.030 us]");
  EXPECT_EQ(format_share_interval({-0.021, -0.01, 0.003}), "[-2.10 % -1.00 % +0.30 %]");
}

TEST(Units, RatesBytesAndNumbers) {
  EXPECT_EQ(format_rate(25.4e6, RateUnit::kIterations), "25.40 M/s");
  EXPECT_EQ(format_rate(3.4e3, RateUnit::kItems), "3.400 k items/s");
  EXPECT_EQ(format_rate(12, RateUnit::kItems), "12.00 items/s");
  EXPECT_EQ(format_rate(1024.0 * 1024 * 1.5, RateUnit::kBytes), "1.500 MiB/s");
  EXPECT_EQ(format_bytes(212), "212 B");
  EXPECT_EQ(format_bytes(4096), "4.000 KiB");
  EXPECT_EQ(format_number(17), "17");
  EXPECT_EQ(format_number(60'000), "60.00 k");
}

TEST(Units, CountersAreReadByTheirNames) {
  EXPECT_EQ(format_counter("p99", 1.5e-3), "1.500 ms");
  EXPECT_EQ(format_counter("wait_seconds", 1e-6), "1.000 us");
  EXPECT_EQ(format_counter("bytes_per_session", 256), "256 B");
  EXPECT_EQ(format_counter("delivered", 1000), "1.000 k");
  EXPECT_EQ(format_p_value(0.03), "0.030");
  EXPECT_EQ(format_p_value(0.0001), "0.0001");
}

}  // namespace
}  // namespace wyld::bench
