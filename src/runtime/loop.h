#pragma once
// One core's event loop. docs/design/event-loop.md says why it is epoll and not a library's.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "runtime/output_queue.h"
#include "runtime/system.h"
#include "runtime/timing_wheel.h"

namespace wyld::runtime {

// Receives readiness of one descriptor. Must stay alive until the turn in which Loop::remove() was
// called ends: hand its owner to Loop::defer().
class EventHandler {
 public:
  virtual void on_events(std::uint32_t epoll_events) = 0;

 protected:
  ~EventHandler() = default;
};

// Something with output to write at the end of the turn.
class Flushable {
 public:
  virtual void flush() = 0;

 protected:
  ~Flushable() = default;
};

// One thread's epoll loop. A turn: wait, handle what is ready, run posted tasks, fire timers, then
// write everything that was produced (one gathered write per connection), then run deferred work.
//
// Owner    the shard.
// Thread   everything but post() and stop() belongs to the thread in run(); debug builds check it.
// Limits   kTasksMax posted tasks wait at most; kReadBytes are read at a time.
class Loop {
 public:
  using Task = std::move_only_function<void()>;
  static constexpr std::size_t kTasksMax = 1 << 16;
  static constexpr std::size_t kReadBytes = 64 * 1024;

  // A loop on a LinuxSystem.
  [[nodiscard]] static Result<std::unique_ptr<Loop>> create();
  explicit Loop(std::unique_ptr<System> system);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs turns until stop(); then flushes once more and returns.
  void run();
  // Runs one turn that waits at most `longest`; for tests.
  void run_once(Duration longest);

  // Any thread. False when kTasksMax tasks wait: the sender drops, retries or gives up. Never blocks.
  [[nodiscard]] bool post(Task task);
  // Any thread.
  void stop() noexcept;

  [[nodiscard]] Status add(int fd, std::uint32_t epoll_events, EventHandler& handler);
  void modify(int fd, std::uint32_t epoll_events, EventHandler& handler) noexcept;
  void remove(int fd) noexcept;

  // Calls `flushable.flush()` at the end of this turn; once per call.
  void flush_later(Flushable& flushable) { dirty_.push_back(&flushable); }
  void cancel_flush(Flushable& flushable) noexcept;
  // Runs `task` after this turn's writes: the place to destroy handlers.
  void defer(Task task) { deferred_.push_back(std::move(task)); }

  // The time this turn began to act.
  [[nodiscard]] TimePoint now() const noexcept { return clock_.now; }
  [[nodiscard]] const TurnClock& clock() const noexcept { return clock_; }
  [[nodiscard]] TimingWheel& timers() noexcept { return timers_; }
  [[nodiscard]] System& system() noexcept { return *system_; }
  // One buffer for everybody's reads; contents are lost at the next read.
  [[nodiscard]] std::span<char> read_buffer() noexcept { return {read_buffer_.get(), kReadBytes}; }
  [[nodiscard]] OutputPool& output_pool() noexcept { return output_pool_; }
  [[nodiscard]] bool on_own_thread() const noexcept { return thread_ == std::this_thread::get_id(); }

 private:
  void turn(int timeout_milliseconds);
  void set_clock() noexcept;
  void run_posted();
  void end_turn();
  [[nodiscard]] int wait_milliseconds() const noexcept;

  const std::unique_ptr<System> system_;
  TurnClock clock_;
  TimingWheel timers_;
  std::thread::id thread_;
  std::unique_ptr<char[]> read_buffer_;
  OutputPool output_pool_;
  std::vector<Flushable*> dirty_;
  std::vector<Flushable*> flushing_;
  std::vector<Task> deferred_;

  std::mutex mutex_;  // guards posted_
  std::vector<Task> posted_;
  std::vector<Task> running_;
  std::atomic<bool> stopping_{false};
};

}  // namespace wyld::runtime
