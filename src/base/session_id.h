#pragma once
// Session ids: UUID version 7 (RFC 9562 section 5.7). Ordered by creation, never a counter.

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wyld {

struct SessionId {
  std::array<std::uint8_t, 16> bytes{};

  // "0190f2b0-7c3a-7abc-9def-0123456789ab".
  [[nodiscard]] std::string text() const;
  static std::optional<SessionId> parse(std::string_view text);
  [[nodiscard]] bool is_nil() const noexcept { return *this == SessionId{}; }

  friend auto operator<=>(const SessionId&, const SessionId&) = default;
};

// Makes ids that grow, from a wall clock time and random bits that the caller brings.
//
// Thread   one generator per thread.
class SessionIdGenerator {
 public:
  // `seed` must differ between generators and between runs of the process (take it from getrandom).
  explicit SessionIdGenerator(std::array<std::uint64_t, 4> seed) noexcept : state_(seed) {}

  // Ids made in one millisecond grow too (RFC 9562 section 6.2, method 1: a 12-bit counter).
  SessionId next(std::chrono::system_clock::time_point now) noexcept;

 private:
  std::uint64_t random() noexcept;  // xoshiro256**

  std::array<std::uint64_t, 4> state_;
  std::uint64_t last_milliseconds_ = 0;
  std::uint16_t counter_ = 0;
};

}  // namespace wyld

template <>
struct std::hash<wyld::SessionId> {
  // The low half of a UUIDv7 is random, hence a hash already.
  std::size_t operator()(const wyld::SessionId& id) const noexcept {
    std::uint64_t low = 0;
    std::memcpy(&low, id.bytes.data() + 8, sizeof(low));
    return low;
  }
};
