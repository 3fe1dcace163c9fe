// What one session costs by itself: made, moved, touched, asked whether it has expired.

#include <benchmark/benchmark.h>

#include "session/session_manager.h"
#include "store/memory/memory_store.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::system_clock::time_point kNow{1'700'000'000s};

void new_session(benchmark::State& state) {
  SessionIdGenerator ids({1, 2, 3, 4});
  for (auto _ : state) {
    SessionSnapshot session{.id = ids.next(kNow),
                            .protocol = Protocol::kTelnet,
                            .state = State::kConnecting,
                            .address = "203.0.113.7",
                            .created = kNow,
                            .last_activity = kNow,
                            .handle = {}};
    benchmark::DoNotOptimize(session);
  }
}
BENCHMARK(new_session)->Name("session_new");

void session_transition(benchmark::State& state) {
  State session = State::kPlaying;
  bool edits = false;
  for (auto _ : state) {
    benchmark::DoNotOptimize(session);
    edits = !edits;
    if (!move(session, edits ? State::kEditing : State::kPlaying))
      return state.SkipWithError("a move was refused");
  }
}
BENCHMARK(session_transition);

// By its owner, who needs no lookup. A millisecond passes between touches, so that each one is written.
void session_touch(benchmark::State& state) {
  store::MemoryStore store;
  SessionManager manager({}, store);
  SessionRecord* const record =
      *manager.create(SessionIdGenerator({1, 2, 3, 4}).next(kNow), {}, Protocol::kTelnet, "", kNow);
  auto now = kNow;
  for (auto _ : state) manager.touch(*record, now += 1ms);
  if (record->snapshot().last_activity != now) state.SkipWithError("a touch was lost");
}
BENCHMARK(session_touch);

void session_is_expired(benchmark::State& state) {
  SessionSnapshot session;
  session.state = State::kDisconnected;
  session.expires = kNow;
  auto now = kNow - 500ns;
  std::size_t expired = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(session);
    expired += session.is_expired(now += 1ns) ? 1 : 0;
  }
  benchmark::DoNotOptimize(expired);
}
BENCHMARK(session_is_expired);

}  // namespace
}  // namespace wyld::session
