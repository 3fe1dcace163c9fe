#pragma once
// Output that was never sent, because its client was too slow for it.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wyld::session {

// In the order of their offsets. The last one may still be open.
//
// Owner    a session.
// Thread   its shard's.
// Limits   kHolesMax, kept by drop_before(): the two oldest are joined, and what was sent between them counts
// as not sent.
class OutputHoles {
 public:
  static constexpr std::size_t kHolesMax = 16;

  void open(std::uint64_t begin);
  void close(std::uint64_t end) noexcept { holes_.back().end = end; }
  void clear() noexcept { holes_.clear(); }
  // Forgets those that end at or before `offset`.
  void drop_before(std::uint64_t offset) noexcept;

  [[nodiscard]] bool empty() const noexcept { return holes_.empty(); }
  // Up to where output was sent, when `end` is the end of all of it.
  [[nodiscard]] std::uint64_t sent_end(std::uint64_t end) const noexcept;
  // How much of what lies from `begin` to `end` was sent.
  [[nodiscard]] std::uint64_t sent_between(std::uint64_t begin, std::uint64_t end) const noexcept;
  // Where what was sent before `offset` is `bytes` long; 0: there is less.
  [[nodiscard]] std::uint64_t back(std::uint64_t offset, std::uint64_t bytes) const noexcept;

 private:
  static constexpr std::uint64_t kOpen = ~std::uint64_t{0};
  struct Hole {
    std::uint64_t begin;
    std::uint64_t end;
  };
  std::vector<Hole> holes_;
};

}  // namespace wyld::session
