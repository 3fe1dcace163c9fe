// Words for many players, from the pool's call to the connections' output queues. The sockets behind them
// are transport/broadcast_bench.cc's.

#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "base/log.h"
#include "runtime/output_queue.h"
#include "runtime/random.h"
#include "session/connection_pool.h"
#include "session/resume_registry.h"
#include "store/memory/memory_store.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPlayers = 1000;
constexpr std::string_view kText =
    "The bell in the tower strikes noon, and every door in the town stands open.\n";

// A connection that queues as real ones do, and writes to nowhere when asked.
class QueuePlayer final : public PlayerTransport {
 public:
  explicit QueuePlayer(runtime::OutputPool& pool) : queue_(pool) {}

  void send_text(std::string_view utf8) override {
    queue_.append([&](std::string& out) { encode_text(wire_form(), utf8, out); });
  }
  void send_encoded(const Payload& payload) override { queue_.append_shared(payload); }
  void send_prompt() override {}
  bool send_side_channel(std::string_view /*package*/, std::string_view /*body*/) override { return false; }
  void send_notice(std::string_view /*text*/) override {}
  void set_client_echo(bool /*client_echoes*/) override {}
  void set_character_mode(bool /*on*/) override {}
  void set_reading(Reading /*reading*/) override {}
  void tell_when_drained() override {}
  void entered() override {}
  void end(EndReason /*reason*/, std::string_view /*text*/) override {}
  [[nodiscard]] WireForm wire_form() const override { return {}; }
  void rebind(SessionHandle session) override { session_ = session; }
  bool move_to(std::uint8_t, Arrived) override { return false; }
  [[nodiscard]] bool keeps_tokens() const override { return true; }
  void begin_output(std::uint64_t offset) override { output_end_ = offset; }
  void note_output(std::uint64_t offset) override { output_end_ = offset; }
  [[nodiscard]] std::uint64_t delivered_output() override { return output_end_; }
  [[nodiscard]] std::size_t unconfirmed_bytes() const override { return queue_.bytes(); }
  void resumed(const ResumeAnswer&) override {}
  [[nodiscard]] std::size_t queued_bytes() const override { return queue_.bytes(); }
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
  [[nodiscard]] std::string side_channel_hello() const override { return {}; }
  [[nodiscard]] std::string side_channel_supports() const override { return {}; }

  [[nodiscard]] SessionHandle session() const noexcept { return session_; }
  // What a socket that takes everything does at the end of a turn. Returns the bytes.
  std::size_t drain() {
    std::array<iovec, 16> parts{};
    std::size_t bytes = 0;
    const std::size_t count = queue_.gather(parts);
    for (std::size_t i = 0; i < count; ++i) bytes += parts[i].iov_len;
    queue_.consume(bytes);
    return bytes;
  }

 private:
  runtime::OutputQueue queue_;
  std::uint64_t output_end_ = 0;
  SessionHandle session_;
  Capabilities capabilities_;
};

class SilentWorld final : public WorldLink {
 public:
  void attach(SessionHandle /*session*/, const PlayerInfo& /*player*/) override {}
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
};

// Whether sessions can be resumed, and so keep what they say.
enum class Recording : std::uint8_t { kNo, kYes };

