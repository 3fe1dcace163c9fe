#include "wyldgate-load/websocket_peer.h"

#include <gtest/gtest.h>

#include <vector>

#include "codec/websocket/encoder.h"
#include "codec/websocket/testing.h"

namespace wyld::load {
namespace {

using Kind = WebSocketPeer::Kind;

constexpr std::string_view kSubprotocol = "telnet.mudstandards.org";

std::string agreement(std::string_view more = "Sec-WebSocket-Protocol: telnet.mudstandards.org\r\n") {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nconnection: Upgrade\r\n"
         "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
         std::string{more} + "\r\n";
}

struct Heard {
  std::vector<std::string> messages;
  std::string answers;
};

// Feeds `bytes` in the pieces that cuts at `cuts` make.
Heard feed(WebSocketPeer& peer, std::initializer_list<std::string> pieces) {
  Heard heard;
  for (const std::string& piece : pieces) {
    peer.receive(piece, heard.answers, [&heard](Kind kind, std::string_view payload) {
      heard.messages.push_back((kind == Kind::kText ? "text:" : "binary:") + std::string{payload});
    });
  }
  return heard;
}

// A server's frame with its first byte and short payload as they are given.
std::string frame(unsigned first, std::string_view payload) {
  std::string bytes(1, static_cast<char>(first));
  bytes.push_back(static_cast<char>(payload.size()));
  return bytes.append(payload);
}

// A connection whose handshake is done.
WebSocketPeer opened() {
  WebSocketPeer peer{kSubprotocol};
  feed(peer, {agreement()});
  EXPECT_TRUE(peer.open());
  return peer;
}

TEST(LoadWebSocket, TheKeyAndItsAnswerBelongTogether) {
  const std::string request = WebSocketPeer{kSubprotocol}.request("127.0.0.1:4080");
  const std::string name = "Sec-WebSocket-Key: ";
  const std::size_t begin = request.find(name) + name.size();
  const std::string key = request.substr(begin, request.find("\r\n", begin) - begin);
  EXPECT_NE(agreement().find("accept: " + ws::accept_key(key) + "\r\n"), std::string::npos);
  EXPECT_NE(request.find("\r\nHost: 127.0.0.1:4080\r\n"), std::string::npos);
  EXPECT_NE(request.find("\r\nSec-WebSocket-Protocol: telnet.mudstandards.org\r\n"), std::string::npos);
}

TEST(LoadWebSocket, TheGatewaysDecoderReadsItsFrames) {
  WebSocketPeer peer = opened();
  std::string wire;
  std::vector<std::string> expected;
  for (const std::size_t bytes : {0U, 1U, 48U, 125U, 126U, 127U, 65'535U, 65'536U}) {
    const std::string payload(bytes, 'a');
    peer.append_message(Kind::kText, payload, wire);
    peer.append_message(Kind::kBinary, payload + "\xff", wire);
    expected.push_back("text:" + payload);
    expected.push_back("binary:" + payload + "\xff");
  }
  ws::DecoderOptions options;
  options.message_bytes_max = 100'000;
  EXPECT_EQ(ws::decode_pieces({wire}, options), expected);
}

TEST(LoadWebSocket, EachFrameHasAMaskOfItsOwn) {
  WebSocketPeer peer = opened();
  std::string first, second;
  peer.append_message(Kind::kText, "the same line", first);
  peer.append_message(Kind::kText, "the same line", second);
  EXPECT_NE(first, second);
}

TEST(LoadWebSocket, ReadsWhatTheGatewayWritesHoweverItIsCut) {
  std::string wire = agreement();
  ws::append_message(ws::MessageKind::kText, "short", wire);
  ws::append_ping("are you there", wire);
  ws::append_message(ws::MessageKind::kBinary, std::string(300, 'b'), wire);
  WebSocketPeer whole{kSubprotocol};
  const Heard expected = feed(whole, {wire});
  EXPECT_EQ(expected.messages, (std::vector<std::string>{"text:short", "binary:" + std::string(300, 'b')}));
  EXPECT_EQ(ws::decode_pieces({expected.answers}), ws::EventList{"pong:are you there"});
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    WebSocketPeer peer{kSubprotocol};
    const Heard heard = feed(peer, {wire.substr(0, cut), wire.substr(cut)});
    EXPECT_EQ(heard.messages, expected.messages) << "cut at " << cut;
    EXPECT_EQ(heard.answers, expected.answers) << "cut at " << cut;
    EXPECT_EQ(peer.trouble(), "");
  }
}

TEST(LoadWebSocket, ReadsALongMessage) {
  WebSocketPeer peer = opened();
  const std::string payload(70'000, 'x');
  std::string wire;
  ws::append_message(ws::MessageKind::kBinary, payload, wire);
  EXPECT_EQ(feed(peer, {wire}).messages, std::vector<std::string>{"binary:" + payload});
}

TEST(LoadWebSocket, JoinsFragmentsAroundAPing) {
  WebSocketPeer peer = opened();
  const Heard heard = feed(peer, {frame(0x02, "one "), frame(0x00, ""), frame(0x89, "p"), frame(0x00, "two "),
                                  frame(0x80, "three"), frame(0x81, "next")});
  EXPECT_EQ(heard.messages, (std::vector<std::string>{"binary:one two three", "text:next"}));
  EXPECT_EQ(ws::decode_pieces({heard.answers}), ws::EventList{"pong:p"});
  EXPECT_EQ(peer.trouble(), "");
}

TEST(LoadWebSocket, ACloseIsAnsweredAndSaysWhy) {
  WebSocketPeer peer = opened();
  std::string wire;
  ws::append_close(ws::CloseCode::kTryAgainLater, "full", wire);
  const Heard heard = feed(peer, {wire + frame(0x81, "late")});
  EXPECT_EQ(heard.messages, std::vector<std::string>{});
  EXPECT_EQ(ws::decode_pieces({heard.answers}), ws::EventList{"close:1013:full"});
  EXPECT_EQ(peer.trouble(), "the server closed the WebSocket: 1013 full");
  EXPECT_FALSE(peer.open());
}

TEST(LoadWebSocket, BrokenFramesAreTrouble) {
  const std::string masked("\x81\x81\x01\x02\x03\x04x", 7);
  const std::string long_form("\x82\x7e\x00\x05", 4);
  const std::string huge("\x82\x7f\x00\x00\x00\x00\x7f\xff\xff\xff", 10);
  for (const std::string& bytes :
       {masked, long_form, huge, frame(0xC1, "x"), frame(0x80, "x"), frame(0x83, "x"), frame(0x09, "x"),
        frame(0x01, "x") + frame(0x81, "y"), std::string("\x89\x7e\x01\x00", 4)}) {
    WebSocketPeer peer = opened();
    EXPECT_EQ(feed(peer, {bytes}).messages, std::vector<std::string>{});
    EXPECT_NE(peer.trouble(), "");
    EXPECT_FALSE(peer.open());
  }
}

TEST(LoadWebSocket, FragmentsTogetherAreBounded) {
  WebSocketPeer peer = opened();
  std::string fragment("\x00\x7e\xff\xff", 4);
  fragment.append(0xFFFF, 'x');
  std::string first = fragment;
  first[0] = '\x02';
  feed(peer, {first});
  for (std::size_t bytes = 2 * 0xFFFF; bytes <= WebSocketPeer::kMessageBytesMax; bytes += 0xFFFF) {
    ASSERT_EQ(peer.trouble(), "");
    feed(peer, {fragment});
  }
  ASSERT_EQ(peer.trouble(), "");
  feed(peer, {fragment});
  EXPECT_EQ(peer.trouble(), "a message is too big");
}

TEST(LoadWebSocket, ARefusalIsTroubleWithItsStatus) {
  WebSocketPeer peer{kSubprotocol};
  feed(peer, {"HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n"});
  EXPECT_EQ(peer.trouble(), "no WebSocket is spoken here: HTTP/1.1 421 Misdirected Request");
}

TEST(LoadWebSocket, AnotherSubprotocolOrKeyIsTrouble) {
  WebSocketPeer other{kSubprotocol};
  feed(other, {agreement("Sec-WebSocket-Protocol: v1.json.wyldgate\r\n")});
  EXPECT_EQ(other.trouble(), "the subprotocol is 'v1.json.wyldgate', not 'telnet.mudstandards.org'");
  WebSocketPeer none{kSubprotocol};
  feed(none, {agreement("")});
  EXPECT_NE(none.trouble(), "");
  WebSocketPeer key{kSubprotocol};
  std::string wrong = agreement();
  wrong.replace(wrong.find("s3pP"), 4, "xxxx");
  feed(key, {wrong});
  EXPECT_EQ(key.trouble(), "the handshake's key was not answered");
}

TEST(LoadWebSocket, AHandshakeWithoutAnEndIsTrouble) {
  WebSocketPeer peer{kSubprotocol};
  feed(peer, {"HTTP/1.1 101 Switching Protocols\r\n"});
  EXPECT_EQ(peer.trouble(), "");
  feed(peer, {std::string(WebSocketPeer::kHeadBytesMax, 'x')});
  EXPECT_NE(peer.trouble(), "");
}

}  // namespace
}  // namespace wyld::load
