#include "testing/source_dir.h"

namespace wyld::testing {

std::string source_dir() { return WYLD_SOURCE_DIR; }

}  // namespace wyld::testing
