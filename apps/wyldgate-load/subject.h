// The CPU time of the process under test, as the kernel's scheduler counts it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

namespace wyld::load {

// Nanoseconds on a CPU (user and system) over all threads of `pid` and of the processes it has started; 0
// when it cannot be read. Threads and processes that ended between two readings are missing from the second,
// so ask while they stay.
std::uint64_t cpu_nanoseconds(pid_t pid);

// Lets whoever started this program look at the subject while nothing is under way: says `what` and waits for
// a line on standard input. Does nothing unless `wanted`.
void announce_step(bool wanted, std::string_view what);

}  // namespace wyld::load
