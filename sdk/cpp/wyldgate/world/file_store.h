#pragma once
// A SequenceStore in one file.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wyldgate/world/sequence_store.h"

namespace wyldgate::world {

// The file: eight bytes that name the format, then one frame for each turn: how many bytes (4), their CRC-32
// (4), the turn. Numbers are little-endian.
inline constexpr std::string_view kJournalMagic = "WYLDJN01";
inline constexpr std::size_t kJournalFrameBytesMax = 64 * 1024 * 1024;

struct JournalEnd {
  std::size_t whole_bytes =
      0;  // up to here it is whole; what follows was being written when the process died
  std::optional<std::string> error;  // it was changed by something else
};

// Reads the bytes of such a file. A frame cut short at the end is left out; one that is wrong with others
// behind it is an error.
[[nodiscard]] JournalEnd read_journal(std::string_view bytes,
                                      const std::function<void(journal::Turn&&)>& take);

// Owner    the program.
// Thread   as SequenceStore says. Writes wait for the disk (fdatasync): once for each turn.
// Errors   as SequenceStore says. A second process with the same file is refused.
// Limits   rewritten when it has grown by `garbage_bytes_max` and to twice what it was.
class FileStore final : public SequenceStore {
 public:
  explicit FileStore(std::string path, std::size_t garbage_bytes_max = 16 * 1024 * 1024)
      : path_(std::move(path)), garbage_bytes_max_(garbage_bytes_max) {}
  ~FileStore() override;
  FileStore(const FileStore&) = delete;
  FileStore& operator=(const FileStore&) = delete;

  [[nodiscard]] std::optional<Error> load(const std::function<void(journal::Turn&&)>& take) override;
  [[nodiscard]] std::optional<Error> append(const journal::Turn& turn) override;
  [[nodiscard]] bool is_long() const override;
  [[nodiscard]] std::optional<Error> rewrite(std::span<const journal::Turn> turns) override;

 private:
  std::optional<Error> write_all(int fd, std::string_view bytes) const;
  Error trouble(const char* what) const;

  std::string path_;
  std::size_t garbage_bytes_max_;
  std::string frame_;
  std::size_t bytes_ = 0;
  std::size_t bytes_rewritten_ = 0;
  int lock_ = -1;
  int file_ = -1;
};

}  // namespace wyldgate::world
