#include "wyldgate/world/server.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "wyldgate/world/test_world.h"
#include "wyldgate/world/v1/account.grpc.pb.h"
#include "wyldgate/world/v1/world.grpc.pb.h"

namespace wyldgate::world {
namespace {

// A gateway with one stream, on the test's thread.
class Gateway {
 public:
  Gateway(int port, const std::string& name, const std::string& key = {}) {
    auto channel =
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
    stub_ = v1::WorldService::NewStub(channel);
    if (!key.empty()) context_.AddMetadata("authorization", "Bearer " + key);
    stream_ = stub_->Connect(&context_);
    v1::ConnectRequest request;
    request.mutable_hello()->set_version_min(1);
    request.mutable_hello()->set_version_max(1);
    request.mutable_hello()->set_gateway(name);
    stream_->Write(request);
  }

  bool send(const v1::SessionEvent& event) {
    v1::ConnectRequest request;
    *request.add_events() = event;
    return stream_->Write(request);
  }
  bool read() { return stream_->Read(&response); }
  // Reads until `text` was said to somebody.
  bool hear(const std::string& text) {
    while (read()) {
      for (const v1::SessionCommand& command : response.commands()) {
        if (command.output().text() == text) return true;
      }
      for (const v1::Broadcast& broadcast : response.broadcasts()) {
        if (broadcast.text() == text) return true;
      }
    }
    return false;
  }
  grpc::Status finish() {
    stream_->WritesDone();
    while (read()) {
    }
    return stream_->Finish();
  }
  void cut() { context_.TryCancel(); }

  v1::ConnectResponse response;

 private:
  grpc::ClientContext context_;
  std::unique_ptr<v1::WorldService::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ConnectRequest, v1::ConnectResponse>> stream_;
};

// Ada, with "sesame".
class OneAccount final : public Accounts {
 public:
  v1::CheckNameResponse check_name(const v1::CheckNameRequest& request) override {
    v1::CheckNameResponse response;
    response.set_status(request.name() == "Ada" ? v1::NAME_STATUS_TAKEN : v1::NAME_STATUS_FREE);
    return response;
  }
  v1::LogInResponse log_in(const v1::LogInRequest& request) override {
    if (request.name() == "Broken") throw std::runtime_error(request.password());
    v1::LogInResponse response;
    response.set_accepted(request.name() == "Ada" && request.password() == "sesame");
    return response;
  }
  v1::CreateAccountResponse create_account(const v1::CreateAccountRequest&) override { return {}; }
};

class ServerTest : public testing::Test {
 protected:
  void start() {
    options.listen = "127.0.0.1:0";
    server = std::make_unique<Server>(handler, options, &store);
    ASSERT_EQ(server->start(), std::nullopt);
  }

