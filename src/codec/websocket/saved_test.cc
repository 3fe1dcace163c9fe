// States that a decoder refuses to load. decode_pieces() moves a decoder between the pieces of every other
// test.

#include <gmock/gmock.h>

#include "codec/websocket/decoder.h"
#include "codec/websocket/testing.h"

namespace wyld::ws {
namespace {

constexpr archive::TimePoint kNow{std::chrono::hours(1)};

std::string saved_after(std::string_view bytes) {
  Decoder decoder;
  RecordingSink sink;
  feed_copy(decoder, bytes, sink);
  return std::string(archive::save(decoder, kNow)->view());
}

// In the middle of a frame, of a fragmented message with a character cut in two, and of a control frame.
std::vector<std::string> places() {
  const std::string message = client_frame(0x01, "caf\xC3") + client_frame(0x80, "\xA9 noir");
  const std::string ping = client_frame(0x01, "ab") + client_frame(0x89, "ping");
  const std::string large = client_frame(0x82, std::string(300, 'x'));
  return {saved_after(""),
          saved_after(message.substr(0, 9)),
          saved_after(message.substr(0, 11)),
          saved_after(message.substr(0, 13)),
          saved_after(message.substr(0, 18)),
          saved_after(ping.substr(0, 16)),
          saved_after(large.substr(0, 3)),
          saved_after(large.substr(0, 6)),
          saved_after(client_frame(0x88, ""))};
}

TEST(SavedWebSocketDecoder, IsSmallAtRest) { EXPECT_LE(saved_after("").size(), 6U); }

TEST(SavedWebSocketDecoder, EveryTruncationIsRefusedAndChangesNothing) {
  const std::string before = places()[3];
  for (const std::string& whole : places()) {
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      Decoder decoder;
      ASSERT_TRUE(archive::load(before, kNow, decoder));
      EXPECT_FALSE(archive::load(whole.substr(0, bytes), kNow, decoder));
      EXPECT_EQ(archive::save(decoder, kNow)->view(), before);
    }
  }
}

TEST(SavedWebSocketDecoder, EveryChangedByteIsAnErrorOrAStateThatGoesOn) {
  for (const std::string& whole : places()) {
    for (std::size_t index = 0; index < whole.size(); ++index) {
      for (unsigned flip = 1; flip < 256; ++flip) {
        std::string changed = whole;
        changed[index] = static_cast<char>(static_cast<unsigned char>(changed[index]) ^ flip);
        Decoder decoder;
        if (!archive::load(changed, kNow, decoder)) continue;
        RecordingSink sink;
        feed_copy(decoder, client_frame(0x81, "look") + client_frame(0x8A, "") + client_frame(0x88, ""),
                  sink);
        for (const std::string& event : sink.events) EXPECT_LE(event.size(), 400U);
      }
    }
  }
}

// Fields of a decoder, as save() numbers them.
struct Fields {
  std::uint32_t stage = 0;
  std::string header = {};
  std::uint32_t opcode = 0;
  std::uint64_t payload_bytes = 0;
  std::uint64_t payload_taken = 0;
  std::string mask = {};
  std::string message = {};
  std::string control = {};
  std::uint32_t flags = 0;  // 1: FIN, 2: in a message, 4: of bytes
};

bool loads(const Fields& it) {
  archive::Writer out(kNow);
  out.section(1, [&] {
    out.field(1, it.stage);
    out.field(2, it.header);
    out.field(3, it.opcode);
    out.field(4, it.payload_bytes);
    out.field(5, it.payload_taken);
    out.field(6, it.mask);
    out.secret(7, it.message);
    out.secret(8, it.control);
    out.field(10, it.flags);
  });
  Decoder decoder;
  return archive::load(out.finish()->view(), kNow, decoder).has_value();
}

constexpr std::uint32_t kLength = 1;
constexpr std::uint32_t kExtendedLength = 2;
constexpr std::uint32_t kMask = 3;
constexpr std::uint32_t kPayload = 4;
constexpr std::uint32_t kEnded = 5;

TEST(SavedWebSocketDecoder, StatesThatCannotBeAreRefused) {
  EXPECT_TRUE(loads({}));
  EXPECT_FALSE(loads({.header = "x"})) << "the first byte is judged at once";
  EXPECT_FALSE(loads({.payload_taken = 1}));
  EXPECT_FALSE(loads({.message = "text outside of a message"}));
  EXPECT_TRUE(loads({.message = "caf\xC3", .flags = 2}));
  EXPECT_FALSE(loads({.message = "caf\xC3g", .flags = 2})) << "not UTF-8";
  EXPECT_TRUE(loads({.message = "caf\xC3g", .flags = 6})) << "but bytes";
  EXPECT_FALSE(loads({.flags = 1})) << "FIN of no frame";
  EXPECT_TRUE(loads({.stage = kEnded}));
  EXPECT_FALSE(loads({.stage = kEnded, .flags = 2}));
  EXPECT_FALSE(loads({.stage = kEnded + 1}));

  EXPECT_TRUE(loads({.stage = kLength, .opcode = 1, .flags = 3}));
  EXPECT_FALSE(loads({.stage = kLength, .opcode = 1})) << "a frame of no message";
  EXPECT_FALSE(loads({.stage = kLength, .opcode = 2, .flags = 3})) << "bytes in a text";
  EXPECT_FALSE(loads({.stage = kLength, .opcode = 3, .flags = 3})) << "reserved";
  EXPECT_FALSE(loads({.stage = kLength, .opcode = 1, .message = "before the first", .flags = 3}));
  EXPECT_TRUE(loads({.stage = kLength, .opcode = 9, .flags = 1}));
  EXPECT_FALSE(loads({.stage = kLength, .opcode = 9})) << "a control frame in fragments";
  EXPECT_FALSE(loads({.stage = kLength, .opcode = 11, .flags = 1})) << "reserved";

  EXPECT_TRUE(
      loads({.stage = kExtendedLength, .header = "x", .opcode = 1, .payload_bytes = 126, .flags = 3}));
  EXPECT_FALSE(
      loads({.stage = kExtendedLength, .header = "xx", .opcode = 1, .payload_bytes = 126, .flags = 3}));
  EXPECT_TRUE(
      loads({.stage = kExtendedLength, .header = "1234567", .opcode = 1, .payload_bytes = 127, .flags = 3}));
  EXPECT_FALSE(loads({.stage = kExtendedLength, .opcode = 1, .payload_bytes = 125, .flags = 3}));
  EXPECT_FALSE(loads({.stage = kExtendedLength, .opcode = 9, .payload_bytes = 126, .flags = 1}));

  EXPECT_TRUE(loads({.stage = kMask, .header = "123", .opcode = 9, .payload_bytes = 125, .flags = 1}));
  EXPECT_FALSE(loads({.stage = kMask, .header = "123", .opcode = 9, .payload_bytes = 126, .flags = 1}));
  EXPECT_FALSE(loads({.stage = kMask, .header = "1234", .opcode = 9, .flags = 1}));
  EXPECT_FALSE(loads({.stage = kMask, .opcode = 1, .payload_bytes = std::uint64_t{1} << 63, .flags = 3}));

  const Fields ping{.stage = kPayload,
                    .opcode = 9,
                    .payload_bytes = 5,
                    .payload_taken = 2,
                    .mask = "1234",
                    .control = "pi",
                    .flags = 1};
  EXPECT_TRUE(loads(ping));
  Fields it = ping;
  it.control = "p";
  EXPECT_FALSE(loads(it)) << "less than was taken";
  it = ping;
  it.mask = "123";
  EXPECT_FALSE(loads(it));
  it = ping;
  it.payload_taken = it.payload_bytes = 2;
  EXPECT_FALSE(loads(it)) << "a whole frame is not kept";
  it = ping;
  it.header = "x";
  EXPECT_FALSE(loads(it));

  const Fields text{.stage = kPayload,
                    .opcode = 0,
                    .payload_bytes = 5,
                    .payload_taken = 2,
                    .mask = "1234",
                    .message = "hello",
                    .flags = 2};
  EXPECT_TRUE(loads(text));
  it = text;
  it.message = "h";
  EXPECT_FALSE(loads(it)) << "less than was taken";
  it = text;
  it.opcode = 1;
  EXPECT_FALSE(loads(it)) << "more than was taken of the first frame";
  it = text;
  it.control = "pi";
  EXPECT_FALSE(loads(it));
}

}  // namespace
}  // namespace wyld::ws
