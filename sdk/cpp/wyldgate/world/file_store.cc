#include "wyldgate/world/file_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace wyldgate::world {
namespace {

constexpr std::size_t kHeadBytes = 8;

std::uint32_t checksum(std::string_view bytes) {
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  return static_cast<std::uint32_t>(crc32_z(0, data, bytes.size()));
}

void append_number(std::uint32_t number, std::string& out) {
  for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>((number >> shift) & 0xFF));
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (unsigned i = 0; i < 4; ++i) {
    number |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return number;
}

void append_frame(const journal::Turn& turn, std::string& out) {
  const std::string payload = turn.SerializeAsString();
  if (payload.empty()) return;  // nothing to keep; a frame without bytes is no frame
  append_number(static_cast<std::uint32_t>(payload.size()), out);
  append_number(checksum(payload), out);
  out += payload;
}

}  // namespace

JournalEnd read_journal(std::string_view bytes, const std::function<void(journal::Turn&&)>& take) {
  const std::string_view magic = kJournalMagic;
  if (bytes.size() < magic.size() && magic.starts_with(bytes)) return {};
  if (!bytes.starts_with(magic)) return {.whole_bytes = 0, .error = "It is no journal of this version."};
  std::size_t at = magic.size();
  while (bytes.size() - at >= kHeadBytes) {
    const std::size_t count = number_at(bytes, at);
    const std::string_view rest = bytes.substr(at + kHeadBytes);
    const bool is_last = count >= rest.size();
    journal::Turn turn;
    const bool whole = count > 0 && count <= rest.size() && count <= kJournalFrameBytesMax &&
                       checksum(rest.substr(0, count)) == number_at(bytes, at + 4) &&
                       turn.ParseFromArray(rest.data(), static_cast<int>(count));
    if (!whole) {
      // A file system may have made room that was never written.
      const bool never_written = bytes.find_first_not_of('\0', at) == std::string_view::npos;
      if (is_last || never_written) break;
      return {.whole_bytes = at, .error = "It is damaged in the middle."};
    }
    take(std::move(turn));
    at += kHeadBytes + count;
  }
  return {.whole_bytes = at, .error = std::nullopt};
}

FileStore::~FileStore() {
  if (file_ >= 0) ::close(file_);
  if (lock_ >= 0) ::close(lock_);
}

SequenceStore::Error FileStore::trouble(const char* what) const {
  return path_ + ": " + what + ": " + std::strerror(errno);
}

std::optional<SequenceStore::Error> FileStore::load(const std::function<void(journal::Turn&&)>& take) {
  // The file itself changes its identity with each rewrite(), so another one is locked.
  lock_ = ::open((path_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) return trouble("cannot be opened");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) return path_ + " is in use by another process.";
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) return trouble("cannot be opened");
  std::string bytes;
  char piece[64 * 1024];
  for (;;) {
    const ssize_t count = ::read(file_, piece, sizeof(piece));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return trouble("cannot be read");
    if (count == 0) break;
    bytes.append(piece, static_cast<std::size_t>(count));
  }
  const JournalEnd end = read_journal(bytes, take);
  if (end.error) return path_ + ": " + *end.error;
  bytes_ = bytes_rewritten_ = end.whole_bytes;
  const auto place = static_cast<off_t>(end.whole_bytes);
  if (::ftruncate(file_, place) != 0 || ::lseek(file_, place, SEEK_SET) != place)
    return trouble("cannot be cut");
  if (bytes_ > 0) return std::nullopt;
  bytes_ = bytes_rewritten_ = kJournalMagic.size();
  return write_all(file_, kJournalMagic);
}

std::optional<SequenceStore::Error> FileStore::append(const journal::Turn& turn) {
  frame_.clear();
  append_frame(turn, frame_);
  if (auto error = write_all(file_, frame_)) return error;
  if (::fdatasync(file_) != 0) return trouble("cannot be written");
  bytes_ += frame_.size();
  return std::nullopt;
}

bool FileStore::is_long() const {
  return bytes_ - bytes_rewritten_ > std::max(garbage_bytes_max_, bytes_rewritten_);
}

std::optional<SequenceStore::Error> FileStore::rewrite(std::span<const journal::Turn> turns) {
  const std::string next = path_ + ".new";
  const int file = ::open(next.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return trouble("cannot be rewritten");
  std::string bytes(kJournalMagic);
  for (const journal::Turn& turn : turns) append_frame(turn, bytes);
  std::optional<Error> error = write_all(file, bytes);
  if (!error && (::fsync(file) != 0 || ::rename(next.c_str(), path_.c_str()) != 0))
    error = trouble("cannot be rewritten");
  if (error) {
    ::close(file);
    return error;
  }
  if (file_ >= 0) ::close(file_);
  file_ = file;
  bytes_ = bytes_rewritten_ = bytes.size();
  const std::filesystem::path folder = std::filesystem::absolute(path_).parent_path();
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return trouble("its folder cannot be opened");
  if (::fsync(directory) != 0) error = trouble("its folder cannot be written");
  ::close(directory);
  return error;
}

std::optional<SequenceStore::Error> FileStore::write_all(int fd, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return trouble("cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return std::nullopt;
}

}  // namespace wyldgate::world
