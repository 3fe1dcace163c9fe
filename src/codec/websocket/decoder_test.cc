#include "codec/websocket/decoder.h"

#include <gmock/gmock.h>

#include <tuple>

#include "codec/websocket/testing.h"

namespace wyld::ws {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Feeds `bytes` whole, in every two pieces and byte by byte; all must tell the same.
EventList decode(std::string_view bytes, const DecoderOptions& options = {}) {
  const EventList whole = decode_pieces({bytes}, options);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(decode_pieces({bytes.substr(0, cut), bytes.substr(cut)}, options), whole)
        << "cut at byte " << cut;
  }
  std::vector<std::string_view> single;
  for (std::size_t i = 0; i < bytes.size(); ++i) single.push_back(bytes.substr(i, 1));
  EXPECT_EQ(decode_pieces(single, options), whole) << "byte by byte";
  return whole;
}

TEST(WebSocketDecoder, ReadsTheExampleOfTheRfc) {
  EXPECT_THAT(decode("\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58"), ElementsAre("text:Hello"));
}

TEST(WebSocketDecoder, ReadsBinaryFrames) {
  EXPECT_THAT(decode("\x82\x86\x01\x02\x03\x04\x6D\x6D\x6C\x6F\x0C\x08"), ElementsAre("binary:look\r\n"));
  EXPECT_THAT(decode("\x82\x83\x01\x02\x03\x04\xFE\xFF\x1B"), ElementsAre("binary:\xFF\xFD\x18"));
}

TEST(WebSocketDecoder, ReadsTextOfOneGmcpMessage) {
  EXPECT_THAT(decode("\x81\x89\x01\x02\x03\x04\x42\x6D\x71\x61\x2F\x52\x6A\x6A\x66"),
              ElementsAre("text:Core.Ping"));
}

TEST(WebSocketDecoder, AnswersAnEmptyPingWithAnEvent) {
  EXPECT_THAT(decode("\x89\x80\x01\x02\x03\x04"), ElementsAre("ping:"));
}

TEST(WebSocketDecoder, DeliversEmptyMessages) {
  EXPECT_THAT(decode(client_frame(0x81, "") + client_frame(0x82, "")), ElementsAre("text:", "binary:"));
}

TEST(WebSocketDecoder, JoinsFragments) {
  EXPECT_THAT(decode(client_frame(0x01, "Hel") + client_frame(0x00, "") + client_frame(0x80, "lo") +
                     client_frame(0x81, "next")),
              ElementsAre("text:Hello", "text:next"));
}

TEST(WebSocketDecoder, JoinsFragmentsThatAreAllEmpty) {
  EXPECT_THAT(decode(client_frame(0x02, "") + client_frame(0x00, "") + client_frame(0x80, "")),
              ElementsAre("binary:"));
}

TEST(WebSocketDecoder, LastFragmentMayCarryEverything) {
  EXPECT_THAT(decode(client_frame(0x01, "") + client_frame(0x80, "all")), ElementsAre("text:all"));
}

TEST(WebSocketDecoder, DeliversControlFramesBetweenFragmentsAtOnce) {
  EXPECT_THAT(decode(client_frame(0x01, "Hel") + client_frame(0x89, "p") + client_frame(0x8A, "q") +
                     client_frame(0x80, "lo")),
              ElementsAre("ping:p", "pong:q", "text:Hello"));
}

TEST(WebSocketDecoder, CloseBetweenFragmentsDropsTheMessage) {
  EXPECT_THAT(decode(client_frame(0x01, "Hel") + client_frame(0x88, "\x03\xE8") + client_frame(0x80, "lo")),
              ElementsAre("close:1000:"));
}

TEST(WebSocketDecoder, CharactersMaySpanFragments) {
  const std::string text = "h\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_THAT(decode(client_frame(0x01, text.substr(0, cut)) + client_frame(0x89, "") +
                       client_frame(0x80, text.substr(cut))),
                ElementsAre("ping:", "text:" + text))
        << cut;
  }
}

TEST(WebSocketDecoder, ReadsEveryLengthForm) {
  for (const std::size_t bytes : {125U, 126U, 127U, 65535U, 65536U, 70000U}) {
    const std::string payload(bytes, 'x');
    const std::string frame = client_frame(0x82, payload);
    const DecoderOptions options{.message_bytes_max = 70000};
    const EventList expected = {"binary:" + payload};
    EXPECT_EQ(decode_pieces({frame}, options), expected) << bytes;
    for (std::size_t cut = 0; cut < 20; ++cut) {
      const std::string_view view = frame;
      EXPECT_EQ(decode_pieces({view.substr(0, cut), view.substr(cut)}, options), expected)
          << bytes << " " << cut;
    }
  }
}

