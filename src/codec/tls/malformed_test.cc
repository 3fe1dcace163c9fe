// A catalogue of records that break the rules, from a peer that has the keys.

#include <gtest/gtest.h>

#include <vector>

#include "codec/tls/forge_fixture.h"

namespace wyld::tls {
namespace {

using testing::Forge;
using testing::join;
using testing::open_all;
using testing::OpenedText;
using namespace std::string_literals;

constexpr std::uint16_t kAes13 = 0x1301;
constexpr std::uint16_t kChaCha13 = 0x1303;
constexpr std::uint16_t kAes12 = 0xC02B;
constexpr std::uint16_t kChaCha12 = 0xCCA8;
const RecordOptions kOptions;

struct Case {
  const char* name;
  std::uint16_t suite;
  bool client;
  std::string (*wire)(Forge&);  // follows one good record with "good"
  const char* problem;          // "" if it is harmless
  const char* text = "";        // that must come out of it
};

std::string handshake(Forge& forge, std::string_view message) {
  return forge.record(ContentType::kHandshake, message);
}
std::string alert(Forge& forge, std::string_view bytes) { return forge.record(ContentType::kAlert, bytes); }

constexpr Case kCatalogue[] = {
    // The header.
    {"change_cipher_spec", kAes13, false, [](Forge&) { return "\x14\3\3\0\1\1"s; },
     "change_cipher_spec after the handshake"},
    {"change_cipher_spec_12", kAes12, false, [](Forge&) { return "\x14\3\3\0\1\1"s; },
     "change_cipher_spec after the handshake"},
    {"alert_in_the_clear", kAes13, false, [](Forge&) { return "\x15\3\3\0\2\1\0"s; },
     "a record of a type that does not belong here"},
    {"handshake_in_the_clear", kAes13, false, [](Forge&) { return "\x16\3\3\0\5\x18\0\0\1\0"s; },
     "a record of a type that does not belong here"},
    {"alert_in_the_clear_12", kAes12, false, [](Forge&) { return "\x15\3\3\0\2\1\0"s; },
     "a record is too short to be one"},
    {"unknown_type", kAes12, false, [](Forge&) { return "\x18\3\3\0\3\1\0\0"s; },
     "a record of a type that does not belong here"},
    {"http", kAes13, false, [](Forge&) { return "GET / HTTP/1.1\r\n"s; },
     "a record of a type that does not belong here"},
    {"ssl_2", kAes12, false, [](Forge&) { return "\x17\2\0\0\x20"s + std::string(32, 'x'); },
     "a record of another version"},
    {"tls_1_1", kAes12, false, [](Forge&) { return "\x17\3\2\0\x20"s + std::string(32, 'x'); },
     "a record of another version"},
    {"too_long", kAes13, false, [](Forge&) { return "\x17\3\3\x41\1"s; }, "a record is too long"},
    {"too_long_12", kChaCha12, false, [](Forge&) { return "\x17\3\3\x41\1"s; }, "a record is too long"},
    {"longest_length", kAes12, false, [](Forge&) { return "\x17\3\3\xFF\xFF"s; }, "a record is too long"},
    {"empty", kAes13, false, [](Forge&) { return "\x17\3\3\0\0"s; }, "a record is too short to be one"},
    {"tag_only", kAes13, false, [](Forge&) { return "\x17\3\3\0\x10"s + std::string(16, 'x'); },
     "a record is too short to be one"},
    {"no_room_for_the_nonce", kAes12, false, [](Forge&) { return "\x17\3\3\0\x17"s + std::string(23, 'x'); },
     "a record is too short to be one"},
    // The content.
    {"forged", kAes13, false, [](Forge&) { return "\x17\3\3\0\x20"s + std::string(32, 'x'); },
     "a record was damaged or forged"},
    {"forged_12", kChaCha12, false, [](Forge&) { return "\x17\3\3\0\x20"s + std::string(32, 'x'); },
     "a record was damaged or forged"},
    {"longest_text", kAes13, false, [](Forge& f) { return f.text(std::string(kTextBytesMax, 'x')); }, "",
     "x*16384"},
    {"longest_text_12", kAes12, false, [](Forge& f) { return f.text(std::string(kTextBytesMax, 'x')); }, "",
     "x*16384"},
    {"text_over_the_bound", kAes13, false,
     [](Forge& f) { return f.text(std::string(kTextBytesMax + 1, 'x')); }, "a record has too much text"},
    {"text_over_the_bound_12", kChaCha12, false,
     [](Forge& f) { return f.text(std::string(kTextBytesMax + 1, 'x')); }, "a record has too much text"},
    {"padding", kAes13, false,
     [](Forge& f) { return f.record(ContentType::kApplicationData, "padded", 100); }, "", "padded"},
    {"padding_up_to_the_bound", kAes13, false,
     [](Forge& f) { return f.record(ContentType::kApplicationData, "x", kTextBytesMax - 1); }, "", "x"},
    {"padding_over_the_bound", kAes13, false,
     [](Forge& f) { return f.record(ContentType::kApplicationData, "x", kTextBytesMax); },
     "a record has too much text"},
    {"padding_only", kAes13, false, [](Forge& f) { return f.raw(23, std::string(40, '\0')); },
     "a record of padding only"},
    {"inner_type_unknown", kAes13, false, [](Forge& f) { return f.raw(23, "text\x19"); },
     "a record of a type that does not belong here"},
    {"inner_change_cipher_spec", kChaCha13, false, [](Forge& f) { return f.raw(23, "\1\x14"); },
     "a record of a type that does not belong here"},
    {"empty_text", kAes13, false, [](Forge& f) { return join({f.text(""), f.text("then some")}); }, "",
     "then some"},
    {"empty_text_12", kAes12, false, [](Forge& f) { return join({f.text(""), f.text("then some")}); }, "",
     "then some"},
    {"replayed", kAes13, false,
     [](Forge& f) {
       const std::string once = f.text("once");
       return once + once;
     },
     "a record was damaged or forged", "once"},
    {"replayed_12", kAes12, false,
     [](Forge& f) {
       const std::string once = f.text("once");
       return once + once;
     },
     "a record was damaged or forged", "once"},
    {"out_of_order", kChaCha12, false,
     [](Forge& f) {
       const std::string a = f.text("a");
       return join({f.text("b"), a});
     },
     "a record was damaged or forged"},
    // Alerts.
    {"alert_of_one_byte", kAes13, false, [](Forge& f) { return alert(f, "\1"); }, "an alert has two bytes"},
    {"empty_alert", kAes13, false, [](Forge& f) { return alert(f, ""); }, "an alert has two bytes"},
    {"two_alerts_in_one", kAes12, false, [](Forge& f) { return alert(f, {"\1\0\1\0", 4}); },
     "an alert has two bytes"},
    {"fatal", kAes13, false, [](Forge& f) { return alert(f, "\2\x28"); },
     "the peer ended the connection with an alert"},
    {"an_alert_is_fatal_in_13", kAes13, false, [](Forge& f) { return alert(f, "\1\x28"); },
     "the peer ended the connection with an alert"},
    {"a_warning_in_12", kAes12, false, [](Forge& f) { return join({alert(f, "\1\x28"), f.text("goes on")}); },
     "", "goes on"},
    {"user_canceled", kAes13, false, [](Forge& f) { return join({alert(f, "\1\x5A"), f.text("goes on")}); },
     "", "goes on"},
    // Handshake messages.
    {"empty_handshake", kAes13, false, [](Forge& f) { return handshake(f, ""); },
     "a handshake record without content"},
    {"client_hello_13", kAes13, false, [](Forge& f) { return handshake(f, {"\1\0\0\4abcd", 8}); },
     "a handshake message that does not belong here"},
    {"certificate_13", kAes13, false, [](Forge& f) { return handshake(f, "\x0B"); },
     "a handshake message that does not belong here"},
    {"ticket_to_a_server", kAes13, false, [](Forge& f) { return handshake(f, {"\4\0\0\1x", 5}); },
     "a handshake message that does not belong here"},
    {"certificate_request", kAes13, true, [](Forge& f) { return handshake(f, {"\x0D\0\0\1x", 5}); },
     "a handshake message that does not belong here"},
    {"ticket", kAes13, true,
     [](Forge& f) { return join({handshake(f, {"\4\0\0\3abc", 7}), f.text("goes on")}); }, "", "goes on"},
    {"two_tickets_in_pieces", kAes13, true,
     [](Forge& f) {
       return join({handshake(f, {"\4\0", 2}), handshake(f, {"\0\3a", 3}), handshake(f, {"bc\4\0\0\2x", 7}),
                    handshake(f, "y"), f.text("goes on")});
     },
     "", "goes on"},
    {"ticket_too_long", kAes13, true, [](Forge& f) { return handshake(f, {"\4\2\0\1x", 5}); },
     "a session ticket is too long"},
    {"ticket_interrupted", kAes13, true,
     [](Forge& f) { return join({handshake(f, {"\4\0\0\3a", 5}), f.text("x")}); },
     "a handshake message was interrupted"},
    {"header_interrupted", kAes13, false,
     [](Forge& f) { return join({handshake(f, "\x18"), alert(f, "\1\0"s)}); },
     "a handshake message was interrupted"},
    {"key_update", kAes13, false, [](Forge& f) { return join({f.key_update(false), f.text("goes on")}); }, "",
     "goes on"},
    {"key_update_in_pieces", kChaCha13, false,
     [](Forge& f) {
       std::string out =
           join({handshake(f, {"\x18\0", 2}), handshake(f, {"\0\1", 2}), handshake(f, {"\0", 1})});
       f.next_keys();
       return join({out, f.text("goes on")});
     },
     "", "goes on"},
    {"key_update_not_last", kAes13, false, [](Forge& f) { return handshake(f, {"\x18\0\0\1\0\x18", 6}); },
     "a KeyUpdate is not the last of its record"},
    {"key_update_unknown", kAes13, false, [](Forge& f) { return handshake(f, {"\x18\0\0\1\2", 5}); },
     "a KeyUpdate of an unknown kind"},
    {"key_update_too_long", kAes13, false, [](Forge& f) { return handshake(f, {"\x18\0\0\2\0\0", 6}); },
     "a KeyUpdate has one byte"},
    {"key_update_empty", kAes13, false, [](Forge& f) { return handshake(f, {"\x18\0\0\0", 4}); },
     "a KeyUpdate has one byte"},
    {"old_key_after_key_update", kAes13, false,
     [](Forge& f) { return join({handshake(f, {"\x18\0\0\1\0", 5}), f.text("x")}); },
     "a record was damaged or forged"},
    {"key_update_12", kAes12, false, [](Forge& f) { return handshake(f, {"\x18\0\0\1\0", 5}); },
     "a handshake message after the handshake"},
    {"renegotiation", kAes12, false, [](Forge& f) { return handshake(f, {"\1\0\0\4abcd", 8}); },
     "the peer wants to renegotiate"},
    {"hello_request_to_a_server", kAes12, false, [](Forge& f) { return handshake(f, {"\0\0\0\0", 4}); },
     "a handshake message after the handshake"},
    {"hello_request", kAes12, true,
     [](Forge& f) { return join({handshake(f, {"\0\0\0\0", 4}), f.text("goes on")}); }, "", "goes on"},
    {"empty_handshake_12", kAes12, false, [](Forge& f) { return handshake(f, ""); },
     "a handshake message after the handshake"},
    {"server_hello_12", kChaCha12, true, [](Forge& f) { return handshake(f, {"\2\0\0\0", 4}); },
     "a handshake message after the handshake"},
};

std::string expand(std::string_view text) {
  return text == "x*16384" ? std::string(kTextBytesMax, 'x') : std::string(text);
}

TEST(MalformedRecords, EachIsRefusedForItsReasonHoweverItIsCut) {
  for (const Case& one : kCatalogue) {
    SCOPED_TRACE(one.name);
    Forge forge(one.suite, one.client);
    const std::string wire = join({forge.text("good"), one.wire(forge)});
    const std::string expected = "good" + expand(one.text);
    const std::size_t step = wire.size() > 1000 ? 997 : 1;
    for (std::size_t cut = 0; cut <= wire.size(); cut += step) {
      const auto layer = forge.layer(kOptions);
      OpenedText opened = open_all(*layer, std::string_view(wire).substr(0, cut));
      const OpenedText rest = open_all(*layer, std::string_view(wire).substr(cut));
      EXPECT_EQ(opened.text + rest.text, expected) << "cut at byte " << cut;
      EXPECT_STREQ(layer->problem(), one.problem) << "cut at byte " << cut;
      EXPECT_EQ(rest.end, *one.problem == 0 ? Opened::Kind::kMore : Opened::Kind::kFailed)
          << "cut at byte " << cut;
    }
  }
}

TEST(MalformedRecords, AFailureIsAnsweredWithOneAlert) {
  for (const Case& one : kCatalogue) {
    if (*one.problem == 0) continue;
    SCOPED_TRACE(one.name);
    Forge forge(one.suite, one.client);
    const auto layer = forge.layer(kOptions);
    open_all(*layer, one.wire(forge));
    std::string out;
    layer->close(out);
    // The peer's own alert is not answered.
    EXPECT_EQ(out.empty(), std::string_view(one.problem).find("with an alert") != std::string_view::npos);
    const std::size_t before = out.size();
    layer->close(out);
    EXPECT_EQ(out.size(), before);
    EXPECT_FALSE(layer->seal("x", out));
    EXPECT_FALSE(layer->movable());
  }
}

TEST(MalformedRecords, TheTextOfARecordThatFailedIsWipedInTheInput) {
  Forge forge(kAes13);
  const auto layer = forge.layer(kOptions);
  std::string wire = forge.text("a secret that must not be released");
  wire.back() = static_cast<char>(wire.back() ^ 1);
  std::span<char> input(wire);
  EXPECT_EQ(layer->open(input).kind, Opened::Kind::kFailed);
  EXPECT_EQ(wire.find("secret"), std::string::npos);
  EXPECT_TRUE(
      std::all_of(wire.begin() + kHeaderBytes, wire.end() - kTagBytes, [](char c) { return c == 0; }));
}

TEST(MalformedRecords, FloodsWithoutTextEndAtTheBound) {
  const auto empty = [](Forge& forge) { return forge.text(""); };
  const auto update = [](Forge& forge) { return forge.key_update(true); };
  const auto warning = [](Forge& forge) { return alert(forge, "\1\x28"); };
  const auto canceled = [](Forge& forge) { return alert(forge, "\1\x5A"); };
  const auto ticket = [](Forge& forge) { return handshake(forge, {"\4\0\0\1x", 5}); };
  const auto hello = [](Forge& forge) { return handshake(forge, {"\0\0\0\0", 4}); };
  struct Flood {
    std::uint16_t suite;
    bool client;
    std::string (*record)(Forge&);
  };
  for (const Flood& flood :
       {Flood{kAes13, false, empty}, Flood{kAes12, false, empty}, Flood{kAes13, false, update},
        Flood{kAes12, false, warning}, Flood{kAes13, false, canceled}, Flood{kAes13, true, ticket},
        Flood{kAes12, true, hello}}) {
    Forge forge(flood.suite, flood.client);
    const auto layer = forge.layer(kOptions);
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < RecordLayer::kQuietRecordsMax; ++i) {
        EXPECT_EQ(open_all(*layer, flood.record(forge)).end, Opened::Kind::kMore);
      }
      if (round == 0) {
        EXPECT_EQ(open_all(*layer, forge.text("text")).text, "text");
      }
    }
    EXPECT_EQ(open_all(*layer, flood.record(forge)).end, Opened::Kind::kFailed);
    EXPECT_STREQ(layer->problem(), "too many records without text");
  }
}

