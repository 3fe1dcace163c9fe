#include "session/wire_form.h"

#include <gtest/gtest.h>

#include <set>

namespace wyld::session {
namespace {

std::string encoded(WireForm form, std::string_view text) {
  std::string out;
  encode_text(form, text, out);
  return out;
}

TEST(WireForm, TelnetHasItsLineEndsAndCharset) {
  EXPECT_EQ(encoded({Protocol::kTelnet, Charset::kUtf8}, "h\xc3\xa9\n"), "h\xc3\xa9\r\n");
  EXPECT_EQ(encoded({Protocol::kTelnet, Charset::kLatin1}, "h\xc3\xa9\n"), "h\xe9\r\n");
}

TEST(WireForm, WebSocketTelnetIsOneBinaryFrameOfTheSameBytes) {
  EXPECT_EQ(encoded({Protocol::kWebSocketTelnet, Charset::kUtf8}, "hi\n"), "\x82\x04hi\r\n");
}

TEST(WireForm, JsonIsOneTextFrame) {
  const std::string json = R"({"type":"text","text":"hi\n"})";
  EXPECT_EQ(encoded({Protocol::kWebSocketJson, Charset::kUtf8}, "hi\n"),
            "\x81" + std::string(1, static_cast<char>(json.size())) + json);
}

TEST(WireForm, IndexesAreDistinct) {
  std::set<std::size_t> seen;
  for (const auto protocol : {Protocol::kTelnet, Protocol::kWebSocketJson, Protocol::kWebSocketTelnet}) {
    for (const auto charset : {Charset::kUtf8, Charset::kLatin1, Charset::kAscii}) {
      const std::size_t index = WireForm{protocol, charset}.index();
      EXPECT_LT(index, kWireFormCount);
      EXPECT_TRUE(seen.insert(index).second);
    }
  }
}

}  // namespace
}  // namespace wyld::session
