// Connections that come and go: opened at a rate, each until the game has greeted it, and ended again at the
// same rate. The CPU time of both halves is the subject's price of a connection.
#include <fmt/core.h>

#include "wyldgate-load/crowd.h"
#include "wyldgate-load/latency.h"
#include "wyldgate-load/roles.h"
#include "wyldgate-load/subject.h"

namespace wyld::load {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::nanoseconds;

double microseconds_each(std::uint64_t begin, std::uint64_t end, std::size_t count) {
  return static_cast<double>(end - begin) / 1000.0 / static_cast<double>(count);
}

}  // namespace

int run_setup(const SetupOptions& options) {
  if (options.connections == 0) die("needs at least one connection");
  if (options.rate <= 0 || options.burst == 0) die("needs a rate, and at least one connection at once");
  const auto quiet = duration_cast<nanoseconds>(duration<double>(options.quiet_seconds));
  const auto cpu = [&options] { return options.subject > 0 ? cpu_nanoseconds(options.subject) : 0; };
  const Crowd::Pace pace{.rate = options.rate, .burst = options.burst};
  Crowd crowd{options.connect, options.form, options.manner};
  if (options.warmup > 0) {
    crowd.open_at(options.warmup, pace, nullptr);
    crowd.settle(quiet);
    crowd.close_at(pace);
    crowd.settle(quiet);
  }

  Latencies latencies;
  announce_step(options.step, "measuring");
  const Clock::time_point begin = Clock::now();
  const std::uint64_t cpu_before = cpu();
  crowd.open_at(options.connections, pace, &latencies);
  crowd.settle(quiet);
  const std::uint64_t cpu_open = cpu();
  crowd.close_at(pace);
  crowd.settle(quiet);
  const std::uint64_t cpu_after = cpu();
  const double seconds = duration<double>(Clock::now() - begin).count();
  announce_step(options.step, "measured");
  fmt::print(R"({{"connections":{},"seconds":{:.3f},"setup_us":{},"subject_cpu_us_per_setup":{:.3f},)"
             R"("subject_cpu_us_per_end":{:.3f},"subject_cpu_us_per_connection":{:.3f}}})"
             "\n",
             options.connections, seconds, latencies.json(),
             microseconds_each(cpu_before, cpu_open, options.connections),
             microseconds_each(cpu_open, cpu_after, options.connections),
             microseconds_each(cpu_before, cpu_after, options.connections));
  return 0;
}

}  // namespace wyld::load
