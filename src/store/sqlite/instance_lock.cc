#include "store/sqlite/instance_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace wyld::store::sqlite {
namespace {

// FNV-1a, because every version of this program must choose the same byte.
off_t byte_of(std::string_view instance) noexcept {
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  for (const char c : instance) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  return static_cast<off_t>(hash >> 2);
}

// A lock of the open file, not of the process: it also keeps two stores of one process apart, and closing
// another descriptor of the file does not lose it.
struct flock lock_of(std::string_view instance, short type) noexcept {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte_of(instance);
  lock.l_len = 1;
  return lock;
}

}  // namespace

Status InstanceLock::open(const std::string& path) {
  if (file_.valid()) return {};
  file_ = runtime::Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file_.valid()) return fail(ErrorCode::kSystem, "open", errno);
  return {};
}

void InstanceLock::give_back(std::string_view instance) noexcept {
  struct flock lock = lock_of(instance, F_UNLCK);
  ::fcntl(file_.get(), F_OFD_SETLK, &lock);
}

Status InstanceLock::take(std::string_view instance) {
  struct flock lock = lock_of(instance, F_WRLCK);
  if (::fcntl(file_.get(), F_OFD_SETLK, &lock) == 0) return {};
  if (errno == EAGAIN || errno == EACCES) return fail(ErrorCode::kAlreadyExists, "another gateway holds it");
  return fail(ErrorCode::kSystem, "lock", errno);
}

}  // namespace wyld::store::sqlite
