#include <cstring>

#include "base/result.h"

namespace wyld {

std::string Error::message() const {
  std::string text = what;
  if (system_errno != 0) {
    text += ": ";
    text += std::strerror(system_errno);
  }
  return text;
}

}  // namespace wyld
