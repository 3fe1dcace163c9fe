#include "simulation/trace.h"

#include <fmt/format.h>

#include <cstdio>

namespace wyld::simulation {

void Trace::add(const std::string& words) {
  const double seconds = std::chrono::duration<double>(schedule_.elapsed()).count();
  std::string line = fmt::format("{:10.3f}  {}\n", seconds, words);
  if (wanted_ == Wanted::kAll) {
    std::fputs(line.c_str(), stdout);
    return;
  }
  lines_.push_back(std::move(line));
  if (lines_.size() > kTailLines) lines_.pop_front();
}

}  // namespace wyld::simulation