TEST(WebSocketDecoder, WholeMessageIsHandedOverInPlace) {
  class PlaceSink final : public DecoderSink {
   public:
    void on_message(MessageKind, std::string_view payload) override { at = payload.data(); }
    void on_ping(std::string_view) override {}
    void on_pong(std::string_view) override {}
    void on_close(std::uint16_t, std::string_view) override {}
    void on_failure(CloseCode, const char*) override {}
    const char* at = nullptr;
  } sink;
  std::string frame = client_frame(0x81, "look");
  Decoder decoder;
  decoder.feed(frame.data(), frame.size(), sink);
  EXPECT_EQ(sink.at, frame.data() + 6);
}

TEST(WebSocketDecoder, UnmaskEqualsTheDefinitionAtEveryLengthAndOffset) {
  const std::array<unsigned char, 4> mask = {0x12, 0x80, 0xFF, 0x01};
  for (std::size_t count = 0; count < 100; ++count) {
    for (std::uint64_t offset = 0; offset < 4; ++offset) {
      std::string bytes;
      std::string expected;
      for (std::size_t i = 0; i < count; ++i) {
        bytes += static_cast<char>(i * 7);
        expected += static_cast<char>(static_cast<unsigned char>(i * 7) ^ mask[(i + offset) % 4]);
      }
      unmask(bytes.data(), count, mask, offset);
      EXPECT_EQ(bytes, expected) << count << " " << offset;
    }
  }
}

// What ends the connection, by the first byte that shows it.
TEST(WebSocketDecoder, RefusesUnmaskedFrames) {
  EXPECT_THAT(decode("\x81\x05\x48\x65\x6C\x6C\x6F"), ElementsAre("fail:1002:client frame is not masked"));
}

TEST(WebSocketDecoder, RefusesReservedBits) {
  for (const unsigned bit : {0x40U, 0x20U, 0x10U}) {
    EXPECT_THAT(decode(client_frame(0x81 | bit, "x")),
                ElementsAre("fail:1002:reserved bit is set without an extension"));
    EXPECT_THAT(decode(client_frame(0x89 | bit, "x")), ElementsAre(StartsWith("fail:1002:")));
  }
}

TEST(WebSocketDecoder, RefusesReservedOpcodes) {
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 0xBU, 0xCU, 0xDU, 0xEU, 0xFU}) {
    EXPECT_THAT(decode(client_frame(0x80 | opcode, "x")), ElementsAre("fail:1002:reserved opcode")) << opcode;
  }
}

TEST(WebSocketDecoder, RefusesLongOrFragmentedControlFrames) {
  EXPECT_THAT(decode("\x89\xFE\x00\x7E\x01\x02\x03\x04"s),
              ElementsAre("fail:1002:control frame is longer than 125 bytes"));
  EXPECT_THAT(decode(client_frame(0x89, std::string(125, 'p'))),
              ElementsAre("ping:" + std::string(125, 'p')));
  for (const unsigned first : {0x08U, 0x09U, 0x0AU}) {
    EXPECT_THAT(decode(client_frame(first, "")), ElementsAre("fail:1002:control frame is fragmented"));
  }
}

TEST(WebSocketDecoder, RefusesLengthsNotInTheirShortestForm) {
  EXPECT_THAT(decode("\x82\xFE\x00\x7D"s), ElementsAre("fail:1002:frame length is not in its shortest form"));
  EXPECT_THAT(decode("\x82\xFF\x00\x00\x00\x00\x00\x00\xFF\xFF"s),
              ElementsAre("fail:1002:frame length is not in its shortest form"));
  EXPECT_THAT(decode("\x82\xFF\x80\x00\x00\x00\x00\x00\x00\x00"s),
              ElementsAre("fail:1002:frame length has its top bit set"));
}

TEST(WebSocketDecoder, RefusesMessagesOutOfOrder) {
  EXPECT_THAT(decode(client_frame(0x80, "x")), ElementsAre("fail:1002:continuation of no message"));
  EXPECT_THAT(decode(client_frame(0x01, "x") + client_frame(0x81, "y")),
              ElementsAre("fail:1002:new message inside an unfinished one"));
  EXPECT_THAT(decode(client_frame(0x81, "x") + client_frame(0x80, "y")),
              ElementsAre("text:x", "fail:1002:continuation of no message"));
}

