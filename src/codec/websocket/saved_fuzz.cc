// Loads any bytes into a decoder. Refused, they change nothing; taken, the decoder keeps its promises, and
// saves what loads again. Byte 0 of the input chooses the limits.

#include <cstdint>

#include "base/check.h"
#include "codec/websocket/testing.h"

namespace {

using namespace wyld;
using namespace wyld::ws;

constexpr archive::TimePoint kNow{std::chrono::hours(1)};

class Checker final : public DecoderSink {
 public:
  explicit Checker(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}
  void on_message(MessageKind kind, std::string_view payload) override {
    WYLD_CHECK(!ended_ && payload.size() <= message_bytes_max_);
    WYLD_CHECK(kind == MessageKind::kBinary || is_valid_utf8(payload));
  }
  void on_ping(std::string_view payload) override { WYLD_CHECK(!ended_ && payload.size() <= 125); }
  void on_pong(std::string_view payload) override { WYLD_CHECK(!ended_ && payload.size() <= 125); }
  void on_close(std::uint16_t, std::string_view reason) override {
    WYLD_CHECK(!ended_ && is_valid_utf8(reason));
    ended_ = true;
  }
  void on_failure(CloseCode, const char*) override {
    WYLD_CHECK(!ended_);
    ended_ = true;
  }

 private:
  std::size_t message_bytes_max_;
  bool ended_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  DecoderOptions options;
  if ((data[0] & 1U) != 0) options = {.message_bytes_max = 16, .fragments_max = 3};
  Decoder decoder(options);
  if (!archive::load(bytes, kNow, decoder)) {
    WYLD_CHECK(archive::save(decoder, kNow)->view() == archive::save(Decoder(options), kNow)->view());
    return 0;
  }
  EventList problems;
  static_cast<void>(moved(decoder, options, problems));
  WYLD_CHECK(problems.empty());
  Checker sink(options.message_bytes_max);
  // Ends most frames that are under way, and goes on with some.
  feed_copy(decoder, std::string(130, '\x80'), sink);
  feed_copy(decoder,
            client_frame(0x80, "end") + client_frame(0x81, "look") + client_frame(0x89, "ping") +
                client_frame(0x88, ""),
            sink);
  static_cast<void>(moved(decoder, options, problems));
  WYLD_CHECK(problems.empty());
  return 0;
}
