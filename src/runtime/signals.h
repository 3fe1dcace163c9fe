#pragma once

#include <functional>
#include <thread>

namespace wyld::runtime {

// Waits for SIGINT and SIGTERM on a thread of its own, so that handlers are ordinary code.
// SIGPIPE and SIGXFSZ are ignored from then on: both come back as errors of the call.
// Make it before any other thread starts: threads inherit the blocked signals.
//
// Owner    the program.
// Thread   `on_signal(count)` runs on the watcher's thread; `count` is 1 for the first signal.
class SignalWatcher {
 public:
  explicit SignalWatcher(std::function<void(int count)> on_signal);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  std::function<void(int)> on_signal_;
  int stop_fd_ = -1;
  std::thread thread_;
};

}  // namespace wyld::runtime
