// The same bytes give the same events, whole and cut. Byte 0 of the input chooses the limits, byte 1
// the cuts; the rest is what the peer sends.

#include <cstdio>
#include <cstdlib>

#include "codec/websocket/testing.h"
#include "testing/cuts.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  if (bytes < 2) return 0;
  const std::string input(data + 2, data + bytes);
  wyld::ws::DecoderOptions options;
  options.message_bytes_max = (data[0] & 1) != 0 ? 16 : 64 * 1024;
  options.fragments_max = (data[0] & 2) != 0 ? 4 : 1024;

  const std::vector<std::string_view> whole = {input};
  const std::vector<std::string_view> pieces = wyld::testing::cut_in_pieces(input, data[1]);
  const wyld::ws::EventList one = wyld::ws::decode_pieces(whole, options);
  const wyld::ws::EventList many = wyld::ws::decode_pieces(pieces, options);
  if (one != many) {
    std::fprintf(stderr, "whole gave %zu events, cut %zu, or they differ\n", one.size(), many.size());
    std::abort();
  }
  for (const std::string& event : one) {
    if (event.starts_with("text:") && !wyld::is_valid_utf8(event)) std::abort();
  }
  return 0;
}
