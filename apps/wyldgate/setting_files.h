#pragma once
// The files that settings name, looked at before the gateway starts.

#include <string>
#include <vector>

#include "config/load.h"

namespace wyld {

// Files that are missing, cannot be read, or hold something else, each with the place that names it. Reads
// files and nothing else; for `config check` and before a start.
[[nodiscard]] std::vector<config::Problem> file_problems(const config::Loaded& loaded);

// A sentence for each file with a secret in it that every user of this machine can read.
[[nodiscard]] std::vector<std::string> exposed_secrets(const config::Loaded& loaded);

}  // namespace wyld
