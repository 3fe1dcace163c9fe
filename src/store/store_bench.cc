// What it costs until a session is durable, one at a time and many at once.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "session/session_manager.h"
#include "store/database_store.h"
#include "store/postgres/postgres_database.h"
#include "store/sqlite/sqlite_database.h"
#include "testing/bench_database.h"
#include "testing/postgres_cluster.h"

namespace wyld::store {
namespace {

using Clock = std::chrono::steady_clock;

// A manager over a database, kept from sample to sample: starting a server takes longer than measuring it.
class Rig {
 public:
  explicit Rig(DatabaseStore::Connect connect, std::size_t writers)
      : store_(std::move(connect), options(writers)) {
    const Outcome<DatabaseStore::Rows> started = store_.start();
    if (!started) trouble_ = started.error().message;
  }
  explicit Rig(std::string trouble)
      : store_([] { return nullptr; }, options(1)), trouble_(std::move(trouble)) {}

  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  session::SessionManager& manager() { return manager_; }
  SessionId next_id() { return ids_.next(std::chrono::system_clock::now()); }

  // Takes the sessions out again, durably.
  void remove(const std::vector<SessionId>& ids) {
    for (const SessionId& id : ids) benchmark::DoNotOptimize(manager_.remove(id).has_value());
    benchmark::DoNotOptimize(store_.load().has_value());
  }

 private:
  static DatabaseStoreOptions options(std::size_t writers) {
    DatabaseStoreOptions options;
    options.writers = writers;
    options.gateway = "wyldgate-bench";
    return options;
  }
  static session::SessionManagerOptions manager_options() {
    session::SessionManagerOptions options;
    options.sessions_max = 1'000'000;
    return options;
  }

