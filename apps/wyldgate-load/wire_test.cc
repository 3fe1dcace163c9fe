#include "wyldgate-load/wire.h"

#include <gtest/gtest.h>

#include "codec/websocket/encoder.h"
#include "codec/websocket/json_form.h"
#include "codec/websocket/testing.h"

namespace wyld::load {
namespace {

using Form = Wire::Form;
using Manner = TelnetPeer::Manner;

std::string agreement(std::string_view subprotocol) {
  return "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
         "Sec-WebSocket-Protocol: " +
         std::string{subprotocol} + "\r\n\r\n";
}

struct Outcome {
  std::string text, answers;
};

Outcome feed(Wire& wire, std::string bytes) {
  Outcome outcome;
  std::string scratch;
  outcome.text = wire.receive(bytes, outcome.answers, scratch);
  return outcome;
}

std::string json_frame(void (*append)(std::string_view, std::string&), std::string_view text) {
  std::string message, wire;
  append(text, message);
  ws::append_message(ws::MessageKind::kText, message, wire);
  return wire;
}

// A client's messages, as read by the gateway's own decoder of the JSON form.
class Understood final : public ws::json::ClientEvents {
 public:
  void on_hello(const ws::json::ClientHello& hello) override { said += "hello:" + hello.client + "\n"; }
  void on_line(std::string_view line, bool secret) override {
    said += (secret ? "secret:" : "line:") + std::string{line} + "\n";
  }
  void on_size(WindowSize) override { said += "size\n"; }
  void on_gmcp(std::string_view, std::string_view) override { said += "gmcp\n"; }
  void on_ping_message(std::string_view) override { said += "ping\n"; }
  void on_token_kept() override { said += "token_kept\n"; }
  void on_malformed(const char* what) override { said += std::string{"malformed:"} + what + "\n"; }

  std::string said;
};

std::string understood(const std::string& wire) {
  Understood events;
  for (const std::string& event : ws::decode_pieces({wire})) {
    if (event.starts_with("text:"))
      ws::json::decode(std::string_view{event}.substr(5), {}, events);
    else
      events.said += event + "\n";
  }
  return events.said;
}

TEST(LoadWire, PlainTelnetNeedsNoOpening) {
  Wire wire{Form::kTelnet, Manner::kClient};
  EXPECT_TRUE(wire.open());
  EXPECT_EQ(wire.opening("127.0.0.1:4000"), "");
  const Outcome heard = feed(wire,
                             "a\xff\xfd\x18"
                             "b\r\n");
  EXPECT_EQ(heard.text, "ab\r\n");
  EXPECT_EQ(heard.answers, "\xff\xfb\x18");
  std::string out;
  wire.append_line("look", out);
  EXPECT_EQ(out, "look\r\n");
}

TEST(LoadWire, TelnetTravelsInBinaryMessages) {
  for (const auto& [form, name] : {std::pair{Form::kTelnetInWebSocket, "telnet.mudstandards.org"},
                                   std::pair{Form::kBinaryWebSocket, "binary"}}) {
    Wire wire{form, Manner::kClient};
    EXPECT_FALSE(wire.open());
    EXPECT_NE(wire.opening("h:1").find(std::string{"Protocol: "} + name + "\r\n"), std::string::npos);
    std::string said = agreement(name);
    // An option that is cut by the border of two messages is still one.
    ws::append_message(ws::MessageKind::kBinary, "a\xff\xfd", said);
    ws::append_message(ws::MessageKind::kBinary,
                       "\x18"
                       "b\r\n",
                       said);
    const Outcome heard = feed(wire, said);
    EXPECT_TRUE(wire.open());
    EXPECT_EQ(heard.text, "ab\r\n");
    EXPECT_EQ(ws::decode_pieces({heard.answers}), ws::EventList{"binary:\xff\xfb\x18"});
    std::string out;
    wire.append_line("look", out);
    EXPECT_EQ(ws::decode_pieces({out}), ws::EventList{"binary:look\r\n"});
    EXPECT_EQ(wire.trouble(), "");
  }
}

TEST(LoadWire, TheJsonFormSaysHelloOnceAndThenLines) {
  Wire wire{Form::kJson, Manner::kClient};
  EXPECT_EQ(understood(feed(wire, agreement(ws::json::kSubprotocol)).answers), "hello:wyldgate-load\n");
  const Outcome heard = feed(wire, json_frame(ws::json::append_text, "Say \"hi\"\nready\n"));
  EXPECT_EQ(heard.text, "Say \"hi\"\r\nready\r\n");
  EXPECT_EQ(heard.answers, "");
  std::string out;
  wire.append_line("say \"\\hi\"", out);
  EXPECT_EQ(understood(out), "line:say \"\\hi\"\n");
  EXPECT_EQ(wire.trouble(), "");
}

TEST(LoadWire, TheJsonFormKeepsTokensAndIgnoresTheRest) {
  Wire wire{Form::kJson, Manner::kClient};
  feed(wire, agreement(ws::json::kSubprotocol));
  EXPECT_EQ(understood(feed(wire, json_frame(ws::json::append_token, "9rT0fXq3w_d-Kc2")).answers),
            "token_kept\n");
  std::string prompt;
  ws::json::append_prompt(prompt);
  std::string framed;
  ws::append_message(ws::MessageKind::kText, prompt, framed);
  const Outcome heard = feed(wire, framed + json_frame(ws::json::append_notice, "A word."));
  EXPECT_EQ(heard.text + heard.answers + wire.trouble(), "");
}

TEST(LoadWire, AByeOrAnErrorIsTrouble) {
  Wire bye{Form::kJson, Manner::kClient};
  std::string message, framed = agreement(ws::json::kSubprotocol);
  ws::json::append_bye("refused", "Too many players.", true, message);
  ws::append_message(ws::MessageKind::kText, message, framed);
  feed(bye, framed);
  EXPECT_EQ(bye.trouble(), "the gateway says bye: Too many players.");
  Wire error{Form::kJson, Manner::kClient};
  feed(error, agreement(ws::json::kSubprotocol) + json_frame(ws::json::append_error, "no line"));
  EXPECT_EQ(error.trouble(), "the gateway says error: no line");
}

TEST(LoadWire, MessagesOfTheWrongKindAreTrouble) {
  Wire json{Form::kJson, Manner::kClient};
  std::string framed = agreement(ws::json::kSubprotocol);
  ws::append_message(ws::MessageKind::kBinary, "{}", framed);
  feed(json, framed);
  EXPECT_NE(json.trouble(), "");
  Wire telnet{Form::kBinaryWebSocket, Manner::kClient};
  framed = agreement("binary");
  ws::append_message(ws::MessageKind::kText, "hello", framed);
  feed(telnet, framed);
  EXPECT_NE(telnet.trouble(), "");
  Wire broken{Form::kJson, Manner::kClient};
  framed = agreement(ws::json::kSubprotocol);
  ws::append_message(ws::MessageKind::kText, "[1", framed);
  feed(broken, framed);
  EXPECT_EQ(broken.trouble(), "no JSON object: [1");
}

}  // namespace
}  // namespace wyld::load
