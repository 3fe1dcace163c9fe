// Loads any bytes into an endpoint. Refused, they change nothing; taken, the endpoint still keeps every
// promise to those who own it, and saves what loads again. Bit 0 of the first byte chooses a player's or a
// game's endpoint, bit 1 smaller limits than those the bytes were saved under.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/telnet/game_endpoint.h"
#include "codec/telnet/player_checker_fixture.h"

namespace {

using namespace wyld;
using namespace wyld::telnet;
using namespace std::string_view_literals;

constexpr TimePoint kNow{std::chrono::hours(1)};

// As a client or a game goes on: out of whatever it was in the middle of, then words and options.
constexpr std::string_view kMore =
    "m\xFF\xF0\r\nlook\r\nsay "
    "caf\xC3\xA9\r\n\xFF\xFB\x18\xFF\xFA\x18\0MUDLET\xFF\xF0\xFF\xFA\x1F\0\x50\0\x18\xFF\xF0"
    "\xFF\xFD\xC9\xFF\xFA\xC9"
    "Core.Supports.Add [\"Room 1\"]\xFF\xF0\xFF\xFD\x01\xFF\xFE\x01\xFF\xF9"sv;

class GameChecker final : public GameEndpointEvents {
 public:
  void on_text(std::string_view utf8) override { WYLD_CHECK(is_valid_utf8(utf8)); }
  void on_prompt() override {}
  void on_client_echo(bool) override {}
  void on_character_mode(bool) override {}
  void on_gmcp(std::string_view package, std::string_view body) override {
    WYLD_CHECK(gmcp::valid_package(package));
    WYLD_CHECK(is_valid_utf8(body));
  }
  void on_gmcp_enabled() override {}
  void on_violation(Violation) override {}
};

// Whether `endpoint` has taken `bytes`.
template <typename Endpoint>
bool load(std::string_view bytes, Endpoint& endpoint) {
  const archive::Buffer before = *archive::save(endpoint, kNow);
  std::string problem;
  const bool loaded = archive::load(bytes, kNow, endpoint, &problem).has_value();
  WYLD_CHECK(loaded == problem.empty());
  const archive::Buffer after = *archive::save(endpoint, kNow);
  if (!loaded) WYLD_CHECK(after.view() == before.view());
  return loaded;
}

template <typename Endpoint>
void check_saved(const Endpoint& endpoint, Endpoint&& fresh) {
  const archive::Buffer saved = *archive::save(endpoint, kNow);
  WYLD_CHECK(archive::load(saved.view(), kNow, fresh).has_value());
  WYLD_CHECK(archive::save(fresh, kNow)->view() == saved.view());
}

void check_player(std::string_view bytes, bool small) {
  PlayerEndpointOptions options;
  if (small) options = {.line_bytes_max = 16, .subnegotiation_bytes_max = 32, .swallowed_bytes_max = 64};
  PlayerEndpoint endpoint(options);
  if (!load(bytes, endpoint)) return;
  check_saved(endpoint, PlayerEndpoint(options));
  PlayerChecker events(options.line_bytes_max);
  check_capabilities(endpoint.capabilities());
  std::string out;
  for (std::string_view rest = kMore; !rest.empty();
       rest.remove_prefix(std::min<std::size_t>(rest.size(), 7)))
    endpoint.feed(rest.substr(0, 7), kNow + std::chrono::seconds(1), events, out);
  WYLD_CHECK(out.size() <= 1024);
  check_capabilities(endpoint.capabilities());
  WYLD_CHECK(endpoint.gmcp_hello().size() <= GmcpMemory::kHelloBytesMax);
  WYLD_CHECK(gmcp::valid_body(endpoint.gmcp_supports()));
  endpoint.set_client_echo(false, kNow, out);
  endpoint.set_character_mode(true, kNow, out);
  endpoint.set_character_mode(false, kNow, out);
  endpoint.send_text("h\xC3\xA9llo\n", out);
  check_saved(endpoint, PlayerEndpoint(options));
}

void check_game(std::string_view bytes, bool small) {
  GameEndpointOptions options;
  if (small) {
    options.subnegotiation_bytes_max = 32;
    options.swallowed_bytes_max = 64;
  }
  GameEndpoint endpoint(options, Capabilities{});
  if (!load(bytes, endpoint)) return;
  check_saved(endpoint, GameEndpoint(options, Capabilities{}));
  GameChecker events;
  std::string out;
  for (std::string_view rest = kMore; !rest.empty();
       rest.remove_prefix(std::min<std::size_t>(rest.size(), 7)))
    endpoint.feed(rest.substr(0, 7), kNow + std::chrono::seconds(1), events, out);
  WYLD_CHECK(out.size() <= 1024);
  Capabilities client = endpoint.capabilities();
  client.gmcp = !client.gmcp;
  client.charset_agreed = true;
  endpoint.set_capabilities(client, kNow, out);
  endpoint.send_line("h\xC3\xA9llo", out);
  endpoint.send_gmcp("Char.Name", "\"h\xC3\xA9llo\"", out);
  check_saved(endpoint, GameEndpoint(options, Capabilities{}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool small = (data[0] & 2U) != 0;
  if ((data[0] & 1U) == 0) {
    check_player(bytes, small);
  } else {
    check_game(bytes, small);
  }
  return 0;
}
