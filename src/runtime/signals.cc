#include "runtime/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>

#include "base/check.h"
#include "runtime/fd.h"

namespace wyld::runtime {
namespace {

bool is_ignored(int number) {
  struct sigaction action{};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

SignalWatcher::SignalWatcher(std::function<void(int)> on_signal) : on_signal_(std::move(on_signal)) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF,
                           SIGIO, SIGPWR, SIGXCPU}) {
    if (number == SIGHUP && is_ignored(SIGHUP)) continue;
    sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file over its quota is an error to the writer, not the end
  stop_fd_ = ::eventfd(0, EFD_CLOEXEC);
  WYLD_CHECK(stop_fd_ >= 0);
  const int signal_fd = ::signalfd(-1, &signals, SFD_CLOEXEC);
  WYLD_CHECK(signal_fd >= 0);
  thread_ = std::thread([this, fd = Fd(signal_fd)] {
    for (;;) {
      std::array<pollfd, 2> waits{pollfd{fd.get(), POLLIN, 0}, pollfd{stop_fd_, POLLIN, 0}};
      if (::poll(waits.data(), waits.size(), -1) < 0) continue;
      if (waits[1].revents != 0) return;
      signalfd_siginfo info{};
      if (::read(fd.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info)))
        on_signal_(static_cast<int>(info.ssi_signo));
    }
  });
}

SignalWatcher::~SignalWatcher() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(stop_fd_, &one, sizeof(one));
  thread_.join();
  ::close(stop_fd_);
}

}  // namespace wyld::runtime
