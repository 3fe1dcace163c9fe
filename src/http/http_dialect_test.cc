#include "http/http_dialect.h"

#include <gmock/gmock.h>

#include <memory>
#include <thread>
#include <vector>

#include "http/assets.h"
#include "http/http_fixture.h"

namespace wyld::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kUpgradeHead =
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
constexpr std::string_view kLive = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

// A text message, masked with zeros.
std::string frame(std::string_view payload) {
  std::string bytes{static_cast<char>(0x81), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0};
  return bytes.append(payload);
}

TEST_F(Http, ServesEveryEmbeddedFile) {
  start();
  WebClient client = connect();
  for (const Asset& asset : embedded_assets()) {
    client.send("GET " + std::string(asset.path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const WebAnswer answer = client.receive();
    EXPECT_EQ(answer.status, 200U) << asset.path;
    EXPECT_EQ(answer.body, asset.bytes) << asset.path;
    EXPECT_EQ(answer.header("ETag"), asset.etag);
    EXPECT_EQ(answer.header("Content-Type"), asset.content_type);
    EXPECT_EQ(answer.header("Connection"), "keep-alive");
    EXPECT_THAT(answer.header("Content-Security-Policy"), StartsWith("default-src 'self';"));
  }
}

TEST_F(Http, PageIsRevalidatedByItsTag) {
  start();
  const WebAnswer page = exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.header("Cache-Control"), "no-cache");
  const WebAnswer again =
      exchange("GET / HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + page.header("ETag") + "\r\n\r\n");
  EXPECT_EQ(again.status, 304U);
  EXPECT_EQ(again.header("ETag"), page.header("ETag"));
  EXPECT_EQ(again.header("Content-Length"), "");
}

TEST_F(Http, HeadHasTheLengthAndNoBody) {
  start();
  WebClient client = connect();
  client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_GT(client.receive(false).header("Content-Length"), "0");
  EXPECT_EQ(client.receive().body, "ok\n");
}

TEST_F(Http, PipelinedRequestsAreAnsweredInOrder) {
  start();
  WebClient client = connect();
  client.send(
      "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200U);
  EXPECT_EQ(client.receive().status, 404U);
  EXPECT_EQ(client.receive().header("Connection"), "close");
  EXPECT_EQ(client.receive_to_end(), "");
}

TEST_F(Http, HeadInSingleBytesIsUnderstood) {
  start();
  WebClient client = connect();
  for (const char c : std::string_view("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    client.send({&c, 1});
  EXPECT_EQ(client.receive().body, "ok\n");
}

TEST_F(Http, OldClientsAreAnsweredAndClosed) {
  start();
  WebClient client = connect();
  client.send("GET /livez HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200U);
  EXPECT_EQ(client.receive_to_end(), "");
}

TEST_F(Http, BodiesAreNotReadAndEndTheConnection) {
  start();
  WebClient client = connect();
  client.send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 42\r\n\r\nGET /livez HTTP/1.1\r\nHost: "
      "localhost\r\n\r\n");
  const WebAnswer answer = client.receive();
  EXPECT_EQ(answer.status, 405U);
  EXPECT_EQ(answer.header("Allow"), "GET, HEAD");
  EXPECT_EQ(client.receive_to_end(), "") << "the body was taken for a request";
}

TEST_F(Http, HostIsAskedForOnce) {
  start();
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\n\r\n").status, 400U);
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").status, 400U);
}

// A page whose name was pointed here must not play as its visitor, even though its Origin agrees with its
// Host.
TEST_F(Http, OnlyKnownNamesAreAnswered) {
  options.hosts = {"play.example.org"};
  start();
  for (const std::string_view host : {"localhost", "127.0.0.1:4080", "[::1]", "play.example.org:8443"}) {
    EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").status, 200U) << host;
  }
  EXPECT_EQ(exchange("GET / HTTP/1.0\r\n\r\n").status, 200U) << "no browser";
  const WebAnswer page = exchange("GET / HTTP/1.1\r\nHost: evil.example:4080\r\n\r\n");
  EXPECT_EQ(page.status, 421U);
  EXPECT_THAT(page.body, HasSubstr("hosts = [\"evil.example\"]"));
  const std::string rest(kUpgradeHead.substr(kUpgradeHead.find("Upgrade:")));
  EXPECT_EQ(
      exchange("GET /ws HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n" + rest + "\r\n")
          .status,
      421U);
  EXPECT_EQ(exchange("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 421U)
      << "an absolute target says whom it is for";
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost: user@localhost\r\n\r\n").status, 400U);
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost:\r\n\r\n").status, 400U);
}

TEST_F(Http, HealthChecksMayUseAnyName) {
  start();
  EXPECT_EQ(exchange("GET /livez HTTP/1.1\r\nHost: pod-7.cluster\r\n\r\n").status, 200U);
  EXPECT_EQ(exchange("GET /readyz HTTP/1.1\r\nHost: pod-7.cluster\r\n\r\n").status, 200U);
}

// What follows a body of unclear length may be a part of it, or a request that a proxy never saw.
TEST_F(Http, NothingIsAnsweredAfterABodyOfUnclearLength) {
  start();
  for (const std::string_view header :
       {"Transfer-Encoding: xchunked", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity", "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5, 5"}) {
    WebClient client = connect();
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n" + std::string(header) +
                "\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.receive().status, 400U) << header;
    EXPECT_EQ(client.receive_to_end(), "") << header;
  }
}

TEST_F(Http, HeaderFieldsAreBoundInNumber) {
  start();
  const auto request = [](int fields) {
    std::string head = "GET /livez HTTP/1.1\r\nHost: localhost\r\n";
    for (int i = 1; i < fields; ++i) head += "X: a\r\n";
    return head + "\r\n";
  };
  EXPECT_EQ(exchange(request(100)).status, 200U);
  EXPECT_EQ(exchange(request(101)).status, 431U);
}

TEST_F(Http, WhatIsNotHttpIsAnsweredAndClosed) {
  start();
  for (const std::string_view junk :
       {"\x16\x03\x01\x02\x00\x01\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nBad Header\r\n\r\n"}) {
    WebClient client = connect();
    client.send(junk);
    EXPECT_EQ(client.receive().status, 400U);
    EXPECT_EQ(client.receive_to_end(), "");
  }
}

TEST_F(Http, HeadBoundHoldsFromBothSides) {
  options.head_bytes_max = 1024;
  start();
  const auto head = [](std::size_t bytes) {
    const std::string start = "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ";
    return start + std::string(bytes - start.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(exchange(head(1024)).status, 200U);
  EXPECT_EQ(exchange(head(1025)).status, 431U);
  EXPECT_EQ(exchange(head(100'000)).status, 431U);
}

TEST_F(Http, SlowHeadIsCutByTheDeadline) {
  options.head_deadline = milliseconds(50);
  start();
  WebClient client = connect();
  client.send("GET / HT");
  EXPECT_EQ(client.receive_to_end(), "");
}

TEST_F(Http, DeadlineIsForTheWholeHeadAndNotForEachByte) {
  options.head_deadline = milliseconds(50);
  options.head_bytes_max = 1 << 30;
  start();
  WebClient client = connect();
  client.send("GET /");
  // A client that never stops sending is cut as well: its sends fail in the end.
  while (client.send("x")) client.turn();
}

TEST_F(Http, IdleConnectionIsCutByTheDeadline) {
  options.head_deadline = milliseconds(50);
  start();
  WebClient client = connect();
  client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200U);
  EXPECT_EQ(client.receive_to_end(), "");
}

// A client that does not read its answer holds up only itself, and the page's bytes are not copied for it.
TEST_F(Http, WhoReadsSlowlyIsAnsweredInPiecesAndHoldsUpNobody) {
  start();
  WebClient slow = connect();
  const Asset* largest = &embedded_assets().front();
  for (const Asset& asset : embedded_assets()) {
    if (asset.bytes.size() > largest->bytes.size()) largest = &asset;
  }
  const std::string request = "GET " + std::string(largest->path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  constexpr int kRequests = 100;  // more than the sockets hold
  for (int i = 0; i < kRequests; ++i) ASSERT_TRUE(slow.send(request));
  EXPECT_EQ(exchange(kLive).body, "ok\n");
  for (int i = 0; i < kRequests; ++i) ASSERT_EQ(slow.receive().body, largest->bytes) << i;
}

TEST_F(Http, AClientIsNotReadWhileItsAnswerWaits) {
  start();
  WebClient client = connect();
  std::string requests;
  while (requests.size() < 16'384) requests += "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  // More than the sockets of both sides hold, answers and requests.
  constexpr std::size_t kMost = std::size_t{8} << 20U;
  std::size_t sent = 0;
  while (sent < kMost && client.send_now(requests)) {
    sent += requests.size();
    client.turn();
  }
  EXPECT_LT(sent, kMost);
}

TEST_F(Http, AClientThatEndsItsOutputStillReadsItsAnswers) {
  start();
  WebClient client = connect();
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.end_output();
  EXPECT_EQ(client.receive().status, 200U);
  EXPECT_EQ(client.receive().body, "ok\n");
  EXPECT_EQ(client.receive_to_end(), "");
  until_left(0);
}

// Closing with unread bytes would be a reset, which takes the answer along.
TEST_F(Http, AFinalAnswerIsNotLostWhenMoreWasSent) {
  start();
  WebClient client = connect();
  client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.send(std::string(1000, 'b')));
  client.end_output();
  EXPECT_EQ(client.receive().status, 405U);
  EXPECT_EQ(client.receive_to_end(), "");
  until_left(0);
}

// Everybody has their bound, and one who goes beyond it disturbs only themselves.
class HttpAdmission : public Http {
 protected:
  void start_with(std::size_t connections_max, std::uint32_t connections_per_address = 50) {
    bounds.connections_max = connections_max;
    bounds.connections_per_address = connections_per_address;
    start();
  }
  // Connected, and answered once.
  WebClient kept() {
    WebClient client = connect();
    client.send(kLive);
    EXPECT_EQ(client.receive().header("Connection"), "keep-alive");
    return client;
  }
};

TEST_F(HttpAdmission, AFullGatewayStillTellsItsHealth) {
  start_with(1);
  const WebClient first = kept();
  const WebAnswer page = exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(page.status, 503U);
  EXPECT_EQ(page.body, "The gateway is full. Please try again in a few minutes.\n");
  EXPECT_EQ(page.header("Retry-After"), "5");
  WebClient check = connect();
  check.send(kLive);
  const WebAnswer live = check.receive();
  EXPECT_EQ(live.status, 200U);
  EXPECT_EQ(live.header("Connection"), "close") << "the place is needed by others";
  EXPECT_EQ(check.receive_to_end(), "");
  EXPECT_EQ(exchange("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200U);
}

TEST_F(HttpAdmission, AnAddressOverItsBoundIsToldSo) {
  start_with(100, 6);
  {
    std::vector<WebClient> clients;
    for (int i = 0; i < 6; ++i) clients.push_back(kept());
    const WebAnswer answer = exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(answer.status, 429U);
    EXPECT_EQ(answer.body, "There are too many connections from your address.\n");
  }
  until_left(0);
  EXPECT_EQ(admission->connections(), 0U);
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200U);
}

TEST_F(HttpAdmission, SilentConnectionsDoNotKeepHealthChecksOut) {
  start_with(1);
  const WebClient first = kept();
  std::vector<WebClient> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(connect());
  EXPECT_EQ(exchange(kLive).status, 200U);
  EXPECT_EQ(silent.front().receive_to_end(), "") << "the slowest have given way";
  EXPECT_LE(connections_->count(), 1U + Reserve<HttpDialect>::kMembersPerAddress);
}

TEST_F(HttpAdmission, APlayerBeyondTheBoundIsToldInTheWebSocket) {
  start_with(1);
  const WebClient first = kept();
  WebClient client = connect();
  client.send(std::string(kUpgradeHead) + "\r\n");
  EXPECT_EQ(client.receive().status, 101U);
  EXPECT_THAT(client.receive_to_end(), HasSubstr("The gateway is full."));
}

TEST_F(HttpAdmission, AnUpgradeGivesItsPlaceToThePlayer) {
  start_with(1);
  WebClient client = connect();
  client.send(std::string(kUpgradeHead) + "\r\n");
  EXPECT_EQ(client.receive().status, 101U);
  EXPECT_TRUE(client.receive_until(R"("type":"hello")"));
  EXPECT_EQ(admission->connections(), 1U) << "counted once";
}

TEST_F(Http, AnUpgradeChangesTheDialectOfTheConnection) {
  start();
  WebClient client = connect();
  client.send(kLive);
  EXPECT_EQ(client.receive().status, 200U);
  client.send(std::string(kUpgradeHead) + "Sec-WebSocket-Protocol: telnet.mudstandards.org\r\n\r\n");
  const WebAnswer answer = client.receive();
  EXPECT_EQ(answer.status, 101U);
  EXPECT_EQ(answer.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.header("Sec-WebSocket-Protocol"), "telnet.mudstandards.org");
  EXPECT_TRUE(client.receive_until("\xff\xfd\x18")) << "telnet's first words";
  until([&] { return !world_.calls.empty(); });
  EXPECT_EQ(world_.calls.front(), "attach 203.0.113.7");
  EXPECT_EQ(connections_->count(), 1U);
}

TEST_F(Http, TheDeadlineOfTheHeadIsNoneOfTheWebSockets) {
  options.head_deadline = milliseconds(50);
  start();
  WebClient client = connect();
  client.send(std::string(kUpgradeHead) + "\r\n");
  EXPECT_EQ(client.receive().status, 101U);
  const auto later = std::chrono::steady_clock::now() + milliseconds(100);
  while (std::chrono::steady_clock::now() < later) client.turn();
  client.send(frame(R"({"type":"line","text":"look"})"));
  EXPECT_TRUE(client.receive_until("you said look"));
}

TEST_F(Http, WhatFollowsTheHandshakeIsForTheNewDialect) {
  start();
  WebClient client = connect();
  const std::string second = frame(R"({"type":"line","text":"two"})");
  // The first message in the same read as the handshake, and of the second one a part.
  client.send(std::string(kUpgradeHead) + "\r\n" + frame(R"({"type":"line","text":"one"})") +
              second.substr(0, 9));
  EXPECT_EQ(client.receive().status, 101U);
  EXPECT_TRUE(client.receive_until("you said one"));
  client.send(second.substr(9));
  EXPECT_TRUE(client.receive_until("you said two"));
}

TEST_F(Http, APlayerWhoHangsUpAfterTheHandshakeIsForgotten) {
  start();
  {
    WebClient client = connect();
    client.send(std::string(kUpgradeHead) + "\r\n" + frame(R"({"type":"line","text":"one"})"));
    EXPECT_TRUE(client.receive_until("you said one"));
  }
  until_left(0);
  EXPECT_EQ(world_.calls.back(), "detach");
  EXPECT_EQ(admission->connections(), 0U);
}

TEST_F(Http, RefusedUpgradeKeepsTheConnection) {
  start();
  WebClient client = connect();
  client.send("GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const WebAnswer plain = client.receive();
  EXPECT_EQ(plain.status, 400U);
  EXPECT_THAT(plain.body, HasSubstr("is a WebSocket"));
  client.send(std::string(kUpgradeHead) + "Origin: http://evil.test\r\n\r\n");
  EXPECT_EQ(client.receive().status, 403U);
  client.send(std::string(kUpgradeHead) + "Origin: http://localhost\r\n\r\n");
  EXPECT_EQ(client.receive().status, 101U);
  EXPECT_TRUE(client.receive_until(R"("type":"hello")"));
}

TEST_F(Http, ReadyAsksTheOwner) {
  options.health = [](auto answer) { answer({false, "degraded: world away"}); };
  start();
  const WebAnswer answer = exchange("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(answer.body, "degraded: world away\n");
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
}

TEST_F(Http, ReadyMayBeAnsweredLaterAndFromElsewhere) {
  std::thread owner;
  options.health = [&owner](auto answer) {
    owner = std::thread([answer = std::move(answer)]() mutable { answer({true, "ok"}); });
  };
  start();
  WebClient client = connect();
  client.send(
      "GET /play/readyz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.receive().body, "ok\n");
  EXPECT_EQ(client.receive().status, 200U) << "the connection goes on";
  owner.join();
}

TEST_F(Http, AnAnswerOfReadyForAClientThatHasGoneIsDropped) {
  std::move_only_function<void(Health)> late;
  options.health = [&](auto answer) { late = std::move(answer); };
  start();
  WebClient client = connect();
  client.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  until([&] { return late != nullptr; });
  connections_->stop();
  EXPECT_EQ(connections_->count(), 1U) << "its answer is in progress";
  connections_.reset();
  late({true, "ok"});
  loop_->run_once(milliseconds(0));
  EXPECT_EQ(client.receive_to_end(), "");
}

TEST_F(Http, PlaysUnderAPathThatAProxyLeavesInPlace) {
  start();
  EXPECT_EQ(exchange("GET /play/ HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200U);
  const std::string rest(kUpgradeHead.substr(kUpgradeHead.find(" HTTP")));
  EXPECT_EQ(exchange("GET /play/ws" + rest + "\r\n").status, 101U);
}

TEST_F(Http, AllowedOriginsMayShowThePageInAFrame) {
  options.allowed_origins = {"https://isles.example"};
  start();
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").header("Content-Security-Policy"),
              HasSubstr("frame-ancestors 'self' https://isles.example"));
}

TEST_F(Http, ThePageIsSentCompressed) {
  start();
  const WebAnswer plain = exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const WebAnswer small =
      exchange("GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, deflate\r\n\r\n");
  EXPECT_EQ(small.header("Content-Encoding"), "gzip");
  EXPECT_LT(small.body.size(), plain.body.size() / 2);
  EXPECT_EQ(small.body.substr(0, 2), "\x1f\x8b");
  EXPECT_NE(small.header("ETag"), plain.header("ETag"));
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nIf-None-Match: " +
                     small.header("ETag") + "\r\n\r\n")
                .status,
            304U);
}

TEST_F(Http, AStopEndsIdleConnectionsAtOnceAndMayBeRepeated) {
  start();
  WebClient fresh = connect();
  WebClient kept = connect();
  kept.send(kLive);
  EXPECT_EQ(kept.receive().status, 200U);
  connections_->stop();
  EXPECT_EQ(connections_->count(), 0U);
  connections_->stop();
  EXPECT_EQ(kept.receive_to_end(), "");
  EXPECT_EQ(fresh.receive_to_end(), "");
}

TEST_F(Http, AStopLetsARequestThatHasBegunBeAnswered) {
  start();
  WebClient client = connect();
  client.send(std::string(kLive) + "GET /livez HTTP/1.1\r\nHo");
  EXPECT_EQ(client.receive().status, 200U);
  client.turn();
  connections_->stop();
  EXPECT_EQ(connections_->count(), 1U);
  client.send("st: localhost\r\n\r\n");
  EXPECT_EQ(client.receive().header("Connection"), "close");
  EXPECT_EQ(client.receive_to_end(), "");
  until_left(0);
}

TEST_F(Http, NobodyBecomesAPlayerWhileTheGatewayStops) {
  start();
  WebClient client = connect();
  client.send(kUpgradeHead);
  until([&] { return connections_->count() == 1; });
  client.turn();
  connections_->stop();
  client.send("\r\n");
  EXPECT_EQ(client.receive().status, 503U);
  EXPECT_EQ(client.receive_to_end(), "");
}

}  // namespace
}  // namespace wyld::http
