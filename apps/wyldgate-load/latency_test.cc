#include "wyldgate-load/latency.h"

#include <gtest/gtest.h>

namespace wyld::load {
namespace {

using namespace std::chrono_literals;

TEST(Latencies, QuantilesAreNearestRankWhateverTheOrder) {
  Latencies latencies;
  for (int i = 100; i >= 1; --i) latencies.add(std::chrono::microseconds{i});
  EXPECT_DOUBLE_EQ(latencies.quantile_us(0.5), 50);
  EXPECT_DOUBLE_EQ(latencies.quantile_us(0.99), 99);
  EXPECT_DOUBLE_EQ(latencies.quantile_us(0.999), 100);
  EXPECT_DOUBLE_EQ(latencies.quantile_us(1.0), 100);
  EXPECT_DOUBLE_EQ(latencies.quantile_us(0.0), 1);
}

TEST(Latencies, NoneIsZeroAndStillJson) {
  EXPECT_EQ(Latencies{}.json(), R"({"p50":0.0,"p99":0.0,"p999":0.0,"max":0.0})");
}

TEST(Latencies, ImpossibleValuesAreHeldToTheRange) {
  Latencies latencies;
  latencies.add(-5ns);
  EXPECT_DOUBLE_EQ(latencies.quantile_us(1.0), 0);
  latencies.add(std::chrono::hours{1});
  EXPECT_NEAR(latencies.quantile_us(1.0), 4'294'967.3, 0.1);
}

}  // namespace
}  // namespace wyld::load
