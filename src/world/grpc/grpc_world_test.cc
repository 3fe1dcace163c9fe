// The link against a real gRPC server on 127.0.0.1, with a world that behaves behind it.
#include "world/grpc/grpc_world.h"

#include <arpa/inet.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "base/counters.h"
#include "runtime/socket.h"
#include "testing/quiet_world_events.h"
#include "world/grpc/core/scripted_world_fixture.h"
#include "wyldgate/world/v1/world.grpc.pb.h"

namespace wyld::grpc_world {
namespace {

using namespace std::chrono_literals;
using session::SessionHandle;
using testing::ScriptedWorld;
using testing::proto::ConnectRequest;
using testing::proto::ConnectResponse;

// A world as a server. It can be stopped, with or without its memory, and started again at the same address.
class Server final : public testing::proto::WorldService::Service {
 public:
  ~Server() override { stop(); }

  void start(std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials()) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), std::move(credentials), &port);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  void stop() {
    if (!server_) return;
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_.reset();
  }

  grpc::Status Connect(grpc::ServerContext* context,
                       grpc::ServerReaderWriter<ConnectResponse, ConnectRequest>* stream) override {
    ConnectRequest request;
    if (!stream->Read(&request) || !request.has_hello()) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "no hello"};
    }
    {
      const std::scoped_lock lock(mutex);
      hello = request.hello();
      const auto& metadata = context->client_metadata();
      const auto found = metadata.find("authorization");
      authorization = found == metadata.end() ? "" : std::string(found->second.data(), found->second.size());
      ++connects;
      if (!refusal.ok()) return refusal;
    }
    ConnectResponse response;
    {
      const std::scoped_lock lock(mutex);
      *response.mutable_hello() = answer;
    }
    stream->Write(response);
    {
      const std::scoped_lock lock(mutex);
      if (breaks_after_hello) return {grpc::StatusCode::UNAVAILABLE, "killed"};
    }
    while (stream->Read(&request)) {
      response.Clear();
      {
        const std::scoped_lock lock(mutex);
        ++messages;
        const std::string bytes = world.take(request.SerializeAsString());
        if (bytes.empty()) continue;
        response.ParseFromString(bytes);
        response.set_properties_changed(properties_changed);
      }
      if (!stream->Write(response)) break;
    }
    const std::scoped_lock lock(mutex);
    world.cut();
    return grpc::Status::OK;
  }

  grpc::Status GetProperties(grpc::ServerContext*, const testing::proto::GetPropertiesRequest*,
                             testing::proto::GetPropertiesResponse* response) override {
    const std::scoped_lock lock(mutex);
    response->set_banner(banner);
    response->set_message_of_the_day(message_of_the_day);
    return grpc::Status::OK;
  }

  grpc::Status GetStatistics(grpc::ServerContext*, const testing::proto::GetStatisticsRequest*,
                             testing::proto::GetStatisticsResponse* response) override {
    const std::scoped_lock lock(mutex);
    ++statistics_asked;
    for (const auto& [name, value] : statistics) (*response->mutable_statistics())[name] = value;
    return grpc::Status::OK;
  }

  int port = 0;
  std::mutex mutex;  // guards the rest
  ScriptedWorld world;
  testing::proto::GatewayHello hello;
  testing::proto::WorldHello answer = [] {
    testing::proto::WorldHello fitting;
    fitting.set_version(1);
    fitting.set_name("Testing");
    return fitting;
  }();
  std::string authorization;
  std::string banner;
  std::string message_of_the_day;
  bool properties_changed = false;  // is said with each message
  std::map<std::string, double> statistics;
  int statistics_asked = 0;
  grpc::Status refusal;
  bool breaks_after_hello = false;
  int connects = 0;
  int messages = 0;

 private:
  std::unique_ptr<grpc::Server> server_;
};

struct Events final : wyld::testing::QuietWorldEvents {
  void on_output(SessionHandle, std::string_view text) override { heard += text; }
  void on_away(SessionHandle, std::string_view text, std::span<const std::string>) override {
    away = true;
    said = text;
  }
  void on_back(SessionHandle, const session::WorldReturn&) override { away = false; }
  void on_input_taken(SessionHandle, std::uint64_t sequence) override { taken = sequence; }
  std::string heard;
  std::string said;
  std::uint64_t taken = 0;
  bool away = false;
};

