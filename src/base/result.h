#pragma once
// Result<T>: a value or an Error. The only header that knows how results are spelled.

#include <expected>
#include <string>
#include <utility>

namespace wyld {

enum class ErrorCode : unsigned char {
  kInvalidArgument,  // the caller's value is malformed
  kNotFound,
  kAlreadyExists,
  kLimit,        // a configured bound was reached
  kState,        // not allowed in the present state
  kUnavailable,  // the surroundings said no; try again later
  kSystem,       // a system call failed; `system_errno` says how
};

// What went wrong, without allocating: a code, a literal and, for system calls, the errno.
struct Error {
  ErrorCode code = ErrorCode::kInvalidArgument;
  const char* what = "";  // a string literal
  int system_errno = 0;   // 0 when no system call was involved

  // "bind: Address already in use".
  [[nodiscard]] std::string message() const;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(error); }
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, const char* what, int system_errno = 0) {
  return std::unexpected<Error>(Error{code, what, system_errno});
}

}  // namespace wyld