// One shard with so many players, which comes to its messages at once.
struct Rig {
  explicit Rig(std::size_t count, Recording recording) {
    set_log_level(LogLevel::kWarning);
    clock.wall = std::chrono::system_clock::time_point(1'700'000'000s);
    sessions.set_world(world);
    if (recording == Recording::kYes) sessions.set_resume(registry, runtime::fill_random);
    for (std::size_t i = 0; i < count; ++i) {
      const SessionHandle handle =
          *sessions.open(players.emplace_back(output), Protocol::kTelnet, "203.0.113.7");
      players.back().rebind(handle);
      sessions.settled(handle);
      ids.push_back(*sessions.id_of(handle));
    }
  }

  // Kept to the end of the process, and not taken down with it.
  static Rig& of(std::size_t count, Recording recording = Recording::kYes) {
    static auto& kept = *new std::map<std::pair<std::size_t, Recording>, Rig>;
    return kept.try_emplace({count, recording}, count, recording).first->second;
  }
  std::size_t drain() {
    std::size_t bytes = 0;
    for (QueuePlayer& player : players) bytes += player.drain();
    return bytes;
  }
  // As after an hour of play: what comes lets go of what came first.
  void fill_rings() {
    const std::size_t full = players.size() * ShardSessionsOptions{}.scrollback_bytes * 9 / 10;
    while (sessions.scrollback_bytes() < full) say_to_each();
  }
  // What its world says to each of them alone.
  void say_to_each() {
    for (QueuePlayer& player : players) {
      sessions.on_output(player.session(), kText);
      player.drain();
    }
  }

  TurnClock clock;
  runtime::TimingWheel timers{runtime::TimePoint(1h)};
  runtime::OutputPool output;
  store::MemoryStore store;
  ResumeRegistry registry{runtime::fill_random};
  SessionManager manager{{}, store};
  SilentWorld world;
  std::deque<QueuePlayer> players;
  ShardSessions sessions{0, manager, {}, clock, timers, SessionIdGenerator({1, 2, 3, 4})};
  ConnectionPool pool{manager, {&sessions}, [](std::uint8_t /*shard*/, ShardTask task) {
                        task();
                        return true;
                      }};
  std::vector<SessionId> ids;
};

void connection_count(benchmark::State& state) {
  const ConnectionPool& pool = Rig::of(kPlayers).pool;
  for (auto _ : state) {
    const std::size_t count = pool.connection_count();
    benchmark::DoNotOptimize(count);
    if (count != kPlayers) return state.SkipWithError("the count is wrong");
  }
}
BENCHMARK(connection_count);

void active_sessions(benchmark::State& state) {
  const ConnectionPool& pool = Rig::of(kPlayers).pool;
  for (auto _ : state) {
    const auto active = pool.active_sessions();
    if (active.size() != kPlayers) return state.SkipWithError("somebody is missing");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPlayers));
}
BENCHMARK(active_sessions);

// To one of a thousand: found by id, encoded, queued.
void send(benchmark::State& state) {
  Rig& rig = Rig::of(kPlayers);
  std::size_t at = 0;
  for (auto _ : state) {
    if (!rig.pool.send(rig.ids[at], std::string(kText))) return state.SkipWithError("it was refused");
    if (++at < kPlayers) continue;
    at = 0;
    state.PauseTiming();
    if (rig.drain() != kPlayers * (kText.size() + 1)) return state.SkipWithError("not everything was queued");
    state.ResumeTiming();
  }
  rig.drain();
}
BENCHMARK(send);

// Until the text is in every queue and, where they record, in every ring; then, not timed, the queues are
// written, and what was in them counted. By the wall clock: asking for processor time costs as much here as a
// broadcast to ten.
void broadcast(benchmark::State& state, Recording recording) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Rig& rig = Rig::of(count, recording);
  if (recording == Recording::kYes) rig.fill_rings();
  for (auto _ : state) {
    Delivery delivery;
    const auto begin = std::chrono::steady_clock::now();
    rig.pool.broadcast(std::string(kText), [&delivery](const Delivery& what) { delivery = what; });
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    if (delivery != Delivery{.queued = count}) return state.SkipWithError("somebody was refused");
    if (rig.drain() != count * (kText.size() + 1)) return state.SkipWithError("not everything was queued");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
void broadcast_recording(benchmark::State& state) { broadcast(state, Recording::kYes); }
BENCHMARK(broadcast_recording)->Name("broadcast/queues")->Arg(10)->Arg(100)->Arg(1000)->UseManualTime();
void broadcast_alone(benchmark::State& state) { broadcast(state, Recording::kNo); }
BENCHMARK(broadcast_alone)->Name("broadcast/unrecorded")->Arg(1000)->UseManualTime();

// A broadcast, and then a line to each one alone, which takes the broadcast into its ring.
void broadcast_and_lines(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Rig& rig = Rig::of(count);
  rig.fill_rings();
  rig.say_to_each();  // takes in what other benchmarks have left
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    rig.pool.broadcast(std::string(kText));
    rig.say_to_each();
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(broadcast_and_lines)->Name("broadcast/and_lines")->Arg(1000)->UseManualTime();

}  // namespace
}  // namespace wyld::session
