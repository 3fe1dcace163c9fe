#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace wyld::runtime {

// Threads for work that takes long: it must not hold up a shard.
//
// Owner    whoever's work it is.
// Thread   submit() from any; the rest from the owner's.
// Errors   none of its own; a task must not throw.
// Limits   `threads` tasks run at one time, `tasks_max` wait.
class WorkerPool {
 public:
  using Task = std::move_only_function<void()>;

  WorkerPool(std::size_t threads, std::size_t tasks_max);
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False: `tasks_max` tasks wait already, or the pool has stopped; the task is destroyed unrun.
  [[nodiscard]] bool submit(Task task);
  // Waits for the tasks that run; those that wait are destroyed unrun. May be called twice.
  void stop();

 private:
  void work();

  const std::size_t tasks_max_;
  std::mutex mutex_;  // guards the next three
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace wyld::runtime
