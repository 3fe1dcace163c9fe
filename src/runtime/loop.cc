#include "runtime/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.h"

namespace wyld::runtime {
namespace {

constexpr int kEventsPerWait = 256;

}  // namespace

Result<std::unique_ptr<Loop>> Loop::create() {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return fail(ErrorCode::kSystem, "epoll_create1", errno);
  Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return fail(ErrorCode::kSystem, "eventfd", errno);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;  // the one descriptor without a handler
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0) {
    return fail(ErrorCode::kSystem, "epoll_ctl", errno);
  }
  return std::unique_ptr<Loop>(new Loop(std::move(epoll), std::move(wake)));
}

Loop::Loop(Fd epoll, Fd wake)
    : epoll_(std::move(epoll)),
      wake_(std::move(wake)),
      clock_{Clock::now(), std::chrono::system_clock::now()},
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
  const Duration left = wake - Clock::now();
  if (left <= Duration::zero()) return 0;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

void Loop::turn(int timeout_milliseconds) {
  std::array<epoll_event, kEventsPerWait> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsPerWait, timeout_milliseconds);
  set_clock();
  bool woken = false;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) {
      woken = true;
    } else {
      static_cast<EventHandler*>(event.data.ptr)->on_events(event.events);
    }
  }
  if (woken) {
    std::uint64_t ignored = 0;
    [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &ignored, sizeof(ignored));
    run_posted();
  }
  timers_.advance(clock_.now);
  end_turn();
}

void Loop::set_clock() noexcept {
  clock_.now = Clock::now();
  clock_.wall = std::chrono::system_clock::now();
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
  if (first) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = ::write(wake_.get(), &one, sizeof(one));
  }
  return true;
}

void Loop::stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(wake_.get(), &one, sizeof(one));
}

Status Loop::add(int fd, std::uint32_t epoll_events, EventHandler& handler) {
  WYLD_DCHECK(on_own_thread());
  epoll_event event{};
  event.events = epoll_events;
  event.data.ptr = &handler;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return fail(ErrorCode::kSystem, "epoll_ctl", errno);
  return {};
}

void Loop::modify(int fd, std::uint32_t epoll_events, EventHandler& handler) noexcept {
  epoll_event event{};
  event.events = epoll_events;
  event.data.ptr = &handler;
  // The descriptor is registered, so this fails only for want of kernel memory, and then readiness
  // stays as it was.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void Loop::remove(int fd) noexcept { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

}  // namespace wyld::runtime
