// What a session costs while nobody is connected to it: the gateway's own memory, without sockets and without
// what the store keeps.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "runtime/random.h"
#include "runtime/timing_wheel.h"
#include "session/resume_registry.h"
#include "session/session_manager.h"
#include "session/shard_sessions.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;

// Blocks in use and blocks of their own, as the allocator counts them, its book-keeping included.
std::size_t heap_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Takes every row, and keeps none.
class NoStore final : public SessionStore {
 public:
  [[nodiscard]] Status create(SessionRow /*row*/, Done done) override {
    tell(std::move(done));
    return {};
  }
  void update(SessionRow /*row*/, Done done) override { tell(std::move(done)); }
  void remove(std::span<const SessionId> /*ids*/, Done done) override { tell(std::move(done)); }
  [[nodiscard]] Result<std::vector<SessionRow>> load() override { return std::vector<SessionRow>{}; }
  [[nodiscard]] StoreHealth health() const override { return {}; }

 private:
  static void tell(Done done) {
    if (done) done({});
  }
};

// Lets everybody in, and is silent.
class SilentWorld final : public WorldLink {
 public:
  explicit SilentWorld(WorldEvents& events) : events_(events) {}
  void attach(SessionHandle session, const PlayerInfo& /*player*/) override { events_.on_entered(session); }
  void detach(SessionHandle /*session*/, DetachReason /*reason*/) override {}
  void input(SessionHandle /*session*/, std::uint64_t /*sequence*/, std::string_view /*line*/,
             bool /*secret*/) override {}
  void characters(SessionHandle /*session*/, std::string_view /*text*/) override {}
  void side_channel(SessionHandle /*session*/, std::string_view /*package*/,
                    std::string_view /*body*/) override {}
  void capabilities_changed(SessionHandle /*session*/, const Capabilities& /*capabilities*/) override {}
  void interrupt(SessionHandle /*session*/) override {}
  void pause(SessionHandle /*session*/) override {}
  void resume(SessionHandle /*session*/) override {}

 private:
  WorldEvents& events_;
};

// The page, as far as its session sees it. One serves all: they are gone when their sessions are counted.
class Page final : public PlayerTransport {
 public:
  Page() {
    capabilities_.client_name = "WYLDGATE-WEB";
    capabilities_.client_version = "0.1.0";
  }
  void send_text(std::string_view /*utf8*/) override {}
  void send_encoded(const Payload& /*payload*/) override {}
  void send_prompt() override {}
  bool send_side_channel(std::string_view /*package*/, std::string_view /*body*/) override { return true; }
  void send_notice(std::string_view /*text*/) override {}
  void set_client_echo(bool /*client_echoes*/) override {}
  void set_character_mode(bool /*on*/) override {}
  void set_reading(Reading /*reading*/) override {}
  void tell_when_drained() override {}
  void entered() override {}
  void end(EndReason /*reason*/, std::string_view /*text*/) override {}
  void rebind(SessionHandle /*session*/) override {}
  bool move_to(std::uint8_t /*shard*/, Arrived /*then*/) override { return false; }
  void begin_output(std::uint64_t /*offset*/) override {}
  void note_output(std::uint64_t offset) override { output_end_ = offset; }
  [[nodiscard]] std::uint64_t delivered_output() override { return output_end_; }
  [[nodiscard]] std::size_t unconfirmed_bytes() const override { return 0; }
  void resumed(const ResumeAnswer& /*answer*/) override {}
  [[nodiscard]] bool keeps_tokens() const override { return true; }
  [[nodiscard]] WireForm wire_form() const override { return {.protocol = Protocol::kWebSocketJson}; }
  [[nodiscard]] std::size_t queued_bytes() const override { return 0; }
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
  [[nodiscard]] std::string side_channel_hello() const override { return {}; }
  [[nodiscard]] std::string side_channel_supports() const override { return {}; }

 private:
  Capabilities capabilities_;
  std::uint64_t output_end_ = 0;
};

// One shard of a gateway; what it posts to itself is run by hand.
struct Rig {
  explicit Rig(std::size_t count)
      : manager({.sessions_max = count}, store),
        sessions(0, manager, {}, clock, timers, SessionIdGenerator({1, 2, 3, 4})) {
    set_log_level(LogLevel::kError);
    clock.wall = std::chrono::system_clock::time_point(1'700'000'000s);
    sessions.set_world(world);
    sessions.set_resume(registry, runtime::fill_random);
    sessions.set_mail([this](std::uint8_t, ShardTask task) {
      posted.push_back(std::move(task));
      return true;
    });
  }

  // A player comes, and has a token when this returns.
  SessionHandle enter() {
    const SessionHandle handle = *sessions.open(page, Protocol::kWebSocketJson, "203.0.113.7");
    sessions.settled(handle);
    while (!posted.empty()) {
      for (ShardTask& task : std::exchange(posted, {})) task();
    }
    return handle;
  }

  TurnClock clock;
  runtime::TimingWheel timers{runtime::TimePoint(1h)};
  NoStore store;
  ResumeRegistry registry{runtime::fill_random};
  SessionManager manager;
  Page page;
  std::vector<ShardTask> posted;
  ShardSessions sessions;
  SilentWorld world{sessions};
};

// Timed is the loss of all connections. `bytes_per_session`: heap, when all are held and nothing was said;
// `bytes_with_a_line`: when each has been told one line since.
void held_session_memory(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  double silent = 0;
  double told = 0;
  for (auto _ : state) {
    std::vector<SessionHandle> handles;
    handles.reserve(count);
    const std::size_t before = heap_bytes();
    Rig rig(count);
    for (std::size_t i = 0; i < count; ++i) handles.push_back(rig.enter());
    const auto begin = std::chrono::steady_clock::now();
    for (const SessionHandle handle : handles) rig.sessions.ended(handle);
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    if (rig.sessions.held_count() != count) return state.SkipWithError("not everybody is held");
    silent = static_cast<double>(heap_bytes() - before) / static_cast<double>(count);
    rig.sessions.broadcast("The bell in the tower strikes noon, and every door in the town stands open.\n");
    told = static_cast<double>(heap_bytes() - before) / static_cast<double>(count);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes_per_session"] = silent;
  state.counters["bytes_with_a_line"] = told;
}
BENCHMARK(held_session_memory)->Arg(100'000)->Iterations(1)->UseManualTime();

}  // namespace
}  // namespace wyld::session
