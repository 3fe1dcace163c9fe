#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "runtime/timing_wheel.h"
#include "simulation/random.h"

namespace wyld::simulation {

// Virtual time, and what is to happen at which moment. What is due at one moment happens in the order in
// which it was asked for.
class Schedule {
 public:
  using Task = std::move_only_function<void()>;

  Schedule() {
    clock.now = start();
    clock.wall = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
  }

  void after(Duration delay, Task task) {
    tasks_.push_back({.when = clock.now + delay, .number = ++number_, .task = std::move(task)});
    std::push_heap(tasks_.begin(), tasks_.end());
  }
  // When the next task is due; TimePoint::max() when there is none.
  [[nodiscard]] TimePoint next() const noexcept {
    return tasks_.empty() ? TimePoint::max() : tasks_.front().when;
  }
  void advance_to(TimePoint when) noexcept {
    if (when <= clock.now) return;
    clock.wall += std::chrono::duration_cast<std::chrono::system_clock::duration>(when - clock.now);
    clock.now = when;
  }
  // Runs the next task.
  void run_one() {
    std::pop_heap(tasks_.begin(), tasks_.end());
    Task task = std::move(tasks_.back().task);
    tasks_.pop_back();
    task();
  }
  [[nodiscard]] Duration elapsed() const noexcept { return clock.now - start(); }

  TurnClock clock;

 private:
  struct Entry {
    TimePoint when;
    std::uint64_t number;
    Task task;
    // A heap has its largest in front.
    bool operator<(const Entry& other) const noexcept {
      return when != other.when ? when > other.when : number > other.number;
    }
  };
  static TimePoint start() { return TimePoint(std::chrono::hours(1)); }

  std::vector<Entry> tasks_;
  std::uint64_t number_ = 0;
};

}  // namespace wyld::simulation
