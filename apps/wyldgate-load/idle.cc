// Connections that do nothing, held until they are no longer wanted.
#include <fmt/core.h>

#include <cstdio>

#include "wyldgate-load/crowd.h"
#include "wyldgate-load/roles.h"

namespace wyld::load {

int run_idle(const IdleOptions& options) {
  Crowd crowd{options.connect, options.form, options.manner};
  crowd.open(options.connections);
  if (!options.name_prefix.empty()) crowd.enter(options.name_prefix);
  crowd.settle(std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(options.quiet_seconds)));
  fmt::print("ready {}\n", crowd.count());
  std::fflush(stdout);
  crowd.hold();
  return 0;
}

}  // namespace wyld::load
