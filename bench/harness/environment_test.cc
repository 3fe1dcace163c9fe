#include "bench/harness/environment.h"

#include <gtest/gtest.h>

#include "bench/harness/testing_runs.h"

namespace wyld::bench {
namespace {

TEST(Environment, KnowsThisMachine) {
  const Environment here = read_environment({.commit = "abc", .build_type = "", .flags = "-O2"});
  EXPECT_EQ(here.commit, "abc");
  EXPECT_EQ(here.build_type, "unknown");
  EXPECT_GT(here.processors, 0);
  EXPECT_GT(here.memory_bytes, 0);
  EXPECT_EQ(here.date.size(), std::string("2026-01-02T03:04:05Z").size());
  EXPECT_TRUE(same_machine(here, here));
}

TEST(Environment, ReadsTheProcessorsName) {
  EXPECT_EQ(processor_from_cpuinfo("processor\t: 0\nmodel name\t: AMD EPYC 7 \nflags\t: a b\n"),
            "AMD EPYC 7");
  EXPECT_EQ(processor_from_cpuinfo("model name\t: X"), "X");
  EXPECT_EQ(processor_from_cpuinfo("model name\nother: X"), "unknown");
  EXPECT_EQ(processor_from_cpuinfo(""), "unknown");
}

TEST(Environment, AMachineIsItsHostProcessorCountAndMemory) {
  const Environment first = testing::environment();
  Environment other = first;
  other.memory_bytes += other.memory_bytes / 100;
  other.date = "later";
  other.commit = "another";
  EXPECT_TRUE(same_machine(first, other));
  other.memory_bytes *= 2;
  EXPECT_FALSE(same_machine(first, other));
  other = first;
  other.processors = 4;
  EXPECT_FALSE(same_machine(first, other));
  other = first;
  other.processor = "another";
  EXPECT_FALSE(same_machine(first, other));
}

TEST(Environment, NamesWhatDiffersInTheBuild) {
  const Environment first = testing::environment();
  Environment other = first;
  EXPECT_EQ(build_differences(first, other), "");
  other.flags = "-O2";
  EXPECT_EQ(build_differences(first, other), "flags");
  other.compiler = "Clang";
  other.build_type = "Debug";
  EXPECT_EQ(build_differences(first, other), "compiler, build type and flags");
}

}  // namespace
}  // namespace wyld::bench
