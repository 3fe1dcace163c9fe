// Limits of the WebSocket decoder, from both sides, and what hostile peers send.

#include <gmock/gmock.h>

#include "codec/websocket/decoder.h"
#include "codec/websocket/testing.h"

namespace wyld::ws {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kTooBig = "fail:1009:message is too big";
constexpr const char* kTooMany = "fail:1008:message has too many fragments";

TEST(WebSocketDecoderLimits, MessageAtTheBoundPassesAndOneBeyondFails) {
  const DecoderOptions options{.message_bytes_max = 200};
  const std::string at_bound(200, 'x');
  EXPECT_THAT(decode_pieces({client_frame(0x81, at_bound)}, options), ElementsAre("text:" + at_bound));
  EXPECT_THAT(decode_pieces({client_frame(0x81, at_bound + "x")}, options), ElementsAre(kTooBig));
}

TEST(WebSocketDecoderLimits, FragmentsCountTogether) {
  const DecoderOptions options{.message_bytes_max = 200};
  const std::string half = client_frame(0x01, std::string(100, 'x'));
  EXPECT_THAT(decode_pieces({half + client_frame(0x80, std::string(100, 'y'))}, options),
              ElementsAre("text:" + std::string(100, 'x') + std::string(100, 'y')));
  EXPECT_THAT(decode_pieces({half + client_frame(0x80, std::string(101, 'y'))}, options),
              ElementsAre(kTooBig));
}

TEST(WebSocketDecoderLimits, TooBigIsSaidByTheLengthAlone) {
  EXPECT_THAT(decode_pieces({"\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"}), ElementsAre(kTooBig));
  EXPECT_THAT(decode_pieces({"\x82\xFF\x00\x00\x00\x00\x00\x01\x00\x01"s}), ElementsAre(kTooBig));
  EXPECT_THAT(decode_pieces({"\x82\xFF\x00\x00\x00\x00\x00\x01\x00\x00"s}), IsEmpty());
}

TEST(WebSocketDecoderLimits, ControlFramesDoNotCountAsMessage) {
  const DecoderOptions options{.message_bytes_max = 4};
  EXPECT_THAT(decode_pieces({client_frame(0x01, "ab") + client_frame(0x89, std::string(125, 'p')) +
                             client_frame(0x80, "cd")},
                            options),
              ElementsAre("ping:" + std::string(125, 'p'), "text:abcd"));
}

TEST(WebSocketDecoderLimits, FragmentsAtTheBoundPassAndOneBeyondFails) {
  const DecoderOptions options{.fragments_max = 3};
  const std::string first = client_frame(0x01, "");
  const std::string middle = client_frame(0x00, "");
  const std::string last = client_frame(0x80, "z");
  EXPECT_THAT(decode_pieces({first + middle + last + first + middle + last}, options),
              ElementsAre("text:z", "text:z"));
  EXPECT_THAT(decode_pieces({first + middle + middle + last}, options), ElementsAre(kTooMany));
}

TEST(WebSocketDecoderLimits, EndlessEmptyContinuationEnds) {
  Decoder decoder;
  RecordingSink sink;
  feed_copy(decoder, client_frame(0x01, ""), sink);
  const std::string middle = client_frame(0x00, "");
  for (int i = 0; i < 10'000 && !decoder.ended(); ++i) feed_copy(decoder, middle, sink);
  EXPECT_THAT(sink.events, ElementsAre(kTooMany));
}

// An upgrade may bring a smaller bound.
TEST(WebSocketDecoderLimits, AMessageThatWasBegunUnderALargerBoundFailsWithoutGrowing) {
  const DecoderOptions small{.message_bytes_max = 100};
  const std::string frame = client_frame(0x81, std::string(200, 'x'));
  const std::string fragment = client_frame(0x01, std::string(101, 'x'));
  for (const std::string& begun : {frame.substr(0, 120), frame.substr(0, 8), frame.substr(0, 4), fragment}) {
    Decoder decoder;
    RecordingSink sink;
    feed_copy(decoder, begun, sink);
    Decoder loaded = moved(decoder, small, sink.events);
    feed_copy(loaded, begun == fragment ? client_frame(0x80, "") : frame.substr(begun.size()), sink);
    EXPECT_THAT(sink.events, ElementsAre(kTooBig)) << begun.size();
  }
  Decoder decoder;
  RecordingSink sink;
  feed_copy(decoder, client_frame(0x01, std::string(100, 'x')), sink);
  Decoder loaded = moved(decoder, small, sink.events);
  feed_copy(loaded, client_frame(0x80, ""), sink);
  EXPECT_THAT(sink.events, ElementsAre("text:" + std::string(100, 'x'))) << "at the bound";
}

// A message that comes in thousands of reads still costs its size once, and passes.
TEST(WebSocketDecoderLimits, MessageInManyReadsArrivesWhole) {
  std::string text;
  while (text.size() < 60'000) text += "gr\xC3\xBC\xC3\x9F dich \xF0\x9F\x90\x89 ";
  const std::string frame = client_frame(0x81, text, {9, 8, 7, 6});
  Decoder decoder;
  RecordingSink sink;
  for (std::size_t i = 0; i < frame.size(); i += 7)
    feed_copy(decoder, std::string_view(frame).substr(i, 7), sink);
  EXPECT_EQ(sink.events, EventList{"text:" + text});
}

TEST(WebSocketDecoderLimits, MessageBoundOfZeroStillAllowsEmptyOnes) {
  const DecoderOptions options{.message_bytes_max = 0};
  EXPECT_THAT(decode_pieces({client_frame(0x81, "") + client_frame(0x81, "x")}, options),
              ElementsAre("text:", kTooBig));
}

}  // namespace
}  // namespace wyld::ws
