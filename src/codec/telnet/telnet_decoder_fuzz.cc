// The same bytes give the same events however they are cut. The first bytes of the input say where.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "codec/telnet/decoder.h"

namespace {

using namespace wyld::telnet;

class Recorder final : public DecoderSink {
 public:
  void on_data(std::string_view bytes) override {
    WYLD_CHECK(!bytes.empty());
    if (!joining_) events.emplace_back("data ");
    joining_ = true;
    events.back() += bytes;
  }
  void on_command(Command command) override { add({'c', static_cast<char>(command)}); }
  void on_negotiation(Command verb, std::uint8_t option) override {
    WYLD_CHECK(verb >= Command::kWill && verb <= Command::kDont);
    add({'n', static_cast<char>(verb), static_cast<char>(option)});
  }
  void on_subnegotiation(std::uint8_t option, std::string_view payload) override {
    WYLD_CHECK(payload.size() <= kPayloadBytesMax);
    add(std::string{'s', static_cast<char>(option)} + std::string(payload));
  }
  void on_decode_error(DecodeError error) override { add({'e', static_cast<char>(error)}); }

  static constexpr std::size_t kPayloadBytesMax = 64;
  std::vector<std::string> events;

 private:
  void add(std::string event) {
    joining_ = false;
    events.push_back(std::move(event));
  }
  bool joining_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kCutBytes = 4;
  if (size < kCutBytes) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + kCutBytes, size - kCutBytes);
  const DecoderOptions options{.subnegotiation_bytes_max = Recorder::kPayloadBytesMax};

  Recorder whole;
  Decoder whole_decoder(options);
  whole_decoder.feed(bytes, whole);

  Recorder pieces;
  Decoder pieces_decoder(options);
  std::string_view rest = bytes;
  for (std::size_t index = 0; !rest.empty(); index = (index + 1) % kCutBytes) {
    const std::string_view piece = rest.substr(0, 1U + data[index] % 32U);
    pieces_decoder.feed(std::string(piece), pieces);  // a copy, so that reading past its end is noticed
    rest.remove_prefix(piece.size());
  }

  WYLD_CHECK(whole.events == pieces.events);
  WYLD_CHECK(whole_decoder.swallowed_bytes() == pieces_decoder.swallowed_bytes());
  return 0;
}
