#pragma once

#include "config/settings.h"

namespace wyld {

// Runs the gateway until a signal stops it. Returns the process's exit code.
[[nodiscard]] int run(const config::Settings& settings);

}  // namespace wyld
