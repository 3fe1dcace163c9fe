#include "base/counters.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace wyld {
namespace {

TEST(Counters, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Counter::kCount); ++i) {
    names.insert(counter_name(static_cast<Counter>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Counter::kCount));
}

TEST(Counters, ThreadsLoseNoCount) {
  const std::uint64_t before = counted(Counter::kMailboxFull);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < 1000; ++n) count(Counter::kMailboxFull);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counted(Counter::kMailboxFull) - before, 4000U);
}

}  // namespace
}  // namespace wyld