  RememberingHandler handler;
  MemoryStore store;
  OneAccount accounts;
  ServerOptions options;
  std::unique_ptr<Server> server;  // last: it uses the rest
};

TEST_F(ServerTest, AGatewayIsGreetedAndServed) {
  options.name = "castle";
  start();
  Gateway gateway(server->port(), "one");
  ASSERT_TRUE(gateway.read());
  EXPECT_EQ(gateway.response.hello().name(), "castle");
  EXPECT_EQ(gateway.response.hello().version(), 1u);
  gateway.send(attach_event('a'));
  gateway.send(line_event('a', 1, "x"));
  EXPECT_TRUE(gateway.hear("heard x"));
  server->turn([](Sessions& sessions) { sessions.broadcast("closing time"); });
  EXPECT_TRUE(gateway.hear("closing time"));
  EXPECT_TRUE(gateway.finish().ok());
}

TEST_F(ServerTest, AKeyIsAskedFor) {
  options.key = "sesame";
  start();
  EXPECT_EQ(Gateway(server->port(), "one").finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Gateway(server->port(), "one", "sesamo").finish().error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(Gateway(server->port(), "one", "sesame").finish().ok());
}

TEST_F(ServerTest, ANewerStreamTakesOverFromOneThatIsNotRead) {
  start();
  Gateway first(server->port(), "one");
  ASSERT_TRUE(first.read());
  Gateway second(server->port(), "one");
  ASSERT_TRUE(second.read());
  while (first.read()) {
  }
  EXPECT_EQ(first.finish().error_code(), grpc::StatusCode::ABORTED);
  second.send(attach_event('a'));
  second.send(line_event('a', 1, "x"));
  EXPECT_TRUE(second.hear("heard x"));
  second.cut();
}

TEST_F(ServerTest, AMessageBeyondTheContractsBoundCostsTheStream) {
  start();
  const auto edited = [](std::size_t bytes) {
    v1::SessionEvent event = attach_event('a');
    event.set_sequence(1);
    event.mutable_edited()->set_text(std::string(bytes, 'x'));
    return event;
  };
  Gateway gateway(server->port(), "one");
  ASSERT_TRUE(gateway.read());
  gateway.send(attach_event('a'));
  gateway.send(edited(1000 * 1024));
  gateway.send(edited(1024 * 1024));
  EXPECT_EQ(gateway.finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  Gateway after(server->port(), "one");
  EXPECT_TRUE(after.read()) << "the world serves it again";
}

TEST_F(ServerTest, AStoreThatFailsEndsTheServer) {
  start();
  store.broken = true;
  Gateway gateway(server->port(), "one");
  gateway.send(attach_event('a'));
  EXPECT_EQ(server->wait(), "The disk is full.");
  while (gateway.read()) {
  }
  EXPECT_EQ(gateway.finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, AStopEndsTheStreamsInGoodOrder) {
  start();
  Gateway gateway(server->port(), "one");
  ASSERT_TRUE(gateway.read());
  std::thread stopper([&] { server->stop(); });
  while (gateway.read()) {
  }
  EXPECT_EQ(gateway.finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  stopper.join();
  EXPECT_EQ(server->wait(), std::nullopt);
}

TEST_F(ServerTest, AnAddressThatIsTakenIsSaid) {
  start();
  ServerOptions same = options;
  same.listen = "127.0.0.1:" + std::to_string(server->port());
  RememberingHandler other;
  EXPECT_EQ(Server(other, same).start(), "Cannot listen on " + same.listen + ": Address already in use.");
}

TEST_F(ServerTest, AccountsAreOfferedToWhoHasTheKey) {
  options.accounts = &accounts;
  options.key = "key";
  start();
  Gateway gateway(server->port(), "one", "key");
  ASSERT_TRUE(gateway.read());
  EXPECT_EQ(gateway.response.hello().login(), v1::LOGIN_GATEWAY_WITH_WORLD_ACCOUNTS);
  gateway.cut();

  const auto stub = v1::AccountService::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(server->port()), grpc::InsecureChannelCredentials()));
  const auto log_in = [&](const std::string& name, const std::string& key, v1::LogInResponse& response) {
    grpc::ClientContext context;
    if (!key.empty()) context.AddMetadata("authorization", "Bearer " + key);
    v1::LogInRequest request;
    request.set_name(name);
    request.set_password("sesame");
    return stub->LogIn(&context, request, &response);
  };
  v1::LogInResponse response;
  EXPECT_EQ(log_in("Ada", "", response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(log_in("Ada", "kez", response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(log_in("Ada", "key", response).ok());
  EXPECT_TRUE(response.accepted());
  const grpc::Status broken = log_in("Broken", "key", response);
  EXPECT_EQ(broken.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(broken.error_message().find("sesame"), std::string::npos);
}

TEST_F(ServerTest, WithoutAccountsNobodyAnswers) {
  start();
  const auto stub = v1::AccountService::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(server->port()), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::LogInResponse response;
  EXPECT_EQ(stub->LogIn(&context, {}, &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

// grpc.reflection.v1alpha, spoken by hand: "list your services".
grpc::Status list_services(int port, std::string& answer) {
  grpc::GenericStub stub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  const auto call =
      stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  call->StartCall(nullptr);
  done();
  const grpc::Slice request("\x3a\x01*");
  call->WriteLast(grpc::ByteBuffer(&request, 1), {}, nullptr);
  done();
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  grpc::Slice bytes;
  if (done() && response.DumpToSingleSlice(&bytes).ok())
    answer.assign(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
  grpc::Status status;
  call->Finish(&status, nullptr);
  done();
  return status;
}

TEST_F(ServerTest, TheContractIsToldToToolsIfTheWorldLikes) {
  options.reflection = true;
  start();
  std::string answer;
  EXPECT_TRUE(list_services(server->port(), answer).ok());
  EXPECT_NE(answer.find("wyldgate.world.v1.WorldService"), std::string::npos);
  EXPECT_NE(answer.find("grpc.health.v1.Health"), std::string::npos);
}

// Gateways come, talk and break off at once, while the world speaks by itself; for the thread sanitizer above
// all.
TEST_F(ServerTest, ManyGatewaysAtOnceDoNotDisturbOneAnother) {
  start();
  std::atomic<int> served = 0;
  std::vector<std::thread> gateways;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    gateways.emplace_back([&, letter] {
      for (int round = 0; round < 5; ++round) {
        Gateway gateway(server->port(), std::string(1, letter));
        if (!gateway.read()) continue;
        gateway.send(attach_event(letter));
        const std::string word = std::string(1, letter) + std::to_string(round);
        gateway.send(line_event(letter, static_cast<std::uint64_t>(round) + 1, word));
        if (gateway.hear("heard " + word)) ++served;
        if (round % 2 == 0) gateway.cut();
        (void)gateway.finish();
      }
    });
  }
  for (int i = 0; i < 20; ++i) server->turn([](Sessions& sessions) { sessions.broadcast("tick"); });
  for (std::thread& gateway : gateways) gateway.join();
  EXPECT_EQ(served, 20);
}

}  // namespace
}  // namespace wyldgate::world
