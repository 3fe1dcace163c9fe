#pragma once

#include <functional>
#include <thread>

namespace wyld::runtime {

// Waits on a thread of its own for the signals that would end the process and that others send it: SIGINT,
// SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR and SIGXCPU. So
// handlers are ordinary code, and none of them ends the process by itself. SIGPIPE and SIGXFSZ are ignored
// from then on: both come back as errors of the call. SIGHUP stays ignored where it was (nohup). Make it
// before any other thread starts: threads inherit the blocked signals.
//
// Owner    the program.
// Thread   `on_signal(number)` runs on the watcher's thread.
class SignalWatcher {
 public:
  explicit SignalWatcher(std::function<void(int number)> on_signal);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  std::function<void(int)> on_signal_;
  int stop_fd_ = -1;
  std::thread thread_;
};

}  // namespace wyld::runtime
