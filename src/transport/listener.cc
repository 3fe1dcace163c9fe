#include "transport/listener.h"

#include <sys/epoll.h>

#include <utility>

#include "base/counters.h"
#include "base/log.h"
#include "runtime/socket.h"

namespace wyld::transport {
namespace {

// A burst of arrivals must not starve those who play.
constexpr int kAcceptsPerTurn = 64;
constexpr auto kRetry = std::chrono::milliseconds(200);

}  // namespace

Listener::Listener(runtime::Loop& loop, runtime::Fd fd, OnAccept on_accept)
    : loop_(loop),
      fd_(std::move(fd)),
      on_accept_(std::move(on_accept)),
      retry_(
          [](void* context) {
            auto& self = *static_cast<Listener*>(context);
            self.loop_.modify(self.fd_.get(), EPOLLIN, self);
          },
          this) {}

Listener::~Listener() { close(); }

Status Listener::open() { return loop_.add(fd_.get(), EPOLLIN, *this); }

void Listener::close() {
  if (!fd_.valid()) return;
  retry_.cancel();
  loop_.remove(fd_.get());
  fd_.reset();
}

void Listener::on_events(std::uint32_t /*epoll_events*/) {
  for (int i = 0; i < kAcceptsPerTurn && fd_.valid(); ++i) {
    runtime::SocketAddress peer;
    Result<runtime::Fd> accepted = runtime::accept_tcp(fd_.get(), peer);
    if (!accepted) {
      // Level-triggered readiness would spin: look away for a moment.
      count(Counter::kAcceptFailures);
      log(LogLevel::kError, "accept_failed", {{"error", accepted.error().message()}});
      loop_.modify(fd_.get(), 0, *this);
      loop_.timers().schedule(retry_, loop_.now() + kRetry);
      return;
    }
    if (!accepted->valid()) return;
    on_accept_(std::move(*accepted), peer);
  }
}

}  // namespace wyld::transport
