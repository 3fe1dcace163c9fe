#include "http/server.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "http/assets.h"
#include "http/testing.h"

namespace wyld::http {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kUpgradeHead =
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

// Takes what the server hands over; the test's thread waits for it.
class UpgradeBox {
 public:
  ~UpgradeBox() {
    for (const Upgrade& upgrade : all_) ::close(upgrade.fd);
  }

  void put(Upgrade upgrade) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(upgrade));
    came_.notify_all();
  }
  Upgrade wait() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return !all_.empty(); });
    return all_.back();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Upgrade> all_;
};

class HttpServer : public ::testing::Test {
 protected:
  HttpServer() {
    options.addresses = {"127.0.0.1:0"};
    options.head_deadline = hours(1);  // only the tests of deadlines want one
    options.on_upgrade = [this](Upgrade upgrade) { upgrades.put(std::move(upgrade)); };
  }
  ~HttpServer() override {
    if (server) server->stop(milliseconds(0));
  }

  void start() {
    server.emplace(options);
    const auto started = server->start();
    ASSERT_TRUE(started.has_value()) << started.error();
    address = server->addresses().front();
  }

  Answer exchange(std::string_view request, bool with_body = true) {
    Client client(address);
    EXPECT_TRUE(client.connected());
    client.send(request);
    return client.receive(with_body);
  }

  UpgradeBox upgrades;
  ServerOptions options;
  std::optional<Server> server;
  std::string address;
};

