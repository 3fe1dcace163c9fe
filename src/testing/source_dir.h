#pragma once

#include <string>

namespace wyld::testing {

// The absolute path of the source tree these tests were built from.
[[nodiscard]] std::string source_dir();

}  // namespace wyld::testing
