#pragma once
// Which build this is.

#include <string>

namespace wyld {

// "0.1.0".
[[nodiscard]] std::string version_number();

// "wyldgate 0.1.0 (commit 1a2b3c4d5e6f, g++ 12.2.0, Release: -O3 -DNDEBUG)", without a newline.
[[nodiscard]] std::string version_line();

}  // namespace wyld
