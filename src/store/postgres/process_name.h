#pragma once
// Names a process so that another one, perhaps much later, can tell whether it still runs.

#include <cstdint>
#include <string>
#include <string_view>

namespace wyld::store::postgres {

// "boot id/process id/start time", as this machine's kernel has them.
[[nodiscard]] std::string own_process_name();

enum class ProcessState : std::uint8_t {
  kSelf,
  kRunning,  // another process of this machine
  kUnknown,  // it has ended, or runs where we cannot see it
};
[[nodiscard]] ProcessState state_of_process(std::string_view name);

}  // namespace wyld::store::postgres
