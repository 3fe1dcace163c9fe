#include "http/upgrade.h"

#include <gmock/gmock.h>

namespace wyld::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Request good_request() {
  Request request;
  request.method = "GET";
  request.target = "/ws";
  request.headers = {{"Host", "play.example:4080"},
                     {"Upgrade", "websocket"},
                     {"Connection", "keep-alive, Upgrade"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                     {"Sec-WebSocket-Version", "13"}};
  return request;
}

Request with(std::string_view name, std::string_view value) {
  Request request = good_request();
  for (Header& header : request.headers) {
    if (header.name == name) {
      header.value = value;
      return request;
    }
  }
  request.headers.push_back({name, value});
  return request;
}

Request without(std::string_view name) {
  Request request = good_request();
  std::erase_if(request.headers, [name](const Header& header) { return header.name == name; });
  return request;
}

AcceptedUpgrade accepted(const Request& request, const std::vector<std::string>& origins = {}) {
  const auto verdict = judge_upgrade(request, origins);
  if (const auto* refusal = std::get_if<Response>(&verdict)) {
    ADD_FAILURE() << "refused with " << refusal->status << " " << refusal->text;
    return {};
  }
  return std::get<AcceptedUpgrade>(verdict);
}

Response refused(const Request& request, const std::vector<std::string>& origins = {}) {
  const auto verdict = judge_upgrade(request, origins);
  if (const auto* refusal = std::get_if<Response>(&verdict)) return *refusal;
  ADD_FAILURE() << "accepted";
  return {};
}

TEST(Upgrade, AnswersTheKeyOfTheRfc) {
  const AcceptedUpgrade upgrade = accepted(good_request());
  EXPECT_THAT(upgrade.head, ::testing::StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_THAT(upgrade.head, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_THAT(upgrade.head, ::testing::EndsWith("\r\n\r\n"));
}

TEST(Upgrade, WithoutOfferIsTheJsonFormAndNamesNone) {
  const AcceptedUpgrade upgrade = accepted(good_request());
  EXPECT_EQ(upgrade.protocol, session::Protocol::kWebSocketJson);
  EXPECT_THAT(upgrade.head, Not(HasSubstr("Sec-WebSocket-Protocol")));
}

TEST(Upgrade, TheServersOrderDecidesAmongOffers) {
  const AcceptedUpgrade both =
      accepted(with("Sec-WebSocket-Protocol", "other, telnet.mudstandards.org ,v1.json.wyldgate"));
  EXPECT_EQ(both.protocol, session::Protocol::kWebSocketJson);
  EXPECT_THAT(both.head, HasSubstr("Sec-WebSocket-Protocol: v1.json.wyldgate\r\n"));
  const AcceptedUpgrade telnet = accepted(with("Sec-WebSocket-Protocol", "telnet.mudstandards.org"));
  EXPECT_EQ(telnet.protocol, session::Protocol::kWebSocketTelnet);
  EXPECT_THAT(telnet.head, HasSubstr("Sec-WebSocket-Protocol: telnet.mudstandards.org\r\n"));
}

TEST(Upgrade, OffersMayComeInSeveralLines) {
  Request request = with("Sec-WebSocket-Protocol", "terminal.mudstandards.org");
  request.headers.push_back({"sec-websocket-protocol", "telnet.mudstandards.org"});
  EXPECT_EQ(accepted(request).protocol, session::Protocol::kWebSocketTelnet);
}

TEST(Upgrade, UnknownOffersAreRefusedByNamingTheKnown) {
  for (const std::string_view offer : {"terminal.mudstandards.org", "V1.JSON.WYLDGATE", "", ","}) {
    const Response refusal = refused(with("Sec-WebSocket-Protocol", offer));
    EXPECT_EQ(refusal.status, 400U) << offer;
    EXPECT_THAT(refusal.text, HasSubstr("v1.json.wyldgate"));
    EXPECT_THAT(refusal.text, HasSubstr("telnet.mudstandards.org"));
  }
}

TEST(Upgrade, WrongVersionIsToldTheRightOne) {
  for (const std::string_view version : {"8", "14", "13, 8", ""}) {
    const Response refusal = refused(with("Sec-WebSocket-Version", version));
    EXPECT_EQ(refusal.status, 426U) << version;
    EXPECT_THAT(refusal.more_headers, HasSubstr("Sec-WebSocket-Version: 13\r\n"));
  }
  EXPECT_EQ(refused(without("Sec-WebSocket-Version")).status, 426U);
}

TEST(Upgrade, PlainRequestsAreToldWhatThisIs) {
  for (const Request& request : {without("Upgrade"), without("Connection"), with("Upgrade", "h2c"),
                                 with("Connection", "keep-alive")}) {
    const Response refusal = refused(request);
    EXPECT_EQ(refusal.status, 400U);
    EXPECT_THAT(refusal.text, HasSubstr("is a WebSocket"));
  }
  Request old = good_request();
  old.http_1_1 = false;
  EXPECT_EQ(refused(old).status, 400U);
}

TEST(Upgrade, TokensMatchInAnyCase) {
  EXPECT_EQ(accepted(with("Upgrade", "WebSocket")).protocol, session::Protocol::kWebSocketJson);
  EXPECT_EQ(accepted(with("Connection", "UPGRADE")).protocol, session::Protocol::kWebSocketJson);
}

TEST(Upgrade, OtherMethodsAndBodiesAreRefused) {
  Request post = good_request();
  post.method = "POST";
  EXPECT_EQ(refused(post).status, 405U);
  EXPECT_EQ(refused(post).more_headers, "Allow: GET\r\n");
  Request body = good_request();
  body.has_body = true;
  EXPECT_EQ(refused(body).status, 400U);
}

TEST(Upgrade, KeyMustBeSixteenBytesInBase64) {
  for (const std::string_view key :
       {"", "short", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZR==",
        "dGhlIHNhbXBsZSBub25j Q==", "dGhlIHNhbXBsZSBub25jZQAA"}) {
    EXPECT_EQ(refused(with("Sec-WebSocket-Key", key)).status, 400U) << key;
  }
  EXPECT_EQ(refused(without("Sec-WebSocket-Key")).status, 400U);
  Request twice = good_request();
  twice.headers.push_back({"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="});
  EXPECT_EQ(refused(twice).status, 400U);
}

TEST(Upgrade, OriginMustBeThePagesOwnOrAllowed) {
  EXPECT_EQ(accepted(with("Origin", "http://play.example:4080")).protocol, session::Protocol::kWebSocketJson);
  EXPECT_EQ(refused(with("Origin", "http://evil.example:4080")).status, 403U);
  EXPECT_EQ(refused(with("Origin", "null")).status, 403U);
  EXPECT_EQ(accepted(with("Origin", "https://Mud.Example"), {"https://mud.example"}).protocol,
            session::Protocol::kWebSocketJson);
  EXPECT_EQ(accepted(with("Origin", "null"), {"*"}).protocol, session::Protocol::kWebSocketJson);
  Request twice = with("Origin", "http://play.example:4080");
  twice.headers.push_back({"Origin", "http://play.example:4080"});
  EXPECT_EQ(refused(twice).status, 403U);
}

TEST(Upgrade, OwnOriginIsSchemeHostAndPort) {
  EXPECT_TRUE(is_own_origin("http://a.test", "a.test"));
  EXPECT_TRUE(is_own_origin("http://a.test", "a.test:80"));
  EXPECT_TRUE(is_own_origin("https://a.test:443", "A.TEST"));
  EXPECT_TRUE(is_own_origin("http://[::1]:4080", "[::1]:4080"));
  EXPECT_FALSE(is_own_origin("http://a.test:81", "a.test"));
  EXPECT_FALSE(is_own_origin("http://a.test", "a.test:443"));
  EXPECT_FALSE(is_own_origin("https://a.test", "a.test:80"));
  EXPECT_FALSE(is_own_origin("http://a.test.evil", "a.test"));
  EXPECT_FALSE(is_own_origin("http://", ""));
  EXPECT_FALSE(is_own_origin("ftp://a.test", "a.test"));
  EXPECT_FALSE(is_own_origin("a.test", "a.test"));
}

}  // namespace
}  // namespace wyld::http
