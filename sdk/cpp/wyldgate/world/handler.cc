#include "wyldgate/world/handler.h"

#include <cstdio>
#include <string>

namespace wyldgate::world {

void Handler::failed(const Session& /*session*/, std::string_view what) {
  std::fprintf(stderr, "A handler failed: %s\n", std::string(what).c_str());
}

}  // namespace wyldgate::world
