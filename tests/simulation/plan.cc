#include "simulation/plan.h"

#include <algorithm>
#include <iterator>

namespace wyld::simulation {
namespace {

using namespace std::chrono_literals;

// Never, seldom, or all the time.
Duration rate(Random& random, double probability) {
  constexpr Duration kMeans[] = {2s, 5s, 12s, 30s, 60s};
  return random.chance(probability) ? kMeans[random.below(std::size(kMeans))] : Duration(0);
}

double share(Random& random, double probability, double most) {
  constexpr double kParts[] = {0.05, 0.3, 1.0};
  return random.chance(probability) ? most * random.pick(kParts) : 0;
}

}  // namespace

Plan make_plan(Random& random) {
  Plan plan;
  plan.world = static_cast<WorldKind>(random.below(3));
  plan.players = random.between(3, 12);
  plan.length = random.between(Duration(20s), Duration(90s));
  plan.think_max = random.between(Duration(500ms), Duration(6s));
  plan.talk_max = random.between(Duration(300ms), Duration(5s));
  constexpr std::size_t kWords[] = {10, 40, 40, 200, 1500};
  plan.words_max = random.pick(kWords);
  plan.telnet = random.pick({0.0, 0.4, 1.0});
  plan.telnet_on_web = random.pick({0.0, 0.5, 1.0});
  plan.types_ahead = random.pick({0.0, 0.3});
  plan.turn_max = random.pick({Duration(0), Duration(3ms), Duration(40ms)});

  if (random.chance(0.5)) plan.network.delay_max = random.between(Duration(50ms), Duration(1s));
  plan.network.short_read = share(random, 0.5, 0.9);
  constexpr std::size_t kWindows[] = {256, 2048, 65536};
  plan.network.window_bytes = random.pick(kWindows);
  if (random.chance(0.4)) plan.store.commit_max = random.between(Duration(20ms), Duration(2s));
  plan.store.answer_lost = share(random, 0.3, 0.4);
  plan.store.full = share(random, 0.1, 0.3);

  session::ShardSessionsOptions& sessions = plan.sessions;
  constexpr std::size_t kRings[] = {1024, 4096, 64 * 1024};
  sessions.scrollback_bytes = random.pick(kRings);
  sessions.scrollback_shard_bytes = random.chance(0.2) ? 8 * 1024 : 64 * 1024 * 1024;
  constexpr std::size_t kQueues[] = {1024, 8 * 1024, 256 * 1024};
  sessions.output_bytes_max = random.pick(kQueues);
  sessions.hold = random.chance(0.2) ? std::chrono::milliseconds(random.between(5'000, 30'000)) : 900'000ms;
  sessions.slow_reader_deadline = random.chance(0.5) ? 5s : 30s;
  if (random.chance(0.3)) {
    sessions.rates.lines_per_second = 5;
    sessions.rates.lines_burst = 3;
    plan.think_max = std::max(plan.think_max, Duration(1500ms));  // who types faster is never done
  }
  if (random.chance(0.3)) {
    sessions.pending.limits.commands_max = random.between(1, 6);
    sessions.pending.limits.bytes_max = random.between(20, 200);
  }
  if (random.chance(0.2))
    sessions.pending.limits.age_max = std::chrono::milliseconds(random.between(3'000, 20'000));

  if (random.chance(0.03)) return plan;  // a good day
  plan.cut = rate(random, 0.7);
  plan.stall = rate(random, 0.3);
  plan.half_open = rate(random, 0.3);
  plan.slow_reader = rate(random, 0.25);
  plan.store_away = rate(random, 0.25);
  plan.world_restart = rate(random, 0.5);
  plan.gateway_killed = rate(random, 0.35);
  plan.gateway_stopped = rate(random, 0.25);
  plan.wall_jump = rate(random, 0.1);
  plan.duplicate = rate(random, 0.15);
  plan.theft = rate(random, 0.1);
  plan.hostile = rate(random, 0.15);
  plan.mailbox_full = rate(random, 0.1);
  plan.refused = share(random, 0.3, 0.5);
  plan.switches = share(random, 0.4, 0.2);
  plan.template_login = random.chance(0.4) ? 1 : 0;
  plan.forgetful = share(random, 0.3, 1.0);
  plan.proxied = share(random, 0.4, 1.0);
  plan.answers_marks = random.pick({0.0, 0.5, 1.0});
  return plan;
}

}  // namespace wyld::simulation
