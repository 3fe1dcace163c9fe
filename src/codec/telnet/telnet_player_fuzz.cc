// A player's client that sends anything, and an application that switches echo and character mode
// meanwhile. The first byte chooses what happens between the reads.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/telnet/player_checker_fixture.h"
#include "codec/telnet/player_endpoint.h"

namespace {

using namespace wyld;
using namespace wyld::telnet;

constexpr std::size_t kLineBytesMax = 48;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const unsigned plan = data[0];
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  PlayerEndpoint endpoint(PlayerEndpointOptions{.line_bytes_max = kLineBytesMax,
                                                .subnegotiation_bytes_max = 256,
                                                .swallowed_bytes_max = 512,
                                                .negotiations_per_minute_max = 200,
                                                .charset_default = static_cast<Charset>(plan % 3U),
                                                .charset_refused = static_cast<Charset>(plan / 3U % 3U)});
  PlayerChecker events(kLineBytesMax);
  TimePoint now{std::chrono::hours(1)};
  std::string out;
  endpoint.start(now, out);
  out.clear();
  std::size_t replies = 0;
  for (unsigned turn = 0; !rest.empty(); ++turn) {
    const std::string piece(rest.substr(0, 1U + (plan * (turn + 1U)) % 61U));
    rest.remove_prefix(piece.size());
    endpoint.feed(piece, now, events, out);
    replies += out.size();
    out.clear();
    if ((plan & 8U) != 0 && turn % 3U == 1) endpoint.set_client_echo(turn % 2U == 0, now, out);
    if ((plan & 16U) != 0 && turn % 5U == 2) endpoint.set_character_mode(turn % 2U == 0, now, out);
    if ((plan & 32U) != 0) now += std::chrono::milliseconds(400);
    out.clear();
    check_capabilities(endpoint.capabilities());
  }
  // Nothing a client says makes the gateway talk much more than it does.
  WYLD_CHECK(replies <= 256 + size * 16);
  WYLD_CHECK(endpoint.gmcp_hello().size() <= 1024);
  endpoint.send_text("h\xC3\xA9llo\n", out);
  endpoint.send_prompt_mark(out);
  endpoint.send_gmcp("Room.Info", "{}", out);
  return 0;
}