class GrpcWorldLink : public ::testing::Test {
 protected:
  GrpcWorldLink() : loop_(*runtime::Loop::create()) {
    options_.name = "The game";
    options_.gateway = "isles";
    options_.program = "wyldgate test";
    options_.pause_first = 1ms;
    options_.pause_last = 10ms;
  }
  ~GrpcWorldLink() override {
    if (world_) world_->stop(0ms);
    link_.reset();
  }
  void begin() {
    options_.target = "127.0.0.1:" + std::to_string(server_.port);
    options_.url = "grpc://" + options_.target;
    world_ =
        std::make_unique<GrpcWorld>(options_, 1, [this](std::uint8_t, std::move_only_function<void()> task) {
          return !refuse_post_.exchange(false) && loop_->post(std::move(task));
        });
    link_ = world_->make_link(0, *loop_, events_);
    world_->start();
  }
  void attach() {
    id_.bytes[15] = 1;
    link_->attach(player_, {.id = id_,
                            .address = "203.0.113.7",
                            .capabilities = capabilities_,
                            .side_channel_hello = {},
                            .side_channel_supports = {}});
  }
  template <typename Done>
  void until(Done&& done) {
    while (!done()) loop_->run_once(5ms);
  }
  // A free port on which nobody listens.
  void reserve_port() {
    server_.start();
    server_.stop();
  }
  std::vector<std::string> lines() {
    const std::scoped_lock lock(server_.mutex);
    return server_.world.of(id_).lines;
  }

  Server server_;
  std::unique_ptr<runtime::Loop> loop_;
  Events events_;
  GrpcWorldOptions options_;
  std::atomic<bool> refuse_post_ = false;  // the mailbox is full, once
  std::unique_ptr<GrpcWorld> world_;
  std::unique_ptr<session::WorldLink> link_;
  SessionHandle player_{.shard = 0, .slot = 2, .generation = 1};
  SessionId id_;
  Capabilities capabilities_;
};

TEST_F(GrpcWorldLink, LinesGoUpAndTextComesDown) {
  server_.banner = "Welcome to the isles";
  options_.key = "open sesame";
  server_.start();
  begin();
  attach();
  link_->input(player_, 1, "look", false);
  until([this] { return events_.heard == "<look>\n" && events_.taken == 1; });
  until([this] { return link_->login_banner(capabilities_) == "Welcome to the isles\n"; });
  EXPECT_TRUE(world_->connected());
  const std::scoped_lock lock(server_.mutex);
  EXPECT_EQ(server_.hello.gateway(), "isles");
  EXPECT_EQ(server_.hello.program(), "wyldgate test");
  EXPECT_EQ(server_.hello.version_min(), 1U);
  EXPECT_EQ(server_.hello.process_id().size(), 32U);
  EXPECT_EQ(server_.authorization, "Bearer open sesame");
}

TEST_F(GrpcWorldLink, WhatATurnBringsLeavesInOneMessage) {
  server_.start();
  begin();
  attach();
  until([this] { return !events_.away && world_->connected(); });
  link_->input(player_, 1, "first", false);
  until([this] { return events_.heard == "<first>\n"; });
  {
    const std::scoped_lock lock(server_.mutex);
    server_.messages = 0;
  }
  for (std::uint64_t line = 2; line <= 101; ++line) link_->input(player_, line, "x", false);
  until([this] { return events_.taken == 101; });
  const std::scoped_lock lock(server_.mutex);
  EXPECT_LE(server_.messages, 3) << "the lines, and acknowledgements of what came back";
}

TEST_F(GrpcWorldLink, AWorldThatIsNotThereYetIsWaitedFor) {
  reserve_port();
  begin();
  attach();
  EXPECT_EQ(events_.said, "The game is away; your commands wait for it.");
  loop_->run_once(20ms);
  server_.start();
  until([this] { return !events_.away; });
  link_->input(player_, 1, "look", false);
  until([this] { return events_.heard == "<look>\n"; });
}

