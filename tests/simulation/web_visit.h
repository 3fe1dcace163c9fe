#pragma once
// HTTP as a browser speaks it before its WebSocket: it loads a page on the connection, then upgrades it.

#include <cstddef>
#include <string>
#include <string_view>

#include "session/session_record.h"

namespace wyld::simulation {

class WebVisit {
 public:
  [[nodiscard]] static std::string page_request(std::string_view path);
  [[nodiscard]] static std::string upgrade_request(session::Protocol protocol);

  // A new connection, on which `pages` answers come before that to the upgrade.
  void begin(std::size_t pages);
  // Reads the gateway's answers; returns what came after the last one, which belongs to the WebSocket.
  [[nodiscard]] std::string feed(std::string_view bytes);
  // How many answers have not come yet, that to the upgrade included.
  [[nodiscard]] std::size_t awaited() const noexcept { return awaited_; }

 private:
  std::string buffer_;
  std::size_t awaited_ = 0;
};

}  // namespace wyld::simulation
