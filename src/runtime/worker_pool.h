#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
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
// Limits   `threads` tasks run at one time; of each turn as many wait as TasksMax says.
class WorkerPool {
 public:
  using Task = std::move_only_function<void()>;

  // A task whose turn is kLast runs only when none with kFirst waits. Within one turn, the oldest runs first.
  enum class Turn : std::uint8_t { kFirst, kLast };
  struct TasksMax {
    std::size_t first = 0;
    std::size_t last = 0;
  };

  WorkerPool(std::size_t threads, TasksMax tasks_max);
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False: as many of this turn wait as may, or the pool has stopped; the task is destroyed unrun.
  [[nodiscard]] bool submit(Turn turn, Task task);
  // Waits for the tasks that run; those that wait are destroyed unrun. May be called twice.
  void stop();

 private:
  void work();

  const TasksMax tasks_max_;
  std::mutex mutex_;  // guards the next four
  std::condition_variable wake_;
  std::deque<Task> first_;
  std::deque<Task> last_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace wyld::runtime
