#include "codec/telnet/decoder.h"

#include <gtest/gtest.h>

#include "testing/wire_file.h"

namespace wyld::telnet {
namespace {

class Recorder final : public DecoderSink {
 public:
  void on_data(std::string_view bytes) override {
    if (!joining_) events.emplace_back("data ");
    joining_ = true;
    events.back() += bytes;
  }
  void on_command(Command command) override { add("command " + std::to_string(static_cast<int>(command))); }
  void on_negotiation(Command verb, std::uint8_t option) override {
    add("negotiation " + std::to_string(static_cast<int>(verb)) + ' ' + std::to_string(option));
  }
  void on_subnegotiation(std::uint8_t option, std::string_view payload) override {
    add("subnegotiation " + std::to_string(option) + ' ' + std::string(payload));
  }
  void on_decode_error(DecodeError error) override {
    add("error " + std::to_string(static_cast<int>(error)));
  }

  std::vector<std::string> events;

 private:
  void add(std::string event) {
    joining_ = false;
    events.push_back(std::move(event));
  }
  bool joining_ = false;
};

using Events = std::vector<std::string>;

std::string error(DecodeError value) { return "error " + std::to_string(static_cast<int>(value)); }

Events decode(std::string_view wire, const DecoderOptions& options = {}) {
  const std::string bytes = testing::parse_wire_bytes(wire).front();
  Recorder whole;
  Decoder(options).feed(bytes, whole);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Recorder pieces;
    Decoder decoder(options);
    decoder.feed(std::string_view(bytes).substr(0, cut), pieces);
    decoder.feed(std::string_view(bytes).substr(cut), pieces);
    EXPECT_EQ(pieces.events, whole.events) << wire << ", cut at byte " << cut;
  }
  Recorder bytewise;
  Decoder decoder(options);
  for (const char byte : bytes) decoder.feed({&byte, 1}, bytewise);
  EXPECT_EQ(bytewise.events, whole.events) << wire << ", byte by byte";
  return whole.events;
}

TEST(TelnetDecoder, EscapedIacIsData) {
  EXPECT_EQ(decode("61 ff ff 62"), Events{"data a\xFF"
                                          "b"});
  EXPECT_EQ(decode("ff ff ff ff"), Events{"data \xFF\xFF"});
}

TEST(TelnetDecoder, OnlyIacSeEndsASubnegotiation) {
  EXPECT_EQ(decode("ff fa c9 41 f0 9f 98 80 ff f0"), Events{"subnegotiation 201 A\xF0\x9F\x98\x80"});
  EXPECT_EQ(decode("ff fa 18 41 ff ff f0 42 ff f0"), Events{"subnegotiation 24 A\xFF\xF0"
                                                            "B"});
  EXPECT_EQ(decode("ff fa 22 ff f0"), Events{"subnegotiation 34 "});
}

TEST(TelnetDecoder, OptionByte255IsNotEscapedInNegotiations) {
  EXPECT_EQ(decode("ff fd ff 61"), (Events{"negotiation 253 255", "data a"}));
  EXPECT_EQ(decode("ff fa ff ff 61 ff f0"), Events{"subnegotiation 255 a"});
}

TEST(TelnetDecoder, AScannersTrafficIsTakenApart) {
  EXPECT_EQ(decode("FF FC 22 FF FA 22 FF F0 FF FF FC 03 FF FC 18"),
            (Events{"negotiation 252 34", "subnegotiation 34 ", "data \xFF\xFC\x03", "negotiation 252 24"}));
}

TEST(TelnetDecoder, MalformedInputIsAnEventAndDecodingGoesOn) {
  EXPECT_EQ(decode("61 ff f0 62"), (Events{"data a", error(DecodeError::kStraySe), "data b"}));
  EXPECT_EQ(decode("61 ff 05 62"), (Events{"data a", error(DecodeError::kUnknownCommand), "data b"}));
  EXPECT_EQ(decode("ff fa ff f0 62"), (Events{error(DecodeError::kSubnegotiationNoOption), "data b"}));
  EXPECT_EQ(decode("ff fa ff fb 01"),
            (Events{error(DecodeError::kSubnegotiationUnended), "negotiation 251 1"}));
  EXPECT_EQ(decode("ff fa c9 41 ff fb 01"),
            (Events{error(DecodeError::kSubnegotiationUnended), "negotiation 251 1"}));
  EXPECT_EQ(decode("ff fa c9 41 ff fa 1f 42 ff f0"),
            (Events{error(DecodeError::kSubnegotiationUnended), "subnegotiation 31 B"}));
}

TEST(TelnetDecoder, CommandsAreReportedOnceEach) {
  EXPECT_EQ(decode("ff ec ff ef ff f1 ff f9"),
            (Events{"command 236", "command 239", "command 241", "command 249"}));
}

TEST(TelnetDecoder, ASubnegotiationAtTheBoundPassesOneBeyondIsSwallowedWhole) {
  const DecoderOptions options{.subnegotiation_bytes_max = 4};
  EXPECT_EQ(decode("ff fa c9 \"abcd\" ff f0 78", options), (Events{"subnegotiation 201 abcd", "data x"}));
  EXPECT_EQ(decode("ff fa c9 \"abc\" ff ff ff f0 78", options),
            (Events{"subnegotiation 201 abc\xFF", "data x"}));
  const Events swallowed{error(DecodeError::kSubnegotiationOversized), "data x"};
  EXPECT_EQ(decode("ff fa c9 \"abcde\" ff f0 78", options), swallowed);
  EXPECT_EQ(decode("ff fa c9 \"abcd\" ff ff ff ff \"efghijk\" ff f0 78", options), swallowed);
  EXPECT_EQ(decode("ff fa c9 \"abcde\" ff f0 ff fa c9 \"ok\" ff f0", options),
            (Events{error(DecodeError::kSubnegotiationOversized), "subnegotiation 201 ok"}));
}

TEST(TelnetDecoder, EndlessSubnegotiationIsCountedAndHoldsNoMemory) {
  Decoder decoder(DecoderOptions{.subnegotiation_bytes_max = 1024});
  Recorder recorder;
  decoder.feed("\xFF\xFA\xC9", recorder);
  const std::string block(4096, 'x');
  for (int index = 0; index < 256; ++index) decoder.feed(block, recorder);
  EXPECT_EQ(recorder.events, Events{error(DecodeError::kSubnegotiationOversized)});
  EXPECT_EQ(decoder.swallowed_bytes(), 256 * block.size() - 1024);
  decoder.feed("\xFF\xF0", recorder);
  EXPECT_EQ(decoder.swallowed_bytes(), 0U);
}

TEST(TelnetDecoder, PlainTextIsHandedOnInOnePieceWithoutACopy) {
  class OnePiece final : public DecoderSink {
   public:
    void on_data(std::string_view bytes) override { pieces.push_back(bytes); }
    void on_command(Command) override { FAIL(); }
    void on_negotiation(Command, std::uint8_t) override { FAIL(); }
    void on_subnegotiation(std::uint8_t, std::string_view) override { FAIL(); }
    void on_decode_error(DecodeError) override { FAIL(); }
    std::vector<std::string_view> pieces;
  } sink;
  const std::string text = "look\r\nsay h\xC3\xA9llo\r\n";
  Decoder decoder;
  decoder.feed(text, sink);
  ASSERT_EQ(sink.pieces.size(), 1U);
  EXPECT_EQ(sink.pieces[0].data(), text.data());
  EXPECT_EQ(sink.pieces[0], text);
}

}  // namespace
}  // namespace wyld::telnet
