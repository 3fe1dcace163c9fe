#pragma once
// `wyldgate config init|check|show`. Results go to standard output, problems to standard error.

#include <string>
#include <vector>

#include "config/load.h"

namespace wyld {

// What the process says to its parent. 78 is EX_CONFIG of sysexits.h.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfiguration = 78;

// Writes every problem, one a line. Returns kExitConfiguration.
int report_problems(const std::vector<config::Problem>& problems);

// Writes the default file to `path`, "-" being standard output. Leaves an existing one alone unless `force`.
[[nodiscard]] int config_init(const std::string& path, bool force);

// "FILE: ok", or every problem; also of the files that the settings name. Secrets that every user of the
// machine can read are warnings on standard error.
[[nodiscard]] int config_check(const config::Inputs& inputs);

// The values in force and their sources, as TOML, or every problem.
[[nodiscard]] int config_show(const config::Inputs& inputs);

}  // namespace wyld
