// Any header: the client is an address, and nobody whom the trusted hops have not named. Byte 0 of the input
// chooses the header; lines end at a line feed.

#include "base/check.h"
#include "codec/proxy/forwarded.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace wyld;
  if (size < 1) return 0;
  const std::string input(data + 1, data + size);
  std::vector<std::string_view> lines;
  for (std::string_view rest = input;;) {
    const std::size_t end = rest.find('\n');
    lines.push_back(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  static const std::vector<runtime::Network> trusted{*runtime::Network::parse("10.0.0.0/8"),
                                                     *runtime::Network::parse("fd00::/8")};
  const auto header =
      (data[0] & 1) != 0 ? proxy::ForwardedHeader::kForwarded : proxy::ForwardedHeader::kXForwardedFor;
  const proxy::ForwardedClient client = client_of(header, lines, "10.0.0.1", trusted);
  const auto address = runtime::numeric_address(client.host, 0);
  WYLD_CHECK(address && address->host_text() == client.host);
  // Asked from there on, nothing changes, unless the client is a trusted hop itself.
  WYLD_CHECK(client_of(header, lines, "198.51.100.9", trusted).host == "198.51.100.9");
  WYLD_CHECK(client_of(header, lines, "10.0.0.1", {}).host == "10.0.0.1");
  return 0;
}
