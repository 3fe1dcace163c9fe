#pragma once
// Shared by this folder's fuzz targets: what must be true of every event of a PlayerEndpoint.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"
#include "base/visible_text.h"
#include "codec/gmcp/message.h"
#include "codec/telnet/player_endpoint.h"

namespace wyld::telnet {

class PlayerChecker final : public PlayerEndpointEvents {
 public:
  explicit PlayerChecker(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  void on_line(std::string_view line, bool) override {
    WYLD_CHECK(line.size() <= line_bytes_max_);
    WYLD_CHECK(is_valid_utf8(line));
    for (const char byte : line) WYLD_CHECK(static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7F);
    std::string scratch;
    WYLD_CHECK(visible_text(line, scratch).data() == line.data());
  }
  void on_characters(std::string_view text) override {
    WYLD_CHECK(is_valid_utf8(text));
    WYLD_CHECK(text.find('\0') == std::string_view::npos);
  }
  void on_capabilities_changed() override {}
  void on_settled() override { WYLD_CHECK(++settled == 1); }
  void on_gmcp(std::string_view package, std::string_view body) override {
    WYLD_CHECK(gmcp::valid_package(package));
    WYLD_CHECK(is_valid_utf8(body));
  }
  void on_interrupt() override {}
  void on_violation(Violation) override {}

  int settled = 0;

 private:
  std::size_t line_bytes_max_;
};

inline void check_capabilities(const Capabilities& it) {
  for (const std::string* text : {&it.client_name, &it.client_version, &it.terminal_type}) {
    WYLD_CHECK(text->size() <= kCapabilityTextBytesMax);
    for (const char byte : *text) WYLD_CHECK(byte >= 0x20 && byte < 0x7F);
  }
  WYLD_CHECK(it.window.columns <= 500 && it.window.rows <= 300);
}

}  // namespace wyld::telnet
