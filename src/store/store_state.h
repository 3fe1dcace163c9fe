#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "session/session_store.h"

namespace wyld::store {

// What the writers of one store have in common: how much waits, and whether the database answers.
//
// Thread   any.
class StoreState {
 public:
  explicit StoreState(std::size_t writers) : troubles_(writers) {}

  void add(std::size_t rows, std::size_t bytes) noexcept {
    rows_.fetch_add(rows, std::memory_order_relaxed);
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  void subtract(std::size_t rows, std::size_t bytes) noexcept {
    rows_.fetch_sub(rows, std::memory_order_relaxed);
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t rows() const noexcept { return rows_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

  // A writer's database answers (empty) or does not. Logs when that changes what the store as a whole is.
  void report(std::size_t writer, std::string trouble);
  [[nodiscard]] session::StoreHealth health() const;

 private:
  std::atomic<std::size_t> rows_{0};
  std::atomic<std::size_t> bytes_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::string> troubles_;
  std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
};

}  // namespace wyld::store
