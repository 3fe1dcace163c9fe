#include "wyldgate-load/subject.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <limits>

namespace wyld::load {
namespace {

// Works until the scheduler has seen it: no clock decides anything.
void work() {
  const std::uint64_t begin = cpu_nanoseconds(::getpid());
  while (cpu_nanoseconds(::getpid()) < begin + 20'000'000) continue;
}

TEST(LoadSubject, TheWorkOfAChildProcessCounts) {
  ASSERT_TRUE(std::ifstream{"/proc/self/schedstat"}) << "the scheduler's figures cannot be read here";
  std::array<int, 2> done{};
  std::array<int, 2> stop{};
  ASSERT_EQ(::pipe(done.data()), 0);
  ASSERT_EQ(::pipe(stop.data()), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  char byte = 0;
  if (child == 0) {
    work();
    ::close(stop[1]);
    const bool told = ::write(done[1], "x", 1) == 1;
    while (::read(stop[0], &byte, 1) < 0 && errno == EINTR) continue;
    ::_exit(told ? 0 : 1);
  }
  ASSERT_EQ(::read(done[0], &byte, 1), 1);
  const std::uint64_t of_child = cpu_nanoseconds(child);
  EXPECT_GE(of_child, 20'000'000U);
  EXPECT_GE(cpu_nanoseconds(::getpid()), of_child);
  for (const int fd : {done[0], done[1], stop[0], stop[1]}) ::close(fd);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(LoadSubject, AProcessThatDoesNotExistHasNoTime) {
  EXPECT_EQ(cpu_nanoseconds(std::numeric_limits<pid_t>::max()), 0U);
}

}  // namespace
}  // namespace wyld::load
