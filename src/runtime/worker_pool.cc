#include "runtime/worker_pool.h"

#include <utility>

namespace wyld::runtime {

WorkerPool::WorkerPool(std::size_t threads, TasksMax tasks_max) : tasks_max_(tasks_max) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

bool WorkerPool::submit(Turn turn, Task task) {
  {
    const std::lock_guard lock(mutex_);
    std::deque<Task>& tasks = turn == Turn::kFirst ? first_ : last_;
    if (stopping_ || tasks.size() >= (turn == Turn::kFirst ? tasks_max_.first : tasks_max_.last))
      return false;
    tasks.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void WorkerPool::stop() {
  std::deque<Task> unrun_first;  // destroyed outside the lock
  std::deque<Task> unrun_last;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    unrun_first.swap(first_);
    unrun_last.swap(last_);
  }
  unrun_first.clear();
  unrun_last.clear();
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerPool::work() {
  while (true) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !first_.empty() || !last_.empty(); });
      if (stopping_) return;
      std::deque<Task>& tasks = first_.empty() ? last_ : first_;
      task = std::move(tasks.front());
      tasks.pop_front();
    }
    task();
  }
}

}  // namespace wyld::runtime
