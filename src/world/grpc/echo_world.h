#pragma once
// A world for measurements: it greets as the game of wyldgate-load does, answers every line with the line,
// and remembers nothing.

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "wyldgate/world/v1/world.grpc.pb.h"

namespace wyld::grpc_world {

class EchoWorld final : public ::wyldgate::world::v1::WorldService::Service {
 public:
  static constexpr const char* kGreeting = "ready\n";
  using Request = ::wyldgate::world::v1::ConnectRequest;
  using Response = ::wyldgate::world::v1::ConnectResponse;

  // Port 0 picks a free one.
  explicit EchoWorld(int port) : port_(port) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~EchoWorld() override { server_->Shutdown(std::chrono::system_clock::now()); }

  [[nodiscard]] int port() const noexcept { return port_; }
  void wait() { server_->Wait(); }

  grpc::Status Connect(grpc::ServerContext*, grpc::ServerReaderWriter<Response, Request>* stream) override {
    std::unordered_map<std::string, std::uint64_t> numbers;
    Request request;
    Response response;
    if (!stream->Read(&request)) return grpc::Status::OK;
    response.mutable_hello()->set_version(1);
    response.mutable_hello()->set_name("Echo");
    stream->Write(response);
    while (stream->Read(&request)) {
      response.Clear();
      for (const auto& event : request.events()) {
        if (!event.has_attach() && !event.has_input()) continue;
        auto& command = *response.add_commands();
        command.set_session_id(event.session_id());
        if (event.has_attach()) {
          command.mutable_attached();
          std::uint64_t& number = numbers[event.session_id()];
          auto& greeting = *response.add_commands();
          greeting.set_session_id(event.session_id());
          greeting.set_sequence(++number);
          greeting.mutable_output()->set_text(kGreeting);
          auto& entered = *response.add_commands();
          entered.set_session_id(event.session_id());
          entered.set_sequence(++number);
          entered.mutable_entered();
          continue;
        }
        command.set_sequence(++numbers[event.session_id()]);
        command.mutable_output()->mutable_text()->assign(event.input().line()).push_back('\n');
        auto& acknowledgement = *response.add_acknowledgements();
        acknowledgement.set_session_id(event.session_id());
        acknowledgement.set_sequence(event.sequence());
      }
      if (response.commands_size() > 0 && !stream->Write(response)) break;
    }
    return grpc::Status::OK;
  }

 private:
  int port_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace wyld::grpc_world
