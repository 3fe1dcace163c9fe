#include "wyldgate-load/subject.h"

#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace wyld::load {

std::uint64_t cpu_nanoseconds(pid_t pid) {
  std::uint64_t total = 0;
  std::error_code error;
  const std::filesystem::path tasks = fmt::format("/proc/{}/task", pid);
  for (const auto& task : std::filesystem::directory_iterator{tasks, error}) {
    std::ifstream schedstat{task.path() / "schedstat"};
    std::uint64_t on_cpu = 0;
    if (schedstat >> on_cpu) total += on_cpu;
    std::ifstream children{task.path() / "children"};
    for (pid_t child = 0; children >> child;) total += cpu_nanoseconds(child);
  }
  return total;
}

void announce_step(bool wanted, std::string_view what) {
  if (!wanted) return;
  fmt::print("{}\n", what);
  std::fflush(stdout);
  for (int byte = std::getchar(); byte != '\n' && byte != EOF;) byte = std::getchar();
}

}  // namespace wyld::load
