// One player says something that all hear; counts the time until the last of them has all of it.
#include <fmt/core.h>

#include <string>
#include <vector>

#include "wyldgate-load/crowd.h"
#include "wyldgate-load/latency.h"
#include "wyldgate-load/roles.h"

namespace wyld::load {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::nanoseconds;

nanoseconds from_seconds(double seconds) { return duration_cast<nanoseconds>(duration<double>(seconds)); }

// Waits, per listener, for one word and the end of the line it stands on.
class Hearing {
 public:
  explicit Hearing(std::size_t listeners) : tails_(listeners), heard_(listeners) {}

  void expect(std::string_view word) {
    word_ = word;
    missing_ = tails_.size();
    heard_.assign(tails_.size(), false);
  }

  // Connections beyond the listeners (the speaker) are not waited for.
  void take(std::size_t index, std::string_view text) {
    if (index >= tails_.size()) return;
    std::string& tail = tails_[index];
    tail.append(text);
    const std::size_t at = tail.find(word_);
    if (at != std::string::npos && tail.find('\n', at) != std::string::npos && !heard_[index]) {
      heard_[index] = true;
      --missing_;
    }
    const std::size_t newline = tail.rfind('\n');
    if (newline != std::string::npos) tail.erase(0, newline + 1);
  }

  std::size_t missing() const { return missing_; }

 private:
  std::string word_;
  std::vector<std::string> tails_;  // The line each listener has not seen the end of.
  std::vector<bool> heard_;
  std::size_t missing_ = 0;
};

}  // namespace

int run_broadcast(const BroadcastOptions& options) {
  Crowd crowd{options.connect, options.form, options.manner};
  crowd.open(options.listeners + 1);
  crowd.enter("Load");
  crowd.settle(from_seconds(options.quiet_seconds));

  const std::size_t speaker = options.listeners;
  Hearing hearing{options.listeners};
  const Crowd::OnText on_text = [&](std::size_t index, std::string_view text) { hearing.take(index, text); };
  Latencies latencies;
  for (std::size_t round = 0; round < options.warmup + options.rounds; ++round) {
    const std::string word = fmt::format("w{:07d}", round);
    hearing.expect(word);
    const std::string line = fmt::format("{} {} is heard by everyone", options.command, word);
    const Clock::time_point begin = Clock::now();
    const Clock::time_point give_up = begin + from_seconds(options.give_up_seconds);
    crowd.send_line(speaker, line);
    while (hearing.missing() > 0) {
      if (!crowd.poll(give_up, on_text))
        die(fmt::format("round {}: {} of {} never heard it", round, hearing.missing(), options.listeners));
    }
    if (round >= options.warmup) latencies.add(Clock::now() - begin);
  }
  fmt::print(R"({{"listeners":{},"rounds":{},"last_byte_us":{}}})"
             "\n",
             options.listeners, latencies.count(), latencies.json());
  return 0;
}

}  // namespace wyld::load
