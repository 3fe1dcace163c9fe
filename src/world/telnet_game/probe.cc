#include "world/telnet_game/probe.h"

#include <poll.h>
#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "runtime/local_listener.h"
#include "runtime/socket.h"

namespace wyld::telnet_game {
namespace {

std::unexpected<Error> no_connection(int system_errno) {
  return fail(ErrorCode::kSystem, "connect", system_errno);
}

Status look_at(const runtime::SocketAddress& address, std::chrono::milliseconds patience) {
  if (const std::optional<bool> here = runtime::is_listening_here(address)) {
    if (!*here) return no_connection(ECONNREFUSED);
    return {};
  }
  return try_to_connect(address, patience);
}

}  // namespace

Status try_to_connect(const runtime::SocketAddress& address, std::chrono::milliseconds patience) {
  const Result<runtime::Fd> fd = runtime::connect_tcp(address);
  if (!fd) return fail(fd.error());
  const auto give_up = std::chrono::steady_clock::now() + patience;
  pollfd ready{.fd = fd->get(), .events = POLLOUT, .revents = 0};
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(give_up - std::chrono::steady_clock::now());
    if (left.count() <= 0) return no_connection(ETIMEDOUT);
    const int count = ::poll(&ready, 1, static_cast<int>(left.count()));
    if (count > 0) {
      if (const int error = runtime::connect_error(fd->get()); error != 0) return no_connection(error);
      return {};
    }
    if (count < 0 && errno != EINTR) return no_connection(errno);
  }
}

Probe::Probe(ProbeOptions options, const session::WorldPulse& pulse)
    : options_(std::move(options)), pulse_(pulse) {
  // Signals are for the thread that stops the program.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Probe::~Probe() { stop(); }

void Probe::ask(Answer answer) {
  const auto now = std::chrono::steady_clock::now();
  GameSight known;
  {
    const std::lock_guard lock(mutex_);
    const bool alive = pulse_.heard_since(now - options_.fresh);
    const bool fresh = looked_ && now - looked_at_ < options_.fresh;
    if (!alive && !fresh && !stopping_ && waiting_.size() < kWaitingMax) {
      waiting_.push_back(std::move(answer));
      wake_.notify_one();
      return;
    }
    if (alive) seen_ = {};
    known = seen_;
  }
  answer(known);
}

void Probe::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Probe::run() {
  pthread_setname_np(pthread_self(), "wyld-probe");
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
    }
    look();
  }
}

void Probe::look() {
  std::optional<Error> trouble;  // of the last address; none: one answers
  bool stopping = false;
  for (const runtime::SocketAddress& address : options_.addresses) {
    {
      const std::lock_guard lock(mutex_);
      stopping = stopping_;
    }
    if (stopping) break;
    const Status looked = look_at(address, options_.patience);
    trouble = looked ? std::nullopt : std::optional(looked.error());
    if (looked) break;
  }
  std::vector<Answer> waiting;
  GameSight seen;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping) {
      if (!trouble) {
        seen_ = {};
      } else {
        if (seen_.answers) seen_.since = std::chrono::system_clock::now();
        seen_.answers = false;
        seen_.why = std::strerror(trouble->system_errno);
      }
      looked_ = true;
      looked_at_ = std::chrono::steady_clock::now();
    }
    seen = seen_;
    waiting = std::exchange(waiting_, {});
  }
  for (Answer& answer : waiting) answer(seen);
}

}  // namespace wyld::telnet_game
