#pragma once

#include "config/load.h"

namespace wyld {

// Runs the gateway until a signal stops it. Returns the process's exit code. `loaded` has no problems.
[[nodiscard]] int run(const config::Loaded& loaded);

}  // namespace wyld