TEST_F(GrpcWorldLink, AWorldThatRestartsTwentyTimesMissesAndDoublesNothing) {
  server_.start();
  begin();
  attach();
  std::uint64_t sequence = 0;
  std::string expected;
  for (int round = 0; round < 20; ++round) {
    until([this] { return !events_.away && world_->connected(); });
    for (int i = 0; i < 5; ++i) {
      ++sequence;
      link_->input(player_, sequence, std::to_string(sequence), false);
      expected += "<" + std::to_string(sequence) + ">\n";
    }
    if (round % 2 == 0) loop_->run_once(0ms);
    server_.stop();
    until([this] { return events_.away; });
    server_.start();
  }
  until([&] { return events_.taken == sequence && events_.heard.size() >= expected.size(); });
  EXPECT_EQ(events_.heard, expected);
  EXPECT_EQ(lines().size(), sequence);
  const std::scoped_lock lock(server_.mutex);
  EXPECT_TRUE(server_.world.valid);
}

// Were the pauses not to begin anew after each hello, the fortieth would be 2^39 ms long.
TEST_F(GrpcWorldLink, AfterAHelloTheBackOffStartsOver) {
  options_.pause_last = 8760h;
  server_.breaks_after_hello = true;
  server_.start();
  begin();
  attach();
  until([this] {
    const std::scoped_lock lock(server_.mutex);
    return server_.connects >= 40;
  });
}

// gRPC's own pauses between attempts grow from one second to two minutes: this would take an hour.
TEST_F(GrpcWorldLink, GrpcAddsNoPausesOfItsOwn) {
  reserve_port();
  options_.pause_last = 1ms;
  const std::uint64_t before = counted(Counter::kUpstreamFailures);
  begin();
  until([&] { return counted(Counter::kUpstreamFailures) >= before + 40; });
}

TEST_F(GrpcWorldLink, TextsThatPlayersSeeAreAskedAgainWhenTheWorldSaysSo) {
  server_.banner = "Winter";
  server_.start();
  begin();
  attach();
  until([this] { return link_->login_banner(capabilities_) == "Winter\n"; });
  {
    const std::scoped_lock lock(server_.mutex);
    server_.banner = "Spring\n";
    server_.properties_changed = true;
  }
  link_->input(player_, 1, "look", false);
  until([this] { return link_->login_banner(capabilities_) == "Spring\n"; });
  {
    const std::scoped_lock lock(server_.mutex);
    server_.banner = std::string(64 * 1024 + 1, 'x');
  }
  link_->input(player_, 2, "look", false);
  until([this] { return link_->login_banner(capabilities_).empty(); });
}

TEST_F(GrpcWorldLink, WhoLogsInAtTheGatewayReadsTheMessageOfTheDay) {
  options_.login = Login::kGateway;
  server_.answer.set_login(testing::proto::LOGIN_GATEWAY);
  server_.banner = "The gate";
  server_.message_of_the_day = "Rain.";
  server_.start();
  begin();
  until([this] { return link_->login_banner(capabilities_) == "The gate\n"; });
  attach();
  EXPECT_EQ(events_.heard, "Rain.\n");
  events_.heard.clear();
  SessionId other;
  other.bytes[15] = 2;
  link_->attach({.shard = 0, .slot = 3, .generation = 1}, {.id = other,
                                                           .address = "203.0.113.7",
                                                           .capabilities = capabilities_,
                                                           .side_channel_hello = {},
                                                           .side_channel_supports = {},
                                                           .account = "Ada",
                                                           .returning = true});
  EXPECT_EQ(events_.heard, "") << "who comes back has read it";
}

TEST_F(GrpcWorldLink, StatisticsAreAskedForAgainAndAgain) {
  options_.statistics_every = 1ms;
  server_.statistics = {
      {"rooms", 12}, {"not a name", 1}, {"nothing", std::nan("")}, {std::string(65, 'x'), 1}};
  server_.start();
  begin();
  until([this] { return world_->statistics() == std::map<std::string, double>{{"rooms", 12}}; });
  {
    const std::scoped_lock lock(server_.mutex);
    server_.statistics["rooms"] = 13;
  }
  until([this] { return world_->statistics() == std::map<std::string, double>{{"rooms", 13}}; });
  const std::scoped_lock lock(server_.mutex);
  EXPECT_GE(server_.statistics_asked, 2);
  EXPECT_EQ(server_.connects, 1);
}