TEST(MalformedRecords, MessagesInPartMoveWithTheConnection) {
  for (const bool client : {false, true}) {
    Forge forge(kAes13, client);
    auto layer = forge.layer(kOptions);
    std::vector<std::string> pieces{handshake(forge, {"\x18\0", 2}), handshake(forge, {"\0\1", 2}),
                                    handshake(forge, "\1")};
    forge.next_keys();
    if (client) {
      pieces.push_back(handshake(forge, "\4"));
      pieces.push_back(handshake(forge, {"\0\0\x5", 3}));
      pieces.push_back(handshake(forge, "abc"));
      pieces.push_back(handshake(forge, "de"));
    }
    pieces.push_back(forge.text("text"));
    std::string text;
    for (const std::string& piece : pieces) {
      text += open_all(*layer, piece).text;
      layer->freeze();
      const auto bytes = archive::save(*layer, archive::TimePoint{});
      layer = std::make_unique<SavableRecordLayer>(kOptions);
      std::string problem;
      ASSERT_TRUE(archive::load(bytes->view(), archive::TimePoint{}, *layer, &problem)) << problem;
      layer->take_over();
    }
    EXPECT_EQ(text, "text");
    // The request is not forgotten: KeyUpdate and text.
    EXPECT_EQ(testing::sealed(*layer, "x").size(), 27U + 23U);
  }
}

// RFC 8448 section 3: "simple 1-RTT handshake", the server's application traffic.
TEST(Keys, AreThoseOfRfc8448) {
  const auto bytes = [](std::string_view hex) {
    std::string out;
    for (std::size_t i = 0; i < hex.size(); i += 2)
      out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return out;
  };
  TrafficKeys keys;
  const std::string secret = bytes("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
  std::copy(secret.begin(), secret.end(), keys.secret.begin());
  ASSERT_TRUE(derive_tls13(*find_suite(kAes13), keys));
  EXPECT_EQ(std::string(keys.key.begin(), keys.key.begin() + 16), bytes("9f02283b6c9c07efc26bb9f2ac92e356"));
  EXPECT_EQ(std::string(keys.iv.begin(), keys.iv.end()), bytes("cf782b88dd83549aadf1e984"));
}

}  // namespace
}  // namespace wyld::tls