  DatabaseStore store_;
  std::string trouble_;
  session::SessionManager manager_{manager_options(), store_};
  SessionIdGenerator ids_{{1, 2, 3, static_cast<std::uint64_t>(Clock::now().time_since_epoch().count())}};
};

class Folder {
 public:
  Folder() {
    std::string path = (std::filesystem::temp_directory_path() / "wyldgate-bench-XXXXXX").string();
    if (::mkdtemp(path.data()) != nullptr) path_ = path;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Rig& sqlite_rig() {
  static const Folder folder;
  static Rig rig(
      [path = folder.path() + "/bench.db"] {
        return std::make_unique<sqlite::SqliteDatabase>(sqlite::SqliteOptions{.path = path});
      },
      1);
  return rig;
}

// The server of the benchmarks: one for tests that the environment names, or a private one, over TCP or over
// its socket.
struct Server {
  std::string trouble;
  std::string tcp_url;
  std::string socket_url;
};
const Server& server() {
  static std::unique_ptr<testing::PostgresCluster> cluster;
  static std::unique_ptr<testing::BenchSchema> schema;
  static const Server server = []() -> Server {
    const auto variable = [](const char* name) {
      const char* const value = std::getenv(name);
      return std::string(value == nullptr ? "" : value);
    };
    const std::string named = variable(testing::kBenchDatabaseVariable);
    const testing::BenchDatabase chosen = testing::choose_bench_database(named, variable("DATABASE_URL"));
    std::string refusal = chosen.refusal;
    if (!chosen.url.empty()) {
      auto made = testing::BenchSchema::create(chosen.url);
      if (made) {
        schema = std::move(*made);
        return {"", schema->url(), schema->url()};
      }
      if (!named.empty()) return {"needs PostgreSQL: " + made.error().message, "", ""};
      refusal = made.error().message;
    }
    if (!refusal.empty()) std::cerr << "wyldgate-bench: " << refusal << "; a private server is used\n";
    auto made = testing::PostgresCluster::create();
    if (!made) return {"needs PostgreSQL: " + made.error().message, "", ""};
    cluster = std::move(*made);
    return {"", cluster->url(), cluster->socket_url()};
  }();
  return server;
}

template <bool kTcp>
Rig& postgres_rig() {
  static const std::unique_ptr<Rig> rig = []() -> std::unique_ptr<Rig> {
    if (!server().trouble.empty()) return std::make_unique<Rig>(server().trouble);
    const std::string url = kTcp ? server().tcp_url : server().socket_url;
    auto connect = [url] {
      postgres::PostgresOptions options;
      options.url = url;
      return std::make_unique<postgres::PostgresDatabase>(std::move(options));
    };
    return std::make_unique<Rig>(std::move(connect), 2);
  }();
  return *rig;
}

// Seconds of the sorted times at quantile `q`.
double quantile(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

void report_latency(benchmark::State& state, std::vector<double>& seconds) {
  std::ranges::sort(seconds);
  state.counters["p50"] = quantile(seconds, 0.50);
  state.counters["p99"] = quantile(seconds, 0.99);
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Creates a session and waits until it is stored. False: it was not.
bool create_and_wait(session::SessionManager& manager, const SessionId& id) {
  std::promise<bool> stored;
  std::future<bool> answer = stored.get_future();
  const auto created = manager.create(
      id, {}, session::Protocol::kTelnet, "203.0.113.7", std::chrono::system_clock::now(),
      [stored = std::move(stored)](const Status& status) mutable { stored.set_value(status.has_value()); });
  return created.has_value() && answer.get();
}

// One caller that waits for each.
void create_durable(benchmark::State& state, Rig& rig) {
  if (!rig.trouble().empty()) return state.SkipWithError(rig.trouble().c_str());
  std::vector<SessionId> ids;
  std::vector<double> latencies;
  for (auto _ : state) {
    const SessionId id = rig.next_id();
    const Clock::time_point begin = Clock::now();
    const bool created = create_and_wait(rig.manager(), id);
    latencies.push_back(seconds_since(begin));
    if (!created) return state.SkipWithError("a session was not stored");
    ids.push_back(id);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(ids.size()));
  report_latency(state, latencies);
  rig.remove(ids);
}

// As many as `at_once` together; a round is over when the last one is durable.
void concurrent_sessions(benchmark::State& state, Rig& rig, std::size_t at_once) {
  if (!rig.trouble().empty()) return state.SkipWithError(rig.trouble().c_str());
  std::vector<SessionId> ids;
  std::vector<double> latencies;
  std::vector<double> round(at_once);
  std::atomic<std::size_t> left{0};
  std::atomic<std::size_t> failures{0};
  for (auto _ : state) {
    left.store(at_once);
    for (std::size_t i = 0; i < at_once; ++i) {
      const Clock::time_point begin = Clock::now();
      ids.push_back(rig.next_id());
      const auto created =
          rig.manager().create(ids.back(), {}, session::Protocol::kTelnet, "203.0.113.7",
                               std::chrono::system_clock::now(), [&, i, begin](const Status& status) {
                                 round[i] = seconds_since(begin);
                                 if (!status) failures.fetch_add(1, std::memory_order_relaxed);
                                 if (left.fetch_sub(1, std::memory_order_acq_rel) == 1) left.notify_one();
                               });
      if (!created) return state.SkipWithError("a session was refused");
    }
    for (std::size_t now = left.load(); now != 0; now = left.load()) left.wait(now);
    if (failures.load() != 0) return state.SkipWithError("a session was not stored");
    latencies.insert(latencies.end(), round.begin(), round.end());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(ids.size()));
  report_latency(state, latencies);
  rig.remove(ids);
}

// What the caller of a stored transition pays; the store merges what waits for one session.
void transition_stored(benchmark::State& state, Rig& rig) {
  if (!rig.trouble().empty()) return state.SkipWithError(rig.trouble().c_str());
  const SessionId id = rig.next_id();
  if (!create_and_wait(rig.manager(), id)) return state.SkipWithError("a session was not stored");
  session::SessionManager& manager = rig.manager();
  const auto now = std::chrono::system_clock::now();
  bool ok = manager.transition(id, session::State::kWelcome, now).has_value() &&
            manager.transition(id, session::State::kPlaying, now).has_value();
  bool editing = false;
  for (auto _ : state) {
    editing = !editing;
    ok &= manager.transition(id, editing ? session::State::kEditing : session::State::kPlaying, now)
              .has_value();
  }
  if (!ok) state.SkipWithError("a move was refused");
  rig.remove({id});
}

void create_durable_sqlite(benchmark::State& state) { create_durable(state, sqlite_rig()); }
void create_durable_postgres(benchmark::State& state) { create_durable(state, postgres_rig<false>()); }
void create_durable_postgres_tcp(benchmark::State& state) { create_durable(state, postgres_rig<true>()); }
void transition_sqlite(benchmark::State& state) { transition_stored(state, sqlite_rig()); }
void transition_postgres(benchmark::State& state) { transition_stored(state, postgres_rig<false>()); }

BENCHMARK(create_durable_sqlite)->Name("create_session/durable/sqlite")->UseRealTime();
BENCHMARK(create_durable_postgres)->Name("create_session/durable/postgres")->UseRealTime();
BENCHMARK(create_durable_postgres_tcp)->Name("create_session/durable/postgres/tcp")->UseRealTime();
BENCHMARK(transition_sqlite)->Name("transition_session/sqlite");
BENCHMARK(transition_postgres)->Name("transition_session/postgres");

const bool kRegistered = [] {
  for (const std::size_t at_once : {10, 50, 100, 500}) {
    const std::string name = fmt::format("concurrent_sessions/{}/", at_once);
    benchmark::RegisterBenchmark((name + "sqlite").c_str(), [at_once](benchmark::State& state) {
      concurrent_sessions(state, sqlite_rig(), at_once);
    })->UseRealTime();
    benchmark::RegisterBenchmark((name + "postgres").c_str(), [at_once](benchmark::State& state) {
      concurrent_sessions(state, postgres_rig<false>(), at_once);
    })->UseRealTime();
  }
  return true;
}();

}  // namespace
}  // namespace wyld::store
