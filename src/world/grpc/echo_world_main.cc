// What the relay is measured against.
//
//   grpc_echo_world PORT             the world
//   grpc_echo_world ask PORT RATE N  N lines to it, RATE each second, without a gateway: what gRPC alone
//   takes
#include <grpcpp/create_channel.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "world/grpc/echo_world.h"

namespace {

namespace proto = ::wyldgate::world::v1;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLineBytes = 46;  // 48 of the player's, less the end of the line

int ask(const char* port, int rate, int count) {
  const auto channel =
      grpc::CreateChannel("127.0.0.1:" + std::string(port), grpc::InsecureChannelCredentials());
  const auto stub = proto::WorldService::NewStub(channel);
  grpc::ClientContext context;
  const auto stream = stub->Connect(&context);
  proto::ConnectRequest request;
  proto::ConnectResponse response;
  const auto round_trip = [&] { return stream->Write(request) && stream->Read(&response); };
  request.mutable_hello()->set_version_max(1);
  bool ok = round_trip();
  request.Clear();
  proto::SessionEvent& event = *request.add_events();
  event.set_session_id(std::string(16, 's'));
  event.mutable_attach();
  ok = ok && round_trip();
  event.mutable_input()->set_line(std::string(kLineBytes, '-'));
  std::vector<double> latencies;
  Clock::time_point due = Clock::now();
  for (int number = 1; ok && number <= count; ++number) {
    event.set_sequence(static_cast<std::uint64_t>(number));
    std::this_thread::sleep_until(due);
    ok = round_trip();
    latencies.push_back(std::chrono::duration<double, std::micro>(Clock::now() - due).count());
    due += std::chrono::nanoseconds(1'000'000'000 / rate);
  }
  if (!ok) return 1;
  std::ranges::sort(latencies);
  const auto quantile = [&](double share) {
    return latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1))];
  };
  std::printf("{\"round_trips\":%d,\"errors\":0,\"latency_us\":{\"p50\":%.1f,\"p99\":%.1f}}\n", count,
              quantile(0.5), quantile(0.99));
  stream->WritesDone();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  if (argc == 5 && std::string_view(arguments[1]) == "ask") {
    return ask(arguments[2], std::max(1, std::atoi(arguments[3])), std::max(1, std::atoi(arguments[4])));
  }
  wyld::grpc_world::EchoWorld world(argc > 1 ? std::atoi(arguments[1]) : 0);  // NOLINT: ours to call
  std::printf("listening on %d\n", world.port());
  std::fflush(stdout);
  world.wait();
  return 0;
}
