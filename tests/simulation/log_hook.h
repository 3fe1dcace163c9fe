#pragma once

#include "simulation/model.h"

namespace wyld::simulation {

// Takes the place of base/log.cc in this program: nothing is written, and the model reads along, as long as
// one of these lives.
class LogHook {
 public:
  explicit LogHook(Model& model) noexcept;
  ~LogHook();
  LogHook(const LogHook&) = delete;
  LogHook& operator=(const LogHook&) = delete;
};

}  // namespace wyld::simulation