TEST_F(HttpServer, ServesEveryEmbeddedFile) {
  start();
  Client client(address);
  for (const Asset& asset : embedded_assets()) {
    client.send("GET " + std::string(asset.path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, 200U) << asset.path;
    EXPECT_EQ(answer.body, asset.bytes) << asset.path;
    EXPECT_EQ(answer.header("ETag"), asset.etag);
    EXPECT_EQ(answer.header("Content-Type"), asset.content_type);
    EXPECT_EQ(answer.header("Connection"), "keep-alive");
    EXPECT_THAT(answer.header("Content-Security-Policy"), StartsWith("default-src 'self';"));
  }
}

TEST_F(HttpServer, PageIsRevalidatedByItsTag) {
  start();
  const Answer page = exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.header("Cache-Control"), "no-cache");
  const Answer again =
      exchange("GET / HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + page.header("ETag") + "\r\n\r\n");
  EXPECT_EQ(again.status, 304U);
  EXPECT_EQ(again.header("ETag"), page.header("ETag"));
  EXPECT_EQ(again.header("Content-Length"), "");
}

TEST_F(HttpServer, HeadHasTheLengthAndNoBody) {
  start();
  Client client(address);
  client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_GT(client.receive(false).header("Content-Length"), "0");
  EXPECT_EQ(client.receive().body, "ok\n");
}

TEST_F(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
  start();
  Client client(address);
  client.send(
      "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200U);
  EXPECT_EQ(client.receive().status, 404U);
  EXPECT_EQ(client.receive().header("Connection"), "close");
  EXPECT_EQ(client.receive_to_end(), "");
}

TEST_F(HttpServer, HeadInSingleBytesIsUnderstood) {
  start();
  Client client(address);
  for (const char c : std::string_view("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    client.send({&c, 1});
  EXPECT_EQ(client.receive().body, "ok\n");
}

TEST_F(HttpServer, OldClientsAreAnsweredAndClosed) {
  start();
  Client client(address);
  client.send("GET /livez HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200U);
  EXPECT_EQ(client.receive_to_end(), "");
}

TEST_F(HttpServer, BodiesAreNotReadAndEndTheConnection) {
  start();
  Client client(address);
  client.send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 42\r\n\r\nGET /livez HTTP/1.1\r\nHost: "
      "localhost\r\n\r\n");
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 405U);
  EXPECT_EQ(answer.header("Allow"), "GET, HEAD");
  EXPECT_EQ(client.receive_to_end(), "") << "the body was taken for a request";
}

TEST_F(HttpServer, HostIsAskedForOnce) {
  start();
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\n\r\n").status, 400U);
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").status, 400U);
}

// A page whose name was pointed here must not play as its visitor, even though its Origin agrees with its
// Host.
TEST_F(HttpServer, OnlyKnownNamesAreAnswered) {
  options.hosts = {"play.example.org"};
  start();
  for (const std::string_view host : {"localhost", "127.0.0.1:4080", "[::1]", "play.example.org:8443"}) {
    EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").status, 200U) << host;
  }
  EXPECT_EQ(exchange("GET / HTTP/1.0\r\n\r\n").status, 200U) << "no browser";
  const Answer page = exchange("GET / HTTP/1.1\r\nHost: evil.example:4080\r\n\r\n");
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

TEST_F(HttpServer, HealthChecksMayUseAnyName) {
  start();
  EXPECT_EQ(exchange("GET /livez HTTP/1.1\r\nHost: pod-7.cluster\r\n\r\n").status, 200U);
  EXPECT_EQ(exchange("GET /readyz HTTP/1.1\r\nHost: pod-7.cluster\r\n\r\n").status, 200U);
}

// What follows a body of unclear length may be a part of it, or a request that a proxy never saw.
TEST_F(HttpServer, NothingIsAnsweredAfterABodyOfUnclearLength) {
  start();
  for (const std::string_view header :
       {"Transfer-Encoding: xchunked", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity", "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5, 5"}) {
    Client client(address);
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n" + std::string(header) +
                "\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.receive().status, 400U) << header;
    EXPECT_EQ(client.receive_to_end(), "") << header;
  }
}

TEST_F(HttpServer, HeaderFieldsAreBoundInNumber) {
  start();
  const auto request = [](int fields) {
    std::string head = "GET /livez HTTP/1.1\r\nHost: localhost\r\n";
    for (int i = 1; i < fields; ++i) head += "X: a\r\n";
    return head + "\r\n";
  };
  EXPECT_EQ(exchange(request(100)).status, 200U);
  EXPECT_EQ(exchange(request(101)).status, 431U);
}

TEST_F(HttpServer, WhatIsNotHttpIsAnsweredAndClosed) {
  start();
  for (const std::string_view junk :
       {"\x16\x03\x01\x02\x00\x01\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nBad Header\r\n\r\n"}) {
    Client client(address);
    client.send(junk);
    EXPECT_EQ(client.receive().status, 400U);
    EXPECT_EQ(client.receive_to_end(), "");
  }
}

TEST_F(HttpServer, HeadBoundHoldsFromBothSides) {
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

TEST_F(HttpServer, SlowHeadIsCutByTheDeadline) {
  options.head_deadline = milliseconds(50);
  start();
  Client client(address);
  client.send("GET / HT");
  EXPECT_EQ(client.receive_to_end(), "");
}

TEST_F(HttpServer, DeadlineIsForTheWholeHeadAndNotForEachByte) {
  options.head_deadline = milliseconds(50);
  options.head_bytes_max = 1 << 30;
  start();
  Client client(address);
  client.send("GET /");
  // A client that never stops sending is cut as well: its sends fail in the end.
  const auto begin = std::chrono::steady_clock::now();
  while (client.send_one('x') && std::chrono::steady_clock::now() - begin < std::chrono::minutes(5)) {
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(5));
}

TEST_F(HttpServer, IdleConnectionIsCutByTheDeadline) {
  options.head_deadline = milliseconds(50);
  start();
  Client client(address);
  client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200U);
  EXPECT_EQ(client.receive_to_end(), "");
}

// Everybody has their bound, and one who goes beyond it disturbs only themselves.
class HttpServerWithAdmission : public HttpServer {
 protected:
  void start_with(std::size_t connections_max, std::uint32_t connections_per_address = 50) {
    session::AdmissionOptions bounds;
    bounds.connections_max = connections_max;
    bounds.connections_per_address = connections_per_address;
    admission.emplace(bounds);
    options.admission = &*admission;
    start();
  }
  // Connected, and the server has dealt with it.
  std::unique_ptr<Client> kept() {
    auto client = std::make_unique<Client>(address);
    client->send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client->receive().header("Connection"), "keep-alive");
    return client;
  }
  ~HttpServerWithAdmission() override { server.reset(); }

  std::optional<session::Admission> admission;
};

TEST_F(HttpServerWithAdmission, AFullGatewayStillTellsItsHealth) {
  start_with(1);
  const auto first = kept();
  const Answer page = exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(page.status, 503U);
  EXPECT_EQ(page.body, "The gateway is full. Please try again in a few minutes.\n");
  EXPECT_EQ(page.header("Retry-After"), "5");
  Client check(address);
  check.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const Answer live = check.receive();
  EXPECT_EQ(live.status, 200U);
  EXPECT_EQ(live.header("Connection"), "close") << "the place is needed by others";
  EXPECT_EQ(check.receive_to_end(), "");
  EXPECT_EQ(exchange("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200U);
}

TEST_F(HttpServerWithAdmission, AnAddressOverItsBoundIsToldSo) {
  start_with(100, 6);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(kept());
  const Answer answer = exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(answer.status, 429U);
  EXPECT_EQ(answer.body, "There are too many connections from your address.\n");
  clients.clear();
  // The server notices that they have left when it comes to them.
  while (exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 429) std::this_thread::yield();
}

TEST_F(HttpServerWithAdmission, SilentConnectionsDoNotKeepHealthChecksOut) {
  start_with(1);
  const auto first = kept();
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(std::make_unique<Client>(address));
  EXPECT_EQ(exchange("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200U);
  EXPECT_EQ(silent.front()->receive_to_end(), "") << "the slowest have given way";
}

TEST_F(HttpServerWithAdmission, APlayerBeyondTheBoundIsHandedOverToBeTold) {
  start_with(1);
  const auto first = kept();
  Client client(address);
  client.send(std::string(kUpgradeHead) + "\r\n");
  EXPECT_EQ(client.receive().status, 101U);
  EXPECT_GE(upgrades.wait().fd, 0);
}

TEST_F(HttpServerWithAdmission, AnUpgradeGivesItsPlaceToThePlayer) {
  start_with(1);
  Client client(address);
  client.send(std::string(kUpgradeHead) + "\r\n");
  EXPECT_EQ(client.receive().status, 101U);
  EXPECT_GE(upgrades.wait().fd, 0);
  EXPECT_EQ(admission->connections(), 0U) << "the shard admits the player";
}

TEST_F(HttpServer, UpgradeIsHandedOverWithItsEarlyBytes) {
  start();
  Client client(address);
  client.send(std::string(kUpgradeHead) + "Sec-WebSocket-Protocol: telnet.mudstandards.org\r\n\r\n\x81\x80" +
              "1234");
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 101U);
  EXPECT_EQ(answer.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.header("Sec-WebSocket-Protocol"), "telnet.mudstandards.org");
  const Upgrade upgrade = upgrades.wait();
  EXPECT_EQ(upgrade.early_bytes,
            "\x81\x80"
            "1234");
  EXPECT_EQ(upgrade.protocol, session::Protocol::kWebSocketTelnet);
  EXPECT_EQ(upgrade.peer_address, "127.0.0.1");
  EXPECT_NE(::fcntl(upgrade.fd, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(upgrade.fd, F_GETFD) & FD_CLOEXEC, 0);

  // The socket lives on without the server, in both directions.
  server->stop(milliseconds(0));
  ASSERT_EQ(::send(upgrade.fd, "\x89\0", 2, MSG_NOSIGNAL), 2);
  ::shutdown(upgrade.fd, SHUT_WR);
  EXPECT_EQ(client.receive_to_end(), std::string("\x89\0", 2));
}

TEST_F(HttpServer, EarlyBytesAndSocketTogetherHoldEverythingSent) {
  start();
  Client client(address);
  const std::string early(200'000, 'e');
  client.send(std::string(kUpgradeHead) + "\r\n");
  EXPECT_EQ(client.receive().status, 101U);
  const Upgrade upgrade = upgrades.wait();
  std::thread sender([&] { client.send(early); });
  ::fcntl(upgrade.fd, F_SETFL, ::fcntl(upgrade.fd, F_GETFL) & ~O_NONBLOCK);
  std::string got = upgrade.early_bytes;
  char buffer[4096];
  while (got.size() < early.size()) {
    const ssize_t bytes = ::recv(upgrade.fd, buffer, sizeof buffer, 0);
    ASSERT_GT(bytes, 0);
    got.append(buffer, static_cast<std::size_t>(bytes));
  }
  sender.join();
  EXPECT_EQ(got, early);
}

TEST_F(HttpServer, RefusedUpgradeKeepsTheConnection) {
  start();
  Client client(address);
  client.send("GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const Answer plain = client.receive();
  EXPECT_EQ(plain.status, 400U);
  EXPECT_THAT(plain.body, HasSubstr("is a WebSocket"));
  client.send(std::string(kUpgradeHead) + "Origin: http://evil.test\r\n\r\n");
  EXPECT_EQ(client.receive().status, 403U);
  client.send(std::string(kUpgradeHead) + "Origin: http://localhost\r\n\r\n");
  EXPECT_EQ(client.receive().status, 101U);
  EXPECT_EQ(upgrades.wait().protocol, session::Protocol::kWebSocketJson);
}

TEST_F(HttpServer, ReadyAsksTheOwner) {
  options.health = [](auto answer) { answer({false, "degraded: world away"}); };
  start();
  const Answer answer = exchange("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(answer.body, "degraded: world away\n");
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
}

TEST_F(HttpServer, ReadyMayBeAnsweredLaterAndFromElsewhere) {
  std::thread owner;
  options.health = [&owner](auto answer) {
    owner = std::thread([answer = std::move(answer)]() mutable { answer({true, "ok"}); });
  };
  start();
  Client client(address);
  client.send(
      "GET /play/readyz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.receive().body, "ok\n");
  EXPECT_EQ(client.receive().status, 200U) << "the connection goes on";
  owner.join();
}

TEST_F(HttpServer, AnAnswerOfReadyThatComesAfterTheStopIsDropped) {
  std::move_only_function<void(Health)> late;
  std::promise<void> asked;
  options.health = [&](auto answer) {
    late = std::move(answer);
    asked.set_value();
  };
  start();
  Client client(address);
  client.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  asked.get_future().wait();
  server->stop(milliseconds(0));
  late({true, "ok"});
  late = nullptr;
  EXPECT_EQ(client.receive_to_end(), "");
}

TEST_F(HttpServer, PlaysUnderAPathThatAProxyLeavesInPlace) {
  start();
  EXPECT_EQ(exchange("GET /play/ HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200U);
  const std::string rest(kUpgradeHead.substr(kUpgradeHead.find(" HTTP")));
  EXPECT_EQ(exchange("GET /play/ws" + rest + "\r\n").status, 101U);
  upgrades.wait();
}

TEST_F(HttpServer, AllowedOriginsMayShowThePageInAFrame) {
  options.allowed_origins = {"https://isles.example"};
  start();
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").header("Content-Security-Policy"),
              HasSubstr("frame-ancestors 'self' https://isles.example"));
}

TEST_F(HttpServer, ThePageIsSentCompressed) {
  start();
  const Answer plain = exchange("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const Answer small =
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

TEST_F(HttpServer, StopEndsIdleConnectionsAtOnceAndMayBeRepeated) {
  start();
  Client fresh(address);
  Client kept(address);
  kept.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(kept.receive().status, 200U);
  server->stop(hours(1));  // would hang this test if it waited for them
  server->stop(hours(1));
  EXPECT_EQ(kept.receive_to_end(), "");
  EXPECT_EQ(fresh.receive_to_end(), "");
  EXPECT_FALSE(Client(address).connected());
}

TEST_F(HttpServer, StopCutsUnfinishedRequestsAfterTheGrace) {
  start();
  Client kept(address);
  kept.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHo");
  EXPECT_EQ(kept.receive().status, 200U);
  server->stop(milliseconds(20));
  EXPECT_EQ(kept.receive_to_end(), "");
}

TEST_F(HttpServer, StopWithoutStartIsNothing) {
  server.emplace(options);
  server->stop(milliseconds(0));
  EXPECT_TRUE(server->addresses().empty());
}

TEST_F(HttpServer, TwoOnOnePortIsSaidClearly) {
  start();
  ServerOptions same;
  same.addresses = {address};
  Server second(same);
  const auto started = second.start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error(),
            "http " + address + ": port is in use by another program; stop it or choose another with --http");
}

}  // namespace
}  // namespace wyld::http
