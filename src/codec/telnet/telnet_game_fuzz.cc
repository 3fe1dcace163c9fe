// A game that sends anything. The first byte chooses the client behind it and the reads.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"
#include "codec/gmcp/message.h"
#include "codec/telnet/game_endpoint.h"

namespace {

using namespace wyld;
using namespace wyld::telnet;

class Checker final : public GameEndpointEvents {
 public:
  void on_text(std::string_view utf8) override {
    WYLD_CHECK(!utf8.empty());
    WYLD_CHECK(is_valid_utf8(utf8));
    WYLD_CHECK(utf8.find('\0') == std::string_view::npos);
    for (std::size_t at = utf8.find('\xC2'); at != std::string_view::npos; at = utf8.find('\xC2', at + 1))
      WYLD_CHECK(static_cast<unsigned char>(utf8[at + 1]) >= 0xA0);  // no C1 control
    text_bytes += utf8.size();
  }
  void on_prompt() override {}
  void on_client_echo(bool client_echoes) override {
    WYLD_CHECK(client_echoes != echoes);
    echoes = client_echoes;
  }
  void on_character_mode(bool on) override {
    WYLD_CHECK(on != character_mode);
    character_mode = on;
  }
  void on_gmcp(std::string_view package, std::string_view body) override {
    WYLD_CHECK(gmcp::valid_package(package));
    WYLD_CHECK(is_valid_utf8(body));
  }
  void on_gmcp_enabled() override {}
  void on_violation(Violation) override {}

  std::size_t text_bytes = 0;
  bool echoes = true;
  bool character_mode = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const unsigned plan = data[0];
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  Capabilities client;
  client.client_name = "MUDLET";
  client.mtts = (plan & 64U) != 0 ? 0 : 2349;
  client.gmcp = (plan & 4U) != 0;
  GameEndpointOptions options;
  options.subnegotiation_bytes_max = 512;
  options.charset_default = static_cast<Charset>(plan % 3U);
  options.player_address = "2001:db8::1";
  GameEndpoint endpoint(options, client);
  Checker events;
  TimePoint now{std::chrono::hours(1)};
  std::string out;
  for (unsigned turn = 0; !rest.empty(); ++turn) {
    const std::string piece(rest.substr(0, 1U + (plan * (turn + 1U)) % 61U));
    rest.remove_prefix(piece.size());
    endpoint.feed(piece, now, events, out);
    if ((plan & 8U) != 0) {
      client.window.columns = static_cast<std::uint16_t>(turn);
      client.gmcp = turn % 7U < 3;
      endpoint.set_capabilities(client, now, out);
    }
    if ((plan & 32U) != 0) now += std::chrono::milliseconds(400);
  }
  WYLD_CHECK(out.size() <= 1024 + size * 64);
  WYLD_CHECK(events.text_bytes <= size * 3);
  WYLD_CHECK((endpoint.client_echoes() || events.character_mode) == events.echoes);
  endpoint.send_line("h\xC3\xA9llo \xE2\x80\x9Cyou\xE2\x80\x9D", out);
  return 0;
}
