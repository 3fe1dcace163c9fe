// The session manager over the memory store: one caller, several callers, cleanup.

#include <benchmark/benchmark.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "session/session_manager.h"
#include "store/memory/memory_store.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using Time = SessionManager::Time;

constexpr Time kNow{1'700'000'000s};
constexpr std::size_t kMillion = 1'000'000;

// Of this thread: what else runs on the machine does not count.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Rig {
  store::MemoryStore store;
  SessionManager manager{{.sessions_max = 4 * kMillion}, store};
  SessionIdGenerator ids{{1, 2, 3, 4}};

  SessionId create(Time now) {
    const SessionId id = ids.next(now);
    if (!manager.create(id, {}, Protocol::kTelnet, "203.0.113.7", now)) return {};
    return id;
  }
  SessionId play(Time now) {
    const SessionId id = create(now);
    (void)manager.transition(id, State::kWelcome, now);
    (void)manager.transition(id, State::kPlaying, now);
    return id;
  }
};

// Playing sessions, and their ids in an order that says nothing about where they are. Kept to the end of the
// process, and not taken down with it: a million takes longer to make than to measure.
struct Population : Rig {
  explicit Population(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) order.push_back(play(kNow));
    std::ranges::shuffle(order, std::mt19937_64(7));
  }
  static Population& of(std::size_t count) {
    static auto& kept = *new std::map<std::size_t, Population>;
    return kept.try_emplace(count, count).first->second;
  }
  std::vector<SessionId> order;
};

// --- create ---

