// A thousand busy players of a gRPC world. One item is one line up and one answer down.

#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "testing/quiet_world_events.h"
#include "world/grpc/core/link_core.h"
#include "world/grpc/core/wire.h"
#include "world/grpc/echo_world.h"
#include "world/grpc/grpc_world.h"

namespace wyld::grpc_world {
namespace {

using session::SessionHandle;

constexpr std::uint32_t kSessions = 1000;
constexpr std::string_view kLine = "say The lamp above the door flickers twice.";

SessionId id_of(std::uint32_t number) {
  SessionId id;
  id.bytes[6] = 0x70;
  id.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

SessionHandle handle_of(std::uint32_t number) {
  return {.shard = 0, .slot = number & 0xFFFF, .generation = 1};
}

void attach_all(session::WorldLink& link) {
  const Capabilities capabilities;
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    link.attach(handle_of(i), {.id = id_of(i),
                               .address = "203.0.113.7",
                               .capabilities = capabilities,
                               .side_channel_hello = {},
                               .side_channel_supports = {}});
  }
}

struct CountingEvents final : wyld::testing::QuietWorldEvents {
  void on_output(SessionHandle, std::string_view) override { ++outputs; }
  void on_input_taken(SessionHandle, std::uint64_t) override { ++taken; }
  std::uint64_t outputs = 0;
  std::uint64_t taken = 0;
};

// What the world answers to the `round`-th line of everybody.
std::string answers(std::uint64_t round) {
  std::string out;
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    const SessionId id = id_of(i);
    const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
    {
      const wire::Nested command(out, 2);
      wire::put_bytes(out, 1, bytes);
      wire::put_uint(out, 2, round);
      const wire::Nested body(out, round == 0 ? 3 : 4);
      if (round != 0) wire::put_bytes(out, 1, kLine);
    }
    if (round == 0) continue;
    const wire::Nested acknowledgement(out, 3);
    wire::put_bytes(out, 1, bytes);
    wire::put_uint(out, 2, round);
  }
  return out;
}

// Our side alone, without gRPC; the world's is not counted.
void grpc_link_core(benchmark::State& state) {
  CountingEvents events;
  Routes routes;
  LinkCore core({}, events, routes, [](Due) {});
  core.stream_up(1);
  attach_all(core);
  std::string out;
  const auto hear = [&](const std::string& message) {
    Inbound inbound[1];
    static_cast<void>(routes.split(message, inbound));
    inbound[0].stream = 1;
    core.receive(inbound[0]);
  };
  static_cast<void>(core.collect(out, 1 << 22));
  hear(answers(0));
  std::uint64_t round = 0;
  for (auto _ : state) {
    ++round;
    const std::string message = answers(round);
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint32_t i = 0; i < kSessions; ++i) core.input(handle_of(i), round, kLine, false);
    out.clear();
    static_cast<void>(core.collect(out, 1 << 22));
    hear(message);
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  if (events.taken != round * kSessions) state.SkipWithError("a line was lost");
  state.SetItemsProcessed(static_cast<std::int64_t>(events.outputs));
}
BENCHMARK(grpc_link_core)->UseManualTime()->Unit(benchmark::kMicrosecond);

// The whole link over 127.0.0.1, the world in the same process: both sides share the machine.
void grpc_link(benchmark::State& state) {
  EchoWorld echo(0);
  CountingEvents events;
  std::unique_ptr<runtime::Loop> loop = std::move(*runtime::Loop::create());
  GrpcWorldOptions options;
  options.target = "127.0.0.1:" + std::to_string(echo.port());
  GrpcWorld world(options, 1, [&](std::uint8_t, std::move_only_function<void()> task) {
    return loop->post(std::move(task));
  });
  std::unique_ptr<session::WorldLink> link = world.make_link(0, *loop, events);
  world.start();
  attach_all(*link);
  std::uint64_t round = 0;
  for (auto _ : state) {
    ++round;
    for (std::uint32_t i = 0; i < kSessions; ++i) link->input(handle_of(i), round, kLine, false);
    loop->run_once(std::chrono::milliseconds(0));  // the turn ends, and what it brought leaves
    while (events.taken < round * kSessions) loop->run_once(std::chrono::milliseconds(100));
  }
  world.stop(std::chrono::milliseconds(0));
  link.reset();
  state.SetItemsProcessed(static_cast<std::int64_t>(events.outputs));
}
BENCHMARK(grpc_link)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace wyld::grpc_world
