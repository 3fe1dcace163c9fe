#include "base/log_writer.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>

#include "base/counters.h"

namespace wyld {
namespace {

constexpr std::chrono::seconds kLastWords{1};
// After a storm of lines its memory is given back.
constexpr std::size_t kKeptBytes = 64 * 1024;

// A pipe that is ready takes PIPE_BUF bytes without blocking. Whole lines, where they fit: other processes
// may write to the same pipe.
std::string_view next_piece(std::string_view text) {
  if (text.size() <= PIPE_BUF) return text;
  const std::size_t end = text.rfind('\n', PIPE_BUF - 1);
  return text.substr(0, end == std::string_view::npos ? PIPE_BUF : end + 1);
}

}  // namespace

LogWriter::LogWriter(int fd, std::size_t pending_bytes_max, Notice notice)
    : fd_(fd), pending_bytes_max_(pending_bytes_max), notice_(notice), wake_fd_(::eventfd(0, EFD_CLOEXEC)) {
  // Signals are for the threads that expect them. A broken pipe comes back as an error.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "wyld-log");
    run();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LogWriter::~LogWriter() {
  flush(kLastWords);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(wake_fd_, &one, sizeof one);
  changed_.notify_all();
  thread_.join();
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

bool LogWriter::add(std::string_view line) {
  {
    const std::lock_guard lock(mutex_);
    if (pending_.size() + line.size() > pending_bytes_max_) {
      ++dropped_;
      count(Counter::kLogLinesDropped);
      return false;
    }
    pending_ += line;
  }
  changed_.notify_all();
  return true;
}

bool LogWriter::flush(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return pending_.empty() && !writing_; });
}

void LogWriter::run() {
  std::string batch;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
    if (stopping_) return;
    batch.clear();
    if (batch.capacity() > kKeptBytes) batch.shrink_to_fit();
    batch.swap(pending_);
    // Lines are dropped only while the others fill all the room, so these came after the whole batch.
    const std::uint64_t dropped = std::exchange(dropped_, 0);
    writing_ = true;
    lock.unlock();

    const std::size_t written = write_all(batch);
    const auto unwritten = static_cast<std::uint64_t>(
        std::count(batch.begin() + static_cast<std::ptrdiff_t>(written), batch.end(), '\n'));
    if (unwritten != 0) count(Counter::kLogLinesDropped, unwritten);
    std::uint64_t unsaid = unwritten + dropped;
    if (unsaid != 0) {
      const std::string notice = notice_(unsaid);
      if (write_all(notice) == notice.size()) unsaid = 0;
    }

    lock.lock();
    dropped_ += unsaid;
    writing_ = false;
    changed_.notify_all();
  }
}

std::size_t LogWriter::write_all(std::string_view text) const {
  std::size_t written = 0;
  while (written < text.size()) {
    std::array<pollfd, 2> waits{pollfd{fd_, POLLOUT, 0}, pollfd{wake_fd_, POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), -1) < 0) {
      if (errno == EINTR) continue;
      break;
    }
    if (waits[1].revents != 0) break;
    const std::string_view piece = next_piece(text.substr(written));
    const ssize_t bytes = ::write(fd_, piece.data(), piece.size());
    if (bytes >= 0) {
      written += static_cast<std::size_t>(bytes);
    } else if (errno != EINTR && errno != EAGAIN) {
      break;
    }
  }
  return written;
}

void write_if_ready(int fd, std::string_view text, std::chrono::milliseconds patience) noexcept {
  pollfd wait{fd, POLLOUT, 0};
  if (::poll(&wait, 1, static_cast<int>(patience.count())) != 1) return;
  const std::string_view piece = next_piece(text);
  [[maybe_unused]] const ssize_t bytes = ::write(fd, piece.data(), piece.size());
}

}  // namespace wyld
