#include "bench/harness/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bench/harness/units.h"

namespace wyld::bench {
namespace {

using enum Metric;
using enum TargetSource;

constexpr double kNs = 1e-9;
constexpr double kUs = 1e-6;
constexpr double kMs = 1e-3;

constexpr Target kTargets[] = {
    // What the original gave.
    {"session creation, memory and SQLite", "create_session/durable/sqlite", kTime, 1 * kMs, kGiven, true},
    {"session creation, memory and PostgreSQL", "create_session/durable/postgres", kTime, 1 * kMs, kGiven,
     true},
    {"session retrieval", "get_session/random/100000", kTime, 0.1 * kMs, kGiven, true},
    {"state transition, validated and updated", "transition_session/memory", kTime, 0.5 * kMs, kGiven, true},
    {"broadcast to 100 connections", "broadcast/sockets/100", kTime, 10 * kMs, kGiven, true},
    {"concurrent session creation", "concurrent_sessions/500/postgres", kThroughput, 1000, kGiven},
    // What we set out to reach.
    {"new session", "session_new", kTime, 100 * kNs, kOurs},
    {"one transition, validated", "session_transition", kTime, 10 * kNs, kOurs},
    {"create in memory", "create_session/memory", kTime, 300 * kNs, kOurs},
    {"create durable, PostgreSQL, p50", "create_session/durable/postgres", kCounter, 400 * kUs, kOurs, false,
     "p50"},
    {"create durable, PostgreSQL, p99", "create_session/durable/postgres", kCounter, 1 * kMs, kOurs, true,
     "p99"},
    {"create 500 at once, PostgreSQL", "concurrent_sessions/500/postgres", kThroughput, 60'000, kOurs},
    {"create 500 at once, PostgreSQL, p99", "concurrent_sessions/500/postgres", kCounter, 15 * kMs, kOurs,
     false, "p99"},
    {"create 500 at once, SQLite FULL", "concurrent_sessions/500/sqlite", kThroughput, 25'000, kOurs},
    {"get, one hot", "get_session/hot", kTime, 40 * kNs, kOurs},
    {"get, random of 100k", "get_session/random/100000", kTime, 150 * kNs, kOurs},
    {"touch, one hot", "touch_session/hot", kTime, 40 * kNs, kOurs},
    {"touch, random of 100k", "touch_session/random/100000", kTime, 150 * kNs, kOurs},
    {"touch, 2 threads, 1k sessions", "contention/touch/threads:2", kThroughput, 25e6, kOurs},
    {"touch, 2 threads against 1", "contention/touch/threads:2", kFasterThan, 1, kOurs, true,
     "contention/touch/threads:1"},
    {"broadcast to 1000 live queues", "broadcast/queues/1000", kTime, 10 * kUs, kOurs},
    {"broadcast to 100, last byte received", "broadcast/sockets/100", kTime, 1 * kMs, kOurs, true},
    {"cleanup of 100k, 1k expired", "cleanup_expired/100000/1000", kTime, 0.2 * kMs, kOurs},
    {"worst single create while growing to 1M", "create_session/growing/1000000", kCounter, 2 * kMs, kOurs,
     false, "worst"},
    {"memory per session in the table at 1M", "create_session/growing/1000000", kCounter, 256, kOurs, false,
     "bytes_per_session"},
    {"5,000 dropped at once, all back", "resume_sessions/5000", kTime, 5, kOurs},
    {"back with 64 KiB to be told", "resume_replay/64k", kTime, 5 * kMs, kOurs, true},
    {"memory per silent held session", "held_session_memory/100000", kCounter, 1024, kOurs, false,
     "bytes_per_session"},
};

const Measurement* find_by_key(const Results& run, std::string_view key, std::size_t& index) {
  for (index = 0; index < run.measurements.size(); ++index) {
    if (target_key(run.measurements[index].name) == key) return &run.measurements[index];
  }
  return nullptr;
}

std::optional<double> throughput(const Results& run, std::string_view key, std::span<const double> seconds) {
  std::size_t index = 0;
  const Measurement* found = find_by_key(run, key, index);
  if (found == nullptr || !found->measured() || seconds[index] <= 0) return std::nullopt;
  return (found->items_per_iteration > 0 ? found->items_per_iteration : 1) / seconds[index];
}

std::optional<double> measured_value(const Target& target, const Results& run,
                                     std::span<const double> seconds) {
  std::size_t index = 0;
  const Measurement* found = find_by_key(run, target.benchmark, index);
  if (found == nullptr || !found->measured()) return std::nullopt;
  switch (target.metric) {
    case kTime:
      return seconds[index];
    case kThroughput:
      return throughput(run, target.benchmark, seconds);
    case kCounter: {
      const auto counter = found->counters.find(std::string(target.other));
      if (counter == found->counters.end()) return std::nullopt;
      return counter->second;
    }
    case kFasterThan: {
      const std::optional<double> now = throughput(run, target.benchmark, seconds);
      const std::optional<double> other = throughput(run, target.other, seconds);
      if (!now || !other || *other <= 0) return std::nullopt;
      return *now / *other;
    }
  }
  return std::nullopt;
}

bool at_least(Metric metric) { return metric == kThroughput || metric == kFasterThan; }

bool is_met(const Target& target, double value) {
  if (at_least(target.metric)) return target.strict ? value > target.value : value >= target.value;
  return target.strict ? value < target.value : value <= target.value;
}

// "100.0 ns" is what we measured; what we promised is 100 ns.
std::string without_trailing_zeros(std::string text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  if (text.find('.') >= end) return text;
  std::size_t keep = end;
  while (text[keep - 1] == '0') --keep;
  if (text[keep - 1] == '.') --keep;
  return text.erase(keep, end - keep);
}

struct Prefix {
  std::string_view begin;
  std::size_t category;
};
constexpr std::array<std::string_view, 10> kCategories = {"session operations",
                                                          "session manager operations",
                                                          "connection pool operations",
                                                          "concurrent operations",
                                                          "cleanup operations",
                                                          "coming back",
                                                          "telnet",
                                                          "WebSocket",
                                                          "relay",
                                                          "other"};
constexpr Prefix kPrefixes[] = {{"session_", 0},
                                {"create_session", 1},
                                {"get_session", 1},
                                {"touch_session", 1},
                                {"transition_session", 1},
                                {"connection_count", 2},
                                {"send", 2},
                                {"broadcast", 2},
                                {"active_sessions", 2},
                                {"concurrent_", 3},
                                {"contention", 3},
                                {"cleanup_", 4},
                                {"resume_", 5},
                                {"held_session", 5},
                                {"telnet/", 6},
                                {"websocket/", 7},
                                {"relay", 8}};

}  // namespace

std::span<const Target> all_targets() { return kTargets; }

std::string target_key(std::string_view name) {
  constexpr std::string_view kMarks[] = {
      "real_time", "manual_time", "process_time", "iterations:", "repeats:", "min_time:", "min_warmup_time:"};
  std::string key;
  while (!name.empty()) {
    const std::size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    const bool mark = !key.empty() && std::ranges::any_of(kMarks, [&](std::string_view known) {
      return known.ends_with(':') ? part.starts_with(known) : part == known;
    });
    if (!mark) key += (key.empty() ? "" : "/") + std::string(part);
    if (slash == std::string_view::npos) break;
    name.remove_prefix(slash + 1);
  }
  return key;
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMet:
      return "met";
    case Outcome::kMissed:
      return "missed";
    case Outcome::kNotMeasured:
      return "not measured";
    case Outcome::kNotJudged:
      return "not judged";
  }
  return "";
}

std::string_view to_string(TargetSource source) { return source == kGiven ? "given" : "ours"; }

std::vector<TargetResult> check_targets(std::span<const Target> targets, const Results& run,
                                        std::span<const double> seconds, bool all) {
  std::vector<TargetResult> results;
  for (const Target& target : targets) {
    std::size_t index = 0;
    if (!all && find_by_key(run, target.benchmark, index) == nullptr) continue;
    TargetResult result{target, measured_value(target, run, seconds), Outcome::kNotMeasured};
    if (result.measured) result.outcome = is_met(target, *result.measured) ? Outcome::kMet : Outcome::kMissed;
    results.push_back(result);
  }
  return results;
}

std::string format_measured(const Target& target, double value) {
  switch (target.metric) {
    case kTime:
      return format_seconds(value);
    case kThroughput:
      return format_rate(value, RateUnit::kIterations);
    case kCounter:
      return format_counter(target.other, value);
    case kFasterThan:
      return fmt::format("{:.2f} x", value);
  }
  return "";
}

std::string format_target(const Target& target) {
  const std::string_view sign =
      at_least(target.metric) ? (target.strict ? ">" : ">=") : (target.strict ? "<" : "<=");
  return fmt::format("{} {}", sign, without_trailing_zeros(format_measured(target, target.value)));
}

Category category_of(std::string_view name) {
  for (const Prefix& prefix : kPrefixes) {
    if (name.starts_with(prefix.begin)) return {prefix.category, kCategories[prefix.category]};
  }
  return {kCategories.size() - 1, kCategories.back()};
}

}  // namespace wyld::bench