// Between gateway and world, and at a word as good as a cable that was pulled: nothing is closed, nothing
// passes.
class Wire {
 public:
  explicit Wire(int to)
      : to_(to),
        listener_(
            std::move(*runtime::listen_tcp(runtime::parse_listen_address("127.0.0.1:0")->front(), false))) {
    thread_ = std::thread([this] { run(); });
  }
  ~Wire() {
    stopped_ = true;
    thread_.join();
  }
  [[nodiscard]] int port() const { return runtime::local_address(listener_.get())->port(); }
  void pull() { pulled_ = true; }

 private:
  void run() {
    std::vector<std::pair<runtime::Fd, runtime::Fd>> pairs;
    std::array<char, 4096> bytes{};
    while (!stopped_) {
      std::vector<pollfd> ready{{listener_.get(), POLLIN, 0}};
      for (const auto& [near, far] : pairs) {
        ready.push_back({near.get(), POLLIN, 0});
        ready.push_back({far.get(), POLLIN, 0});
      }
      ::poll(ready.data(), pulled_ ? 0 : ready.size(), 5);
      if (pulled_) continue;
      for (std::size_t i = 1; i < ready.size(); ++i) {
        if (ready[i].revents == 0) continue;
        const ssize_t count = ::recv(ready[i].fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
        const int other = ready[i % 2 == 1 ? i + 1 : i - 1].fd;
        if (count > 0)
          static_cast<void>(::send(other, bytes.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL));
      }
      runtime::SocketAddress peer;
      if (ready[0].revents == 0) continue;
      runtime::Fd near = std::move(*runtime::accept_tcp(listener_.get(), peer));
      runtime::Fd far(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(static_cast<std::uint16_t>(to_));
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      if (!near.valid() ||
          ::connect(far.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        continue;
      pairs.emplace_back(std::move(near), std::move(far));
    }
  }

  const int to_;
  runtime::Fd listener_;
  std::atomic<bool> pulled_ = false;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

TEST_F(GrpcWorldLink, AWorldThatIsGoneWithoutAWordIsNoticed) {
  server_.start();
  Wire wire(server_.port);
  const int world_port = std::exchange(server_.port, wire.port());
  options_.keepalive = 100ms;
  options_.keepalive_answer = 100ms;
  begin();
  server_.port = world_port;
  attach();
  link_->input(player_, 1, "look", false);
  until([this] { return events_.taken == 1; });
  wire.pull();
  until([this] { return events_.away; });
  world_->stop(0ms);
}

TEST_F(GrpcWorldLink, AccountsOfAWorldThatOffersNoneAreAway) {
  options_.login = Login::kWorldAccounts;
  server_.answer.set_login(testing::proto::LOGIN_GATEWAY_WITH_WORLD_ACCOUNTS);
  server_.start();
  begin();
  until([this] { return world_->connected(); });
  ASSERT_NE(world_->accounts(), nullptr);
  std::optional<session::AccountVerdict> verdict;
  ASSERT_TRUE(world_->accounts()->check_name(
      0, {.name = "Ada", .address = {}},
      [&](const session::AccountAnswer& answer) { verdict = answer.verdict; }));
  until([&] { return verdict.has_value(); });
  EXPECT_EQ(*verdict, session::AccountVerdict::kUnavailable);
}

TEST_F(GrpcWorldLink, AFullMailboxCutsTheStreamAndLosesNothing) {
  server_.start();
  begin();
  attach();
  std::uint64_t sequence = 0;
  std::string expected;
  for (int round = 0; round < 5; ++round) {
    until([this] { return !events_.away && world_->connected(); });
    for (int i = 0; i < 4; ++i) {
      ++sequence;
      link_->input(player_, sequence, std::to_string(sequence), false);
      expected += "<" + std::to_string(sequence) + ">\n";
      if (i > 0) continue;
      until([&] { return events_.taken == sequence; });
      refuse_post_ = true;
    }
    until([&] { return events_.taken == sequence && events_.heard.size() >= expected.size(); });
  }
  EXPECT_EQ(events_.heard, expected);
  EXPECT_EQ(lines().size(), sequence);
  const std::scoped_lock lock(server_.mutex);
  EXPECT_GE(server_.connects, 2);
}

TEST_F(GrpcWorldLink, AWorldThatRefusesIsAskedAgainAndItsPlayersWait) {
  server_.refusal = {grpc::StatusCode::FAILED_PRECONDITION, "this world speaks version 7"};
  server_.start();
  begin();
  attach();
  until([this] {
    return events_.said == "The game cannot take its players back yet; your commands wait for it.";
  });
  {
    const std::scoped_lock lock(server_.mutex);
    server_.refusal = grpc::Status::OK;
  }
  until([this] { return !events_.away; });
}

TEST_F(GrpcWorldLink, HellosThatDoNotFitEndTheStream) {
  server_.answer.set_login(testing::proto::LOGIN_GATEWAY);
  server_.start();
  begin();
  attach();
  until([this] { return events_.said.find("cannot take") != std::string::npos; });
  {
    const std::scoped_lock lock(server_.mutex);
    server_.answer.set_login(testing::proto::LOGIN_WORLD);
    server_.answer.set_version(2);
    server_.connects = 0;
  }
  until([this] {
    const std::scoped_lock lock(server_.mutex);
    return server_.connects >= 2;
  });
  EXPECT_TRUE(events_.away);
  {
    const std::scoped_lock lock(server_.mutex);
    server_.answer.set_version(1);
  }
  until([this] { return !events_.away; });
}

// Something that listens, and does not speak gRPC.
TEST_F(GrpcWorldLink, AServerThatSaysNothingIsGivenUp) {
  auto listener = runtime::listen_tcp(runtime::parse_listen_address("127.0.0.1:0")->front(), false);
  server_.port = runtime::local_address(listener->get())->port();
  options_.connect_timeout = 50ms;
  begin();
  attach();
  std::vector<runtime::Fd> accepted;
  until([&] {
    runtime::SocketAddress peer;
    runtime::Fd fd = std::move(*runtime::accept_tcp(listener->get(), peer));
    if (fd.valid()) accepted.push_back(std::move(fd));
    return accepted.size() >= 3;
  });
  EXPECT_TRUE(events_.away);
}

// A certificate that vouches for itself, for both sides.
class GrpcWorldTls : public GrpcWorldLink {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "wyld_grpc_tls_" + std::to_string(::getpid());
    std::filesystem::create_directories(folder_);
    for (const char* name : {"a", "b"}) {
      ASSERT_EQ(
          std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
                       " -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout " +
                       folder_ + "/" + name + ".key -out " + folder_ + "/" + name + ".pem 2>/dev/null")
                          .c_str()),
          0);
    }
    grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = file("a.pem");
    tls.pem_key_cert_pairs.push_back({file("a.key"), file("a.pem")});
    server_.start(grpc::SslServerCredentials(tls));
    options_.tls = true;
    options_.key = "open-sesame";
    options_.tls_ca = file("a.pem");
    options_.tls_certificate = file("a.pem");
    options_.tls_key = file("a.key");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string file(const std::string& name) const {
    std::ifstream in(folder_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Several attempts have failed.
  void fails() {
    const std::uint64_t before = counted(Counter::kUpstreamFailures);
    begin();
    attach();
    until([&] { return counted(Counter::kUpstreamFailures) >= before + 3; });
    EXPECT_TRUE(events_.away);
    EXPECT_FALSE(world_->connected());
    const std::scoped_lock lock(server_.mutex);
    EXPECT_EQ(server_.connects, 0);
  }

 private:
  std::string folder_;
};

TEST_F(GrpcWorldTls, BothSidesShowWhoTheyAre) {
  begin();
  attach();
  link_->input(player_, 1, "look", false);
  until([this] { return events_.heard == "<look>\n"; });
  const std::scoped_lock lock(server_.mutex);
  EXPECT_EQ(server_.authorization, "Bearer open-sesame");
}

TEST_F(GrpcWorldTls, AWorldThatNobodyVouchesForHearsNothing) {
  options_.tls_ca = file("b.pem");
  fails();
}

TEST_F(GrpcWorldTls, AWorldMayAdmitOnlyGatewaysItKnows) {
  options_.tls_certificate = file("b.pem");
  options_.tls_key = file("b.key");
  fails();
}

TEST_F(GrpcWorldTls, AWorldWithoutTlsIsNoWorld) {
  server_.stop();
  server_.start();
  fails();
}

TEST_F(GrpcWorldLink, TheLastWordsAreWrittenWhenTheGatewayStops) {
  server_.start();
  begin();
  attach();
  until([this] { return world_->connected(); });
  link_->input(player_, 1, "look", false);
  until([this] { return events_.taken == 1; });
  link_->detach(player_, session::DetachReason::kShutdown);
  loop_->run_once(0ms);
  world_->stop(10s);
  const std::scoped_lock lock(server_.mutex);
  EXPECT_EQ(server_.world.of(id_).log.back(), "detach 2");
}

TEST_F(GrpcWorldLink, StoppingWaitsForNoDeadWorld) {
  reserve_port();
  begin();
  attach();
  loop_->run_once(0ms);
  world_->stop(10s);
  EXPECT_FALSE(world_->connected());
}

TEST_F(GrpcWorldLink, ManyShardsShareOneStream) {
  server_.start();
  constexpr std::size_t kShards = 3;
  constexpr int kPlayers = 20;
  constexpr std::uint64_t kLines = 50;
  options_.target = "127.0.0.1:" + std::to_string(server_.port);
  struct Shard {
    std::unique_ptr<runtime::Loop> loop = *runtime::Loop::create();
    std::unique_ptr<session::WorldLink> link;
    std::thread thread;
    std::size_t taken_by_all = 0;
    struct Count final : wyld::testing::QuietWorldEvents {
      void on_input_taken(SessionHandle, std::uint64_t sequence) override {
        if (sequence == kLines && ++finished == kPlayers) shard->loop->stop();
      }
      Shard* shard = nullptr;
      int finished = 0;
    } events;
  };
  std::array<Shard, kShards> shards;
  GrpcWorld world(options_, kShards, [&](std::uint8_t shard, std::move_only_function<void()> task) {
    return shards[shard].loop->post(std::move(task));
  });
  for (std::uint8_t i = 0; i < kShards; ++i) {
    shards[i].events.shard = &shards[i];
    shards[i].link = world.make_link(i, *shards[i].loop, shards[i].events);
  }
  world.start();
  for (std::uint8_t i = 0; i < kShards; ++i) {
    shards[i].thread = std::thread([&shard = shards[i], i, this] {
      for (std::uint32_t player = 0; player < kPlayers; ++player) {
        const SessionHandle handle{.shard = i, .slot = player & 0xff, .generation = 1};
        SessionId id;
        id.bytes[14] = static_cast<std::uint8_t>(i + 1);
        id.bytes[15] = static_cast<std::uint8_t>(player);
        ASSERT_TRUE(shard.loop->post([&shard, handle, id, this] {
          shard.link->attach(handle, {.id = id,
                                      .address = "",
                                      .capabilities = capabilities_,
                                      .side_channel_hello = {},
                                      .side_channel_supports = {}});
          for (std::uint64_t line = 1; line <= kLines; ++line) {
            shard.link->input(handle, line, std::to_string(line), false);
          }
        }));
      }
      shard.loop->run();
    });
  }
  for (Shard& shard : shards) shard.thread.join();
  world.stop(10s);
  for (Shard& shard : shards) shard.link.reset();
  const std::scoped_lock lock(server_.mutex);
  EXPECT_EQ(server_.world.sessions.size(), kShards * kPlayers);
  for (const auto& [id, session] : server_.world.sessions) EXPECT_EQ(session.lines.size(), kLines);
  EXPECT_EQ(server_.connects, 1);
}

}  // namespace
}  // namespace wyld::grpc_world
