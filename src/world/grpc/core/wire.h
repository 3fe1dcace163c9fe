#pragma once
// The wire format of protocol buffers, as much of it as proto/wyldgate/world/v1 needs. Written by hand,
// because a message of thousands of events is then read without a copy and made without an allocation for
// each; the tests and the fuzz target hold it against the generated code.

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace wyld::grpc_world::wire {

enum class Type : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  std::uint32_t number = 0;
  Type type = Type::kVarint;
  std::uint64_t value = 0;  // of a varint or a fixed number
  std::string_view bytes;   // of kBytes; a part of what is read

  [[nodiscard]] bool is(std::uint32_t wanted, Type as) const noexcept {
    return number == wanted && type == as;
  }
  [[nodiscard]] double as_double() const noexcept { return std::bit_cast<double>(value); }
};

// Takes a message apart. Groups, which proto3 does not have, count as malformed.
class Reader {
 public:
  explicit Reader(std::string_view message) noexcept
      : at_(message.data()), end_(message.data() + message.size()) {}

  // False at the end, and when what follows is no field; ok() tells the two apart.
  [[nodiscard]] bool next(Field& field) noexcept;
  [[nodiscard]] bool ok() const noexcept { return ok_; }

 private:
  bool read_varint(std::uint64_t& value) noexcept;
  bool read_fixed(std::size_t bytes, std::uint64_t& value) noexcept;
  bool malformed() noexcept {
    ok_ = false;
    return false;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

[[nodiscard]] constexpr std::size_t varint_bytes(std::uint64_t value) noexcept {
  return static_cast<std::size_t>(std::bit_width(value | 1) + 6) / 7;
}

inline void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

inline void put_tag(std::string& out, std::uint32_t number, Type type) {
  put_varint(out, (std::uint64_t{number} << 3) | static_cast<std::uint64_t>(type));
}

// Fields with their default are left out, as proto3 wants it.
inline void put_uint(std::string& out, std::uint32_t number, std::uint64_t value) {
  if (value == 0) return;
  put_tag(out, number, Type::kVarint);
  put_varint(out, value);
}
inline void put_bool(std::string& out, std::uint32_t number, bool value) {
  put_uint(out, number, value ? 1 : 0);
}
// Left out never: the member of a oneof, or an element.
inline void put_bytes_always(std::string& out, std::uint32_t number, std::string_view bytes) {
  put_tag(out, number, Type::kBytes);
  put_varint(out, bytes.size());
  out.append(bytes);
}
inline void put_bytes(std::string& out, std::uint32_t number, std::string_view bytes) {
  if (!bytes.empty()) put_bytes_always(out, number, bytes);
}

// A message within a message: what is appended to `out` while this lives is its content.
class Nested {
 public:
  Nested(std::string& out, std::uint32_t number) : out_(out) {
    put_tag(out, number, Type::kBytes);
    begin_ = out.size() + 1;
    out.push_back('\0');
  }
  ~Nested();
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  std::string& out_;
  std::size_t begin_;
};

// A google.protobuf.Duration; left out when it is not longer than 0.
void put_duration(std::string& out, std::uint32_t number, std::chrono::milliseconds duration);

}  // namespace wyld::grpc_world::wire
