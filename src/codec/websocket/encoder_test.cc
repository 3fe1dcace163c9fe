#include "codec/websocket/encoder.h"

#include <gtest/gtest.h>

namespace wyld::ws {
namespace {

using namespace std::string_literals;

template <typename Append>
std::string made(const Append& append) {
  std::string out = "before";
  append(out);
  EXPECT_EQ(out.substr(0, 6), "before");
  return out.substr(6);
}

std::string message(MessageKind kind, std::string_view payload) {
  return made([&](std::string& out) { append_message(kind, payload, out); });
}

std::string close(CloseCode code, std::string_view reason) {
  return made([&](std::string& out) { append_close(code, reason, out); });
}

TEST(WebSocketEncoder, WritesTheExampleOfTheRfc) {
  EXPECT_EQ(message(MessageKind::kText, "Hello"), "\x81\x05\x48\x65\x6C\x6C\x6F");
}

TEST(WebSocketEncoder, WritesTheJsonEnvelopeVector) {
  const std::string json = R"({"proto":"gmcp","id":"Core.Ping","data":""})";
  EXPECT_EQ(message(MessageKind::kText, json), "\x81\x2B" + json);
}

TEST(WebSocketEncoder, UsesTheShortestLength) {
  EXPECT_EQ(message(MessageKind::kBinary, ""), "\x82\x00"s);
  EXPECT_EQ(message(MessageKind::kBinary, std::string(125, 'x')).substr(0, 2), "\x82\x7D"s);
  EXPECT_EQ(message(MessageKind::kBinary, std::string(126, 'x')).substr(0, 4), "\x82\x7E\x00\x7E"s);
  EXPECT_EQ(message(MessageKind::kBinary, std::string(65535, 'x')).substr(0, 4), "\x82\x7E\xFF\xFF"s);
  const std::string big = message(MessageKind::kBinary, std::string(65536, 'x'));
  EXPECT_EQ(big.substr(0, 10), "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s);
  EXPECT_EQ(big.size(), 10U + 65536U);
}

TEST(WebSocketEncoder, WritesControlFrames) {
  EXPECT_EQ(made([](std::string& out) { append_pong("", out); }), "\x8A\x00"s);
  EXPECT_EQ(made([](std::string& out) { append_ping("hi", out); }), "\x89\x02hi");
  EXPECT_EQ(made([](std::string& out) { append_pong(std::string(200, 'p'), out); }),
            "\x8A\x7D" + std::string(125, 'p'));
  EXPECT_EQ(made([](std::string& out) { append_ping(std::string(126, 'p'), out); }),
            "\x89\x7D" + std::string(125, 'p'));
}

TEST(WebSocketEncoder, WritesCloseFrames) {
  EXPECT_EQ(close(CloseCode::kNormal, ""), "\x88\x02\x03\xE8");
  EXPECT_EQ(close(CloseCode::kServiceRestart, "soon"), "\x88\x06\x03\xF4soon");
  EXPECT_EQ(close(CloseCode::kNoStatus, "unsaid"), "\x88\x00"s);
}

TEST(WebSocketEncoder, CutsReasonsAtACharacter) {
  EXPECT_EQ(close(CloseCode::kNormal, std::string(123, 'r')).size(), 127U);
  EXPECT_EQ(close(CloseCode::kNormal, std::string(124, 'r')).size(), 127U);
  const std::string cut = close(CloseCode::kNormal, std::string(122, 'r') + "\xC3\xA9");
  EXPECT_EQ(cut, "\x88\x7C\x03\xE8" + std::string(122, 'r'));
}

TEST(WebSocketEncoder, AcceptKeyIsThatOfTheRfc) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace wyld::ws
