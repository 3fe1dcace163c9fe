#pragma once
// What the web connections of a gateway have in common.

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "http/reserve.h"
#include "http/site.h"

namespace wyld::http {

class HttpDialect;

struct WebOptions {
  // Whole-stage deadline for a request head, and for an idle kept-alive connection.
  std::chrono::milliseconds head_deadline{10'000};
  std::size_t head_bytes_max = std::size_t{8} * 1024;
  // Origins (scheme://host[:port]) that may open a WebSocket besides the page's own host, and show the page
  // in a frame; "*" is any.
  std::vector<std::string> allowed_origins;
  // Names under which the page is served, besides numeric addresses and "localhost"; "*" is every name.
  std::vector<std::string> hosts;
  // What /readyz says; absent: "ok". Called on any shard, and must not block. Calls its argument once, from
  // any thread, also when the shard has stopped meanwhile, but not after the shard is gone.
  std::function<void(std::move_only_function<void(Health)>)> health;
};

// The web side of one gateway: the page, whose bytes all connections share, and the rules for requests.
//
// Owner    apps/; outlives every shard.
// Thread   any.
class Web {
 public:
  explicit Web(WebOptions options);

  [[nodiscard]] const WebOptions& options() const noexcept { return options_; }
  [[nodiscard]] const std::vector<Page>& pages() const noexcept { return pages_; }
  [[nodiscard]] const std::string& frame_ancestors() const noexcept { return frame_ancestors_; }
  // Counts it, and tells the operator now and then.
  void note_unknown_host(std::string_view host);

 private:
  const WebOptions options_;
  const std::vector<Page> pages_;
  const std::string frame_ancestors_;
  std::mutex mutex_;               // guards the rest
  std::size_t unknown_hosts_ = 0;  // since the last line in the log
  std::chrono::steady_clock::time_point next_unknown_host_line_{};
};

// One shard's part of it.
//
// Owner    whoever makes the shard's dialects; outlives them.
// Thread   the shard's.
struct ShardWeb {
  explicit ShardWeb(Web& of) : web(of) {}

  Web& web;
  Reserve<HttpDialect> reserve;
};

}  // namespace wyld::http
