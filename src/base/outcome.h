#pragma once
// Outcome<T>: a value, or Trouble: a sentence for the operator.
//
// Result (base/result.h) is for errors that the code acts on: they cost no allocation. Outcome is for errors
// that stop a start, a file or a database and that a person has to read. There is no third kind.

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace wyld {

enum class Fault : std::uint8_t {
  kUnreachable,    // away, restarting, read-only, full, busy: the same call may succeed later
  kRejected,       // this data will never be taken
  kMisconfigured,  // an operator has to act: a wrong setting, file, password, permission or schema
};

struct Trouble {
  Fault fault = Fault::kUnreachable;
  // A sentence or two: what is wrong, in the words of whoever refused, then what to do. Never a password.
  std::string message;
};

template <typename T>
using Outcome = std::expected<T, Trouble>;

[[nodiscard]] inline std::unexpected<Trouble> fail(Trouble trouble) {
  return std::unexpected<Trouble>(std::move(trouble));
}
[[nodiscard]] inline std::unexpected<Trouble> fail(Fault fault, std::string message) {
  return std::unexpected<Trouble>(Trouble{fault, std::move(message)});
}
// What most of a start's errors are.
[[nodiscard]] inline std::unexpected<Trouble> misconfigured(std::string message) {
  return fail(Fault::kMisconfigured, std::move(message));
}

}  // namespace wyld