TEST(WebSocketDecoder, RefusesTextThatIsNotUtf8) {
  EXPECT_THAT(decode("\x81\x81\x00\x00\x00\x00\xFF"s), ElementsAre("fail:1007:text is not UTF-8"));
  for (const std::string_view bad : {"a\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    EXPECT_THAT(decode(client_frame(0x81, bad)), ElementsAre("fail:1007:text is not UTF-8"));
    EXPECT_THAT(decode(client_frame(0x82, bad)), ElementsAre("binary:" + std::string(bad)));
  }
}

TEST(WebSocketDecoder, RefusesTextInTheFragmentThatBreaksIt) {
  EXPECT_THAT(decode(client_frame(0x01, "ok\xFF")), ElementsAre("fail:1007:text is not UTF-8"));
  EXPECT_THAT(decode(client_frame(0x01, "\xE2\x82") + client_frame(0x80, "x")),
              ElementsAre("fail:1007:text is not UTF-8"));
  EXPECT_THAT(decode(client_frame(0x01, "\xE2\x82") + client_frame(0x80, "")),
              ElementsAre("fail:1007:text is not UTF-8"));
}

TEST(WebSocketDecoder, BrokenTextDoesNotTaintBinaryOrControl) {
  EXPECT_THAT(
      decode(client_frame(0x01, "\xE2") + client_frame(0x89, "\xFF") + client_frame(0x80, "\x82\xAC")),
      ElementsAre("ping:\xFF", "text:\xE2\x82\xAC"));
}

TEST(WebSocketDecoder, ReadsCloseFrames) {
  EXPECT_THAT(decode(client_frame(0x88, "")), ElementsAre("close:1005:"));
  EXPECT_THAT(decode(client_frame(0x88, "\x03\xE8")), ElementsAre("close:1000:"));
  EXPECT_THAT(decode(client_frame(0x88, "\x03\xE9 bye \xC3\xA9")), ElementsAre("close:1001: bye \xC3\xA9"));
  EXPECT_THAT(decode(client_frame(0x88, "\x03\xE8" + std::string(123, 'r'))),
              ElementsAre("close:1000:" + std::string(123, 'r')));
}

TEST(WebSocketDecoder, JudgesCloseCodes) {
  const auto close = [](unsigned code) {
    const std::string payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    return decode(client_frame(0x88, payload));
  };
  for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U, 1013U,
                              1014U, 3000U, 3999U, 4000U, 4999U}) {
    EXPECT_THAT(close(code), ElementsAre("close:" + std::to_string(code) + ":"));
  }
  for (const unsigned code : {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 2000U, 2999U, 5000U, 65535U}) {
    EXPECT_THAT(close(code), ElementsAre("fail:1002:close code may not be sent")) << code;
  }
}

TEST(WebSocketDecoder, RefusesBrokenClosePayloads) {
  EXPECT_THAT(decode(client_frame(0x88, "\x03")), ElementsAre("fail:1002:close frame holds half a code"));
  EXPECT_THAT(decode(client_frame(0x88, "\x03\xE8\xFF")), ElementsAre("fail:1007:close reason is not UTF-8"));
  EXPECT_THAT(decode(client_frame(0x88, "\x03\xE8\xC3")), ElementsAre("fail:1007:close reason is not UTF-8"));
}

TEST(WebSocketDecoder, NothingFollowsAnEnd) {
  const std::string after = client_frame(0x81, "more") + client_frame(0x88, "\x03\xE8");
  EXPECT_THAT(decode(client_frame(0x88, "") + after), ElementsAre("close:1005:"));
  EXPECT_THAT(decode("\x83" + after), ElementsAre(StartsWith("fail:1002:")));
  Decoder decoder;
  RecordingSink sink;
  EXPECT_FALSE(decoder.ended());
  feed_copy(decoder, client_frame(0x88, ""), sink);
  EXPECT_TRUE(decoder.ended());
}

TEST(WebSocketDecoder, NothingInGivesNothing) {
  EXPECT_THAT(decode_pieces({"", ""}), IsEmpty());
  EXPECT_THAT(decode(client_frame(0x81, "unfinished").substr(0, 12)), IsEmpty());
}

}  // namespace
}  // namespace wyld::ws
