#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/fd.h"

namespace wyld::store::sqlite {

// The instances that a process holds, as locks on single bytes of an otherwise empty file: the byte is chosen
// by the instance's name. The kernel gives them back when the process ends, however it ends. (Two names may
// share a byte, once in 2^62; then the second counts as held.)
//
// Owner    SqliteDatabase.
// Thread   one at a time.
class InstanceLock {
 public:
  // Creates the file when it is missing.
  [[nodiscard]] Status open(const std::string& path);
  // kAlreadyExists: somebody else has it.
  [[nodiscard]] Status take(std::string_view instance);
  // One of them, or all.
  void give_back(std::string_view instance) noexcept;
  void release() noexcept { file_.reset(); }

 private:
  runtime::Fd file_;
};

}  // namespace wyld::store::sqlite
