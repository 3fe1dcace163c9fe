#include "world/grpc/core/wire.h"

#include <limits>

namespace wyld::grpc_world::wire {
namespace {

constexpr std::uint64_t kFieldMax = (1U << 29) - 1;

}  // namespace

bool Reader::read_varint(std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at_ == end_) return malformed();
    const auto byte = static_cast<std::uint8_t>(*at_++);
    // Of the tenth byte only one bit has a place; protobuf lets the others fall, and so do we.
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return malformed();
}

bool Reader::read_fixed(std::size_t bytes, std::uint64_t& value) noexcept {
  static_assert(std::endian::native == std::endian::little);
  if (static_cast<std::size_t>(end_ - at_) < bytes) return malformed();
  value = 0;
  std::memcpy(&value, at_, bytes);
  at_ += bytes;
  return true;
}

bool Reader::next(Field& field) noexcept {
  if (at_ == end_ || !ok_) return false;
  std::uint64_t tag = 0;
  if (!read_varint(tag)) return false;
  const std::uint64_t number = tag >> 3;
  if (number == 0 || number > kFieldMax || tag > std::numeric_limits<std::uint32_t>::max())
    return malformed();
  field.number = static_cast<std::uint32_t>(number);
  field.bytes = {};
  switch (tag & 7) {
    case 0:
      field.type = Type::kVarint;
      return read_varint(field.value);
    case 1:
      field.type = Type::kFixed64;
      return read_fixed(8, field.value);
    case 2: {
      field.type = Type::kBytes;
      std::uint64_t count = 0;
      if (!read_varint(count)) return false;
      if (count > static_cast<std::uint64_t>(end_ - at_)) return malformed();
      field.bytes = {at_, static_cast<std::size_t>(count)};
      at_ += count;
      return true;
    }
    case 5:
      field.type = Type::kFixed32;
      return read_fixed(4, field.value);
    default:
      return malformed();
  }
}

Nested::~Nested() {
  const std::size_t bytes = out_.size() - begin_;
  const std::size_t needed = varint_bytes(bytes);
  // Most contents are short, and the one byte set aside is enough.
  if (needed > 1) out_.insert(begin_, needed - 1, '\0');
  std::size_t rest = bytes;
  for (std::size_t i = 0; i < needed; ++i) {
    out_[begin_ - 1 + i] = static_cast<char>((rest & 0x7F) | (i + 1 < needed ? 0x80 : 0));
    rest >>= 7;
  }
}

void put_duration(std::string& out, std::uint32_t number, std::chrono::milliseconds duration) {
  if (duration.count() <= 0) return;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  const Nested message(out, number);
  put_uint(out, 1, static_cast<std::uint64_t>(seconds.count()));
  put_uint(out, 2, static_cast<std::uint64_t>(std::chrono::nanoseconds(duration - seconds).count()));
}

}  // namespace wyld::grpc_world::wire
