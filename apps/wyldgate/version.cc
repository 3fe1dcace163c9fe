#include "wyldgate/version.h"

#include <fmt/format.h>

namespace wyld {
namespace {

#ifdef __clang__
constexpr const char* kCompiler = "clang++ " __clang_version__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

}  // namespace

std::string version_number() { return WYLD_VERSION; }

std::string version_line() {
  // A single-configuration generator without a build type leaves it empty.
  const std::string build_type = *WYLD_BUILD_TYPE == '\0' ? "no build type" : WYLD_BUILD_TYPE;
  return fmt::format("wyldgate {} (commit {}, {}, {}: {})", WYLD_VERSION, WYLD_GIT_COMMIT, kCompiler,
                     build_type, WYLD_CXX_FLAGS);
}

}  // namespace wyld
