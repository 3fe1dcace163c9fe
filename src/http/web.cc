#include "http/web.h"

#include <utility>

#include "base/counters.h"
#include "base/log.h"

namespace wyld::http {
namespace {

// Anybody may send any name: the log has one line in this time.
constexpr std::chrono::minutes kUnknownHostPause{1};

}  // namespace

Web::Web(WebOptions options)
    : options_(std::move(options)),
      pages_(pages_of(embedded_assets())),
      frame_ancestors_(http::frame_ancestors(options_.allowed_origins)) {}

void Web::note_unknown_host(std::string_view host) {
  count(Counter::kHostsUnknown);
  std::size_t requests = 0;
  {
    const std::lock_guard lock(mutex_);
    ++unknown_hosts_;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_unknown_host_line_) return;
    next_unknown_host_line_ = now + kUnknownHostPause;
    requests = std::exchange(unknown_hosts_, 0);
  }
  log(LogLevel::kWarning, "host_unknown",
      {{"host", std::string(host)},
       {"requests", std::to_string(requests)},
       {"advice", "add the name to web.hosts if it is yours"}});
}

}  // namespace wyld::http
