#pragma once
// Which machine and which build a figure belongs to.

#include <string>
#include <string_view>

#include "bench/harness/results.h"

namespace wyld::bench {

// Facts that only the build knows; bench/CMakeLists.txt hands them to the harness.
struct BuildFacts {
  std::string commit;
  std::string build_type;
  std::string flags;
};

// Reads the processor, memory, kernel and host of this machine; a fact that is not to be had is "unknown".
[[nodiscard]] Environment read_environment(const BuildFacts& build);

// Figures of two machines say nothing about the code: host, processor, their number and memory (to within
// 2 %, since kernels keep different amounts for themselves) must agree.
[[nodiscard]] bool same_machine(const Environment& first, const Environment& second);

// What differs in how the two were built, for a reader who expected the code alone: "compiler and flags".
// Empty when nothing does.
[[nodiscard]] std::string build_differences(const Environment& first, const Environment& second);

// "model name : X" of /proc/cpuinfo.
[[nodiscard]] std::string processor_from_cpuinfo(std::string_view cpuinfo);

}  // namespace wyld::bench
