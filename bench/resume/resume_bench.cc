// Coming back over real sockets: many at once, and one with much to be told. docs/design/resume.md.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "bench/resume/crowd.h"
#include "bench/resume/stage.h"
#include "runtime/socket.h"

namespace wyld::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

double quantile(std::vector<double>& seconds, double q) {
  std::ranges::sort(seconds);
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(seconds.size())));
  return seconds[std::clamp<std::size_t>(rank, 1, seconds.size()) - 1];
}

// A gateway and its players, who have tokens. Kept from sample to sample.
class Rig {
 public:
  Rig(std::size_t count, std::size_t scrollback_bytes)
      : stage_(scrollback_bytes), crowd_(stage_.address(), count) {
    // Both ends of each connection are ours, and old ones close while new ones open.
    if (runtime::raise_descriptor_limit() < 3 * count + 1000) {
      trouble_ = "needs more descriptors (ulimit -n)";
      return;
    }
    if (!stage_.trouble().empty()) return;
    crowd_.connect(/*ask_at_once=*/true);
    crowd_.await_tokens();
  }

  [[nodiscard]] const std::string& trouble() const {
    if (!trouble_.empty()) return trouble_;
    return stage_.trouble().empty() ? crowd_.trouble() : stage_.trouble();
  }
  Stage& stage() { return stage_; }
  Crowd& crowd() { return crowd_; }

  void say(std::size_t lines) {
    std::vector<std::string> texts;
    texts.reserve(lines);
    for (std::size_t i = 0; i < lines; ++i) texts.push_back(numbered_line(said_++));
    stage_.say(texts);
  }
  // All connections break. Returns when every session is held.
  void drop() {
    stage_.forget_losses();
    crowd_.drop();
    stage_.await_losses(crowd_.count());
  }
  // Everybody has everything, and what it takes to come back once more. Not timed.
  void settle() {
    crowd_.await_tokens();
    stage_.await_store();
    if (trouble().empty() && !crowd_.heard_up_to(said_)) trouble_ = "a line is missing";
  }

 private:
  std::string trouble_;
  Stage stage_;
  Crowd crowd_;
  std::uint64_t said_ = 0;
};

// From the first connection that breaks until the last player has read `replayed`. Each is told eleven lines:
// one that is on its way when the connection breaks, ten while it is away.
void resume_sessions(benchmark::State& state) {
  constexpr std::size_t kLinesAway = 10;
  const auto count = static_cast<std::size_t>(state.range(0));
  static std::map<std::size_t, Rig> kept;
  Rig& rig = kept.try_emplace(count, count, session::ShardSessionsOptions{}.scrollback_bytes).first->second;
  if (!rig.trouble().empty()) return state.SkipWithError(rig.trouble().c_str());
  double held = 0;
  std::vector<double> back;
  for (auto _ : state) {
    rig.say(1);
    const Clock::time_point begin = Clock::now();
    rig.drop();
    held = seconds_between(begin, Clock::now());
    rig.say(kLinesAway);
    rig.crowd().connect(/*ask_at_once=*/true);
    rig.crowd().await_back();
    state.SetIterationTime(seconds_between(begin, Clock::now()));
    rig.settle();
    if (!rig.trouble().empty()) return state.SkipWithError(rig.trouble().c_str());
    back = rig.crowd().seconds_back();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["held_seconds"] = held;
  state.counters["p50"] = quantile(back, 0.50);
  state.counters["p99"] = quantile(back, 0.99);
}
BENCHMARK(resume_sessions)->Arg(100)->Arg(5000)->Iterations(1)->UseManualTime();

// One player, from the `hello` that shows the token until `replayed` was read, with 64 KiB in between.
void resume_replay(benchmark::State& state) {
  constexpr std::size_t kBytes = std::size_t{64} * 1024;
  constexpr std::size_t kLines = (kBytes + kNumberedLineBytes - 1) / kNumberedLineBytes;
  static Rig rig(1, kBytes + kBytes / 4);  // what a text costs to keep counts too
  if (!rig.trouble().empty()) return state.SkipWithError(rig.trouble().c_str());
  for (auto _ : state) {
    rig.drop();
    rig.say(kLines);
    rig.crowd().connect(/*ask_at_once=*/false);
    rig.crowd().await_open();
    const Clock::time_point begin = Clock::now();
    rig.crowd().ask();
    rig.crowd().await_back();
    state.SetIterationTime(seconds_between(begin, Clock::now()));
    rig.settle();
    if (!rig.trouble().empty()) return state.SkipWithError(rig.trouble().c_str());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kLines * kNumberedLineBytes));
}
BENCHMARK(resume_replay)->Name("resume_replay/64k")->UseManualTime();

}  // namespace
}  // namespace wyld::bench
