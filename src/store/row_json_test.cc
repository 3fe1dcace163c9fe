#include "store/row_json.h"

#include <gtest/gtest.h>

namespace wyld::store {
namespace {

Capabilities everything() {
  return {.client_name = "MUDLET",
          .client_version = "4.17 \"x\"",
          .terminal_type = "XTERM-256COLOR",
          .mtts = 4'294'967'295U,
          .window = {.columns = 65535, .rows = 1},
          .charset = Charset::kLatin1,
          .charset_agreed = true,
          .gmcp = true};
}

Capabilities only_gmcp() {
  Capabilities capabilities;
  capabilities.gmcp = true;
  return capabilities;
}

Capabilities only_client(std::string name) {
  Capabilities capabilities;
  capabilities.client_name = std::move(name);
  return capabilities;
}

TEST(RowJson, EveryStateAndProtocolIsFoundByItsName) {
  for (std::size_t i = 0; i < session::kStateCount; ++i)
    EXPECT_EQ(parse_state(session::state_name(static_cast<session::State>(i))),
              static_cast<session::State>(i));
  for (std::size_t i = 0; i < session::kProtocolCount; ++i)
    EXPECT_EQ(parse_protocol(session::protocol_name(static_cast<session::Protocol>(i))),
              static_cast<session::Protocol>(i));
  EXPECT_FALSE(parse_state("playing"));
  EXPECT_FALSE(parse_protocol(""));
}

TEST(RowJson, OnlyAsciiLettersOfAnAccountNameAreFolded) {
  EXPECT_EQ(account_key("AdA_Zz9 \xc3\x84@[`{"), "ada_zz9 \xc3\x84@[`{");
}

TEST(RowJson, CapabilitiesComeBackAsTheyWere) {
  for (const Charset charset : {Charset::kUtf8, Charset::kLatin1, Charset::kAscii}) {
    Capabilities capabilities = everything();
    capabilities.charset = charset;
    EXPECT_EQ(parse_capabilities(capabilities_json(capabilities).value()).value(), capabilities);
  }
}

TEST(RowJson, WhatIsNotKnownTakesNoRoom) {
  EXPECT_EQ(capabilities_json({}).value(), "{}");
  EXPECT_EQ(metadata_json({}).value(), "{}");
  EXPECT_EQ(capabilities_json(only_gmcp()).value(), R"({"gmcp":true})");
  EXPECT_EQ(parse_details({.capabilities = "{}", .metadata = "{}"}).value(), nullptr);
}

TEST(RowJson, MetadataKeepsEveryCharacter) {
  Metadata metadata{
      {"", "empty key"}, {"note", ""}, {"quote\"\\/", "line\r\n\ttab"}, {"ключ", "花 \U0001F409"}};
  metadata["nul"] = std::string("a\0b\x7f\x1b[0m", 8);
  for (int i = 0; i < 64; ++i) metadata["key " + std::to_string(i)] = std::string(100, 'x');
  EXPECT_EQ(parse_metadata(metadata_json(metadata).value()).value(), metadata);
}

TEST(RowJson, TextThatIsNotUtf8IsRefused) {
  EXPECT_EQ(metadata_json({{"note", "caf\xe9"}}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(metadata_json({{"\xc3", ""}}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(capabilities_json(only_client("\xff")).error().code, ErrorCode::kInvalidArgument);
}

TEST(RowJson, KeysOfANewerProgramArePassedOver) {
  Capabilities expected = only_client("TINTIN++");
  expected.mtts = 13;
  EXPECT_EQ(parse_capabilities(R"({"sixel":[1,{"a":2}], "mtts" : 13, "client_name":"TINTIN++"})"), expected);
}

TEST(RowJson, MalformedTextIsAnError) {
  for (const char* const text :
       {"", "{", "[]", "null", "{} x", "{\"mtts\":-1}", "{\"mtts\":4294967296}", "{\"mtts\":\"1\"}",
        "{\"columns\":65536}", "{\"gmcp\":1}", "{\"client_name\":7}", "{\"charset\":\"ebcdic\"}",
        "{\"client_name\":\"\xff\"}"})
    EXPECT_FALSE(parse_capabilities(text)) << text;
  for (const char* const text : {"", "[]", "\"a\"", "{\"a\":1}", "{\"a\":null}", "{\"a\":\"\xff\"}"})
    EXPECT_FALSE(parse_metadata(text)) << text;
  EXPECT_FALSE(parse_details({.account = "ada", .capabilities = "{}", .metadata = "["}));
  EXPECT_FALSE(parse_details({.account = "ada", .capabilities = "[", .metadata = "{}"}));
}

TEST(RowJson, DetailsAreJoinedFromTheirColumns) {
  const auto details = parse_details(
      {.account = "Ada", .capabilities = R"({"gmcp":true})", .metadata = R"({"guild":"mages"})"});
  ASSERT_TRUE(details);
  EXPECT_EQ(**details, (session::SessionDetails{
                           .account = "Ada", .capabilities = only_gmcp(), .metadata = {{"guild", "mages"}}}));
}

TEST(RowJson, KeysAreWholeOrAbsent) {
  std::array<std::uint8_t, 4> key{};
  EXPECT_EQ(key_bytes(key), "");
  key = {0, 0xff, 0, 0};
  EXPECT_EQ(key_bytes(key), std::string_view("\0\xff\0\0", 4));
  std::array<std::uint8_t, 4> read{1, 2, 3, 4};
  EXPECT_TRUE(read_key(key_bytes(key), read));
  EXPECT_EQ(read, key);
  EXPECT_TRUE(read_key("", read));
  EXPECT_EQ(read, (std::array<std::uint8_t, 4>{}));
  for (const char* const bytes : {"1", "123", "12345"}) EXPECT_FALSE(read_key(bytes, read)) << bytes;
}

TEST(RowJson, KeysOfAnyLengthButTheirOwnAreMalformed) {
  const std::string sixteen(16, 'f');
  const std::string hash(32, 'h');
  const DetailsColumns whole{.capabilities = "{}",
                             .metadata = "{}",
                             .resume_family = sixteen,
                             .resume_current = hash,
                             .resume_previous = hash,
                             .resume_code = hash};
  EXPECT_EQ(parse_details(whole).value()->resume.current, parse_details(whole).value()->resume.code);
  for (const auto column : {&DetailsColumns::resume_family, &DetailsColumns::resume_current,
                            &DetailsColumns::resume_previous, &DetailsColumns::resume_code}) {
    DetailsColumns cut = whole;
    (cut.*column).remove_suffix(1);
    EXPECT_EQ(parse_details(cut).error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace wyld::store