// Into a table that goes up to 10,000 and is emptied again, over and over: a gateway's that has been running
// for a while. What growing costs is create_growing's.
void create_in_memory(benchmark::State& state) {
  static Rig& rig = *new Rig;
  static std::vector<SessionId> made;
  made.reserve(10'000);
  const auto empty = [] {
    for (const SessionId& id : made) (void)rig.manager.remove(id);
    made.clear();
  };
  for (auto _ : state) {
    made.push_back(rig.create(kNow));
    if (made.size() < made.capacity()) continue;
    state.PauseTiming();
    empty();
    state.ResumeTiming();
  }
  if (rig.manager.count() != made.size()) state.SkipWithError("a session was not created");
  empty();
}
BENCHMARK(create_in_memory)->Name("create_session/memory");

// From empty to `count`, each create timed by itself. `worst` is the longest, in processor time.
void create_growing(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  double worst = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    Rig rig;
    const double begin = processor_seconds();
    double before = begin;
    for (std::size_t i = 0; i < count; ++i) {
      rig.create(kNow);
      const double now = processor_seconds();
      worst = std::max(worst, now - before);
      before = now;
    }
    state.SetIterationTime(before - begin);
    if (rig.manager.count() != count) return state.SkipWithError("a session was not created");
    bytes = rig.manager.memory_bytes();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["worst"] = worst;
  state.counters["bytes_per_session"] = static_cast<double>(bytes) / static_cast<double>(count);
}
BENCHMARK(create_growing)->Name("create_session/growing")->Arg(kMillion)->Iterations(1)->UseManualTime();

// --- get, touch, transition ---

void get_hot(benchmark::State& state) {
  Population& population = Population::of(1000);
  const SessionId id = population.order.front();
  for (auto _ : state) {
    const auto found = population.manager.get(id);
    benchmark::DoNotOptimize(found);
    if (!found) return state.SkipWithError("it was not found");
  }
}
BENCHMARK(get_hot)->Name("get_session/hot");

void get_random(benchmark::State& state) {
  Population& population = Population::of(static_cast<std::size_t>(state.range(0)));
  std::size_t at = 0;
  for (auto _ : state) {
    const auto found = population.manager.get(population.order[at]);
    benchmark::DoNotOptimize(found);
    if (!found) return state.SkipWithError("it was not found");
    if (++at == population.order.size()) at = 0;
  }
}
BENCHMARK(get_random)->Name("get_session/random")->Arg(1000)->Arg(100'000)->Arg(kMillion);

// A microsecond passes between touches, a million a second: the clock of a busy gateway.
Time& touch_clock() {
  static Time now = kNow;
  return now;
}

void touch_hot(benchmark::State& state) {
  Population& population = Population::of(1000);
  const SessionId id = population.order.front();
  Time& now = touch_clock();
  for (auto _ : state) {
    if (!population.manager.touch(id, now += 1us)) return state.SkipWithError("it was not found");
  }
}
BENCHMARK(touch_hot)->Name("touch_session/hot");

void touch_random(benchmark::State& state) {
  Population& population = Population::of(static_cast<std::size_t>(state.range(0)));
  Time& now = touch_clock();
  std::size_t at = 0;
  for (auto _ : state) {
    if (!population.manager.touch(population.order[at], now += 1us))
      return state.SkipWithError("it was not found");
    if (++at == population.order.size()) at = 0;
  }
}
BENCHMARK(touch_random)->Name("touch_session/random")->Arg(1000)->Arg(100'000)->Arg(kMillion);

State other_of(State state) { return state == State::kPlaying ? State::kEditing : State::kPlaying; }

void transition_in_memory(benchmark::State& state) {
  Population& population = Population::of(1000);
  std::size_t at = 0;
  State to = other_of(population.manager.get(population.order[0])->state);
  for (auto _ : state) {
    if (!population.manager.transition(population.order[at], to, kNow))
      return state.SkipWithError("a move was refused");
    if (++at < population.order.size()) continue;
    at = 0;
    to = other_of(to);
  }
  for (; at != 0 && at < population.order.size(); ++at) {
    (void)population.manager.transition(population.order[at], to, kNow);
  }
}
BENCHMARK(transition_in_memory)->Name("transition_session/memory");

// --- several threads over a thousand sessions ---

// Keeps a thread on a processor of its own while there are enough of them. Left to the kernel, two threads
// were often run in turn on one, and looked as if they waited for each other.
class OnOneProcessor {
 public:
  explicit OnOneProcessor(std::size_t number) {
    sched_getaffinity(0, sizeof(before_), &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    number %= static_cast<std::size_t>(CPU_COUNT(&before_));
    for (std::size_t i = 0; i < CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &before_) && number-- == 0) CPU_SET(i, &one);
    }
    sched_setaffinity(0, sizeof(one), &one);
  }
  ~OnOneProcessor() { sched_setaffinity(0, sizeof(before_), &before_); }
  OnOneProcessor(const OnOneProcessor&) = delete;
  OnOneProcessor& operator=(const OnOneProcessor&) = delete;

 private:
  cpu_set_t before_;
};

// Each thread has its own clock, as each shard has: one turn of 64 calls takes 64 microseconds.
struct Caller {
  explicit Caller(const benchmark::State& state)
      : processor(static_cast<std::size_t>(state.thread_index())),
        population(Population::of(1000)),
        random(static_cast<std::uint64_t>(state.thread_index()) + 1) {}

  std::size_t next() noexcept {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    if ((++calls & 63) == 0) now += 64us;
    return static_cast<std::size_t>(random >> 32) * population.order.size() >> 32;
  }

  OnOneProcessor processor;
  Population& population;
  std::uint64_t random;
  std::uint64_t calls = 0;
  Time now = kNow + 1h;
};

void prepare_population(const benchmark::State& /*state*/) { Population::of(1000); }

void contended_get(benchmark::State& state) {
  Caller caller(state);
  for (auto _ : state) {
    const auto found = caller.population.manager.get(caller.population.order[caller.next()]);
    benchmark::DoNotOptimize(found);
    if (!found) state.SkipWithError("it was not found");
  }
}

void contended_touch(benchmark::State& state) {
  Caller caller(state);
  for (auto _ : state) {
    const SessionId& id = caller.population.order[caller.next()];
    if (!caller.population.manager.touch(id, caller.now)) state.SkipWithError("it was not found");
  }
}

// Of twenty calls sixteen get, three touch, one moves a session that is this thread's.
void contended_mix(benchmark::State& state) {
  Caller caller(state);
  SessionManager& manager = caller.population.manager;
  const auto threads = static_cast<std::size_t>(state.threads());
  const auto number = static_cast<std::size_t>(state.thread_index());
  for (auto _ : state) {
    const std::size_t at = caller.next();
    const auto kind = caller.calls % 20;
    const SessionId& id = caller.population.order[at];
    if (kind > 3) {
      benchmark::DoNotOptimize(manager.get(id));
    } else if (kind > 0) {
      (void)manager.touch(id, caller.now);
    } else {
      const SessionId& own = caller.population.order[at / threads * threads % 1000 + number];
      if (!manager.transition(own, other_of(manager.get(own)->state), caller.now)) {
        state.SkipWithError("a move was refused");
      }
    }
  }
}

void contend(benchmark::internal::Benchmark* benchmark) {
  benchmark->Setup(prepare_population)->Threads(1)->Threads(2)->Threads(4)->UseRealTime();
}
BENCHMARK(contended_get)->Name("contention/get")->Apply(contend);
BENCHMARK(contended_touch)->Name("contention/touch")->Apply(contend);
BENCHMARK(contended_mix)->Name("contention/mixed")->Apply(contend);

// --- cleanup ---

// Held sessions in groups of `expiring`, a group expiring each ten seconds. A group that has gone is replaced
// at the other end, so what expires has not been touched for as long as it takes all others to.
struct Held : Rig {
  Held(std::size_t count, std::size_t size_of_group) : expiring(size_of_group) {
    const std::size_t groups = expiring == 0 ? 1 : count / expiring;
    const std::size_t each = expiring == 0 ? count : expiring;
    for (std::size_t group = 0; group < groups; ++group) add_group(each);
    if (expiring == 0) next = kNow + 1s;
  }
  void add_group(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      (void)manager.transition(create(kNow), State::kDisconnected, kNow, hold);
    }
    hold += kGap;
  }
  static Held& of(std::size_t count, std::size_t expiring) {
    static auto& kept = *new std::map<std::pair<std::size_t, std::size_t>, Held>;
    return kept.try_emplace({count, expiring}, count, expiring).first->second;
  }

  static constexpr std::chrono::milliseconds kGap{10'000};
  const std::size_t expiring;
  std::chrono::milliseconds hold = kGap;  // of the next group
  Time next = kNow + kGap;                // when the first group expires
};

void cleanup(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Held& held = Held::of(count, static_cast<std::size_t>(state.range(1)));
  for (auto _ : state) {
    const double begin = processor_seconds();
    const std::vector<SessionId> expired = held.manager.cleanup_expired(held.next);
    state.SetIterationTime(processor_seconds() - begin);
    if (expired.size() != held.expiring) return state.SkipWithError("not those that had expired went");
    if (held.expiring == 0) continue;
    held.add_group(held.expiring);
    held.next += Held::kGap;
  }
  if (held.manager.count() != count) state.SkipWithError("not everybody else is still there");
}
BENCHMARK(cleanup)
    ->Name("cleanup_expired")
    ->Args({100, 50})
    ->Args({100'000, 1000})
    ->Args({100'000, 50'000})
    ->UseManualTime();

// Nothing is due: the usual case, each second.
void cleanup_nothing(benchmark::State& state) {
  Held& held = Held::of(static_cast<std::size_t>(state.range(0)), 0);
  for (auto _ : state) {
    if (!held.manager.cleanup_expired(held.next).empty()) return state.SkipWithError("a session went early");
  }
}
BENCHMARK(cleanup_nothing)->Name("cleanup_expired")->Args({100'000, 0});

}  // namespace
}  // namespace wyld::session
