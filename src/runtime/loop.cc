#include "runtime/loop.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "runtime/linux_system.h"

namespace wyld::runtime {
namespace {

constexpr std::size_t kEventsPerWait = 256;

}  // namespace

Result<std::unique_ptr<Loop>> Loop::create() {
  Result<std::unique_ptr<LinuxSystem>> system = LinuxSystem::create();
  if (!system) return fail(system.error());
  return std::make_unique<Loop>(std::move(*system));
}

Loop::Loop(std::unique_ptr<System> system)
    : system_(std::move(system)),
      clock_{system_->now(), system_->wall()},
      timers_(clock_.now),
      thread_(std::this_thread::get_id()),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kReadBytes)) {}

Loop::~Loop() {
  // Deferred work may defer more (an owner whose destructor hands over a part of itself).
  while (!deferred_.empty()) {
    const std::vector<Task> last = std::move(deferred_);
    deferred_.clear();
  }
}

void Loop::run() {
  thread_ = std::this_thread::get_id();
  while (!stopping_.load(std::memory_order_acquire)) turn(wait_milliseconds());
  turn(0);
}

void Loop::run_once(Duration longest) {
  thread_ = std::this_thread::get_id();
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(longest).count();
  const int wait = wait_milliseconds();
  turn(wait < 0 ? static_cast<int>(limit) : std::min(wait, static_cast<int>(limit)));
}

int Loop::wait_milliseconds() const noexcept {
  const TimePoint wake = timers_.next_wake();
  if (wake == TimePoint::max()) return -1;
  const Duration left = wake - system_->now();
  if (left <= Duration::zero()) return 0;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

void Loop::turn(int timeout_milliseconds) {
  std::array<epoll_event, kEventsPerWait> events;
  const std::size_t count = system_->wait(events, timeout_milliseconds);
  set_clock();
  bool woken = false;
  for (std::size_t i = 0; i < count; ++i) {
    const epoll_event& event = events[i];
    if (event.data.ptr == nullptr) {
      woken = true;
    } else {
      static_cast<EventHandler*>(event.data.ptr)->on_events(event.events);
    }
  }
  if (woken) {
    system_->take_wake_ups();
    run_posted();
  }
  timers_.advance(clock_.now);
  end_turn();
}

void Loop::set_clock() noexcept {
  clock_.now = system_->now();
  clock_.wall = system_->wall();
}

void Loop::run_posted() {
  {
    const std::lock_guard lock(mutex_);
    running_.swap(posted_);
  }
  for (Task& task : running_) task();
  running_.clear();
}

void Loop::end_turn() {
  // Flushing may produce more output for others (a paused peer resumes), deferred work as well.
  while (!dirty_.empty() || !deferred_.empty()) {
    while (!dirty_.empty()) {
      flushing_.swap(dirty_);
      for (Flushable* flushable : flushing_) {
        if (flushable != nullptr) flushable->flush();
      }
      flushing_.clear();
    }
    std::vector<Task> tasks = std::move(deferred_);
    deferred_.clear();
    for (Task& task : tasks) task();
  }
}

void Loop::cancel_flush(Flushable& flushable) noexcept {
  std::replace(dirty_.begin(), dirty_.end(), &flushable, static_cast<Flushable*>(nullptr));
  std::replace(flushing_.begin(), flushing_.end(), &flushable, static_cast<Flushable*>(nullptr));
}

bool Loop::post(Task task) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (posted_.size() >= kTasksMax) return false;
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (first) system_->wake();
  return true;
}

void Loop::stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  system_->wake();
}

Status Loop::add(int fd, std::uint32_t epoll_events, EventHandler& handler) {
  WYLD_DCHECK(on_own_thread());
  return system_->add(fd, epoll_events, &handler);
}

void Loop::modify(int fd, std::uint32_t epoll_events, EventHandler& handler) noexcept {
  system_->modify(fd, epoll_events, &handler);
}

void Loop::remove(int fd) noexcept { system_->remove(fd); }

}  // namespace wyld::runtime
