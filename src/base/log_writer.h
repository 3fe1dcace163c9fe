#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace wyld {

// Writes lines to a descriptor on a thread of its own, so that a reader that has stalled (a full pipe, a
// pager, a terminal stopped with Ctrl-S) never stops the thread that has something to log.
//
// Owner    base/log.cc, for standard error and for the life of the process; tests.
// Thread   any; the one inside takes no signals.
// Errors   lines that cannot be written (the reader is gone, the disk is full) are dropped and counted.
// Limits   at most `pending_bytes_max` wait, and as much again is being written. A line beyond that is
// dropped and
//          counted; when writing continues, `notice(dropped)` stands where the lines are missing.
class LogWriter {
 public:
  using Notice = std::string (*)(std::uint64_t dropped);

  // Borrows `fd`.
  LogWriter(int fd, std::size_t pending_bytes_max, Notice notice);
  // Writes what its reader takes within a second; the rest is lost.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // `line` ends with a newline. Never waits for the descriptor. Returns false if the line was dropped.
  bool add(std::string_view line);
  // Waits until everything added so far has been written or dropped. Returns false if `patience` was over
  // first.
  bool flush(std::chrono::milliseconds patience);

 private:
  void run();
  // How many bytes of `text` were written before an error, or before this is destroyed.
  [[nodiscard]] std::size_t write_all(std::string_view text) const;

  const int fd_;
  const std::size_t pending_bytes_max_;
  const Notice notice_;
  int wake_fd_ = -1;  // ends a wait for the descriptor

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string pending_;
  std::uint64_t dropped_ = 0;  // not yet said in the log
  bool writing_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

// Waits at most `patience` until `fd` takes bytes, then writes as much of `text` as it takes at once. For
// words that must not wait for the log's own thread.
void write_if_ready(int fd, std::string_view text, std::chrono::milliseconds patience) noexcept;

}  // namespace wyld
