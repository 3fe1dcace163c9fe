#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "simulation/schedule.h"

namespace wyld::simulation {

// What happened last, for people. Kept only when wanted: a run that fails is run again to hear the story,
// which the seed tells in the same words.
class Trace {
 public:
  enum class Wanted : std::uint8_t { kNothing, kTail, kAll };

  Trace(const Schedule& schedule, Wanted wanted) : schedule_(schedule), wanted_(wanted) {}

  [[nodiscard]] bool wanted() const noexcept { return wanted_ != Wanted::kNothing; }
  // `words()` makes the line, when somebody reads it.
  template <typename Words>
  void operator()(Words&& words) {
    if (wanted()) add(std::forward<Words>(words)());
  }
  // The lines that are left, oldest first.
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const std::string& line : lines_) all += line;
    return all;
  }

 private:
  static constexpr std::size_t kTailLines = 400;

  void add(const std::string& words);

  const Schedule& schedule_;
  const Wanted wanted_;
  std::deque<std::string> lines_;
};

}  // namespace wyld::simulation
