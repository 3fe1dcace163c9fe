#include "session/input_gate.h"

#include <string.h>  // explicit_bzero

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "session/secret.h"

namespace wyld::session {
namespace {

constexpr std::size_t kHeaderBytes = 7;
constexpr std::size_t kFirstBlockBytes = 1024;
constexpr std::size_t kPackageBytesMax = 0xffff;

}  // namespace

WaitingInputs::WaitingInputs(WaitingInputs&& other) noexcept { *this = std::move(other); }

WaitingInputs& WaitingInputs::operator=(WaitingInputs&& other) noexcept {
  if (this == &other) return *this;
  clear();
  limits_ = other.limits_;
  bytes_ = std::exchange(other.bytes_, {});
  begin_ = std::exchange(other.begin_, 0);
  count_ = std::exchange(other.count_, 0);
  dropped_ = std::exchange(other.dropped_, 0);
  return *this;
}

bool WaitingInputs::push(InputKind kind, std::string_view text, std::string_view package) {
  const std::size_t bytes = kHeaderBytes + package.size() + text.size();
  // One message passes whatever its size: the decoders have bounds of their own.
  const bool fits =
      count_ == 0 || (count_ < limits_.inputs_max && this->bytes() + bytes <= limits_.bytes_max);
  if (!fits || package.size() > kPackageBytesMax || text.size() > UINT32_MAX) {
    ++dropped_;
    return false;
  }
  make_room(bytes);
  const auto text_bytes = static_cast<std::uint32_t>(text.size());
  const auto package_bytes = static_cast<std::uint16_t>(package.size());
  char header[kHeaderBytes];
  header[0] = static_cast<char>(kind);
  std::memcpy(header + 1, &package_bytes, sizeof(package_bytes));
  std::memcpy(header + 3, &text_bytes, sizeof(text_bytes));
  bytes_.append(header, kHeaderBytes).append(package).append(text);
  ++count_;
  return true;
}

// Not left to std::string, which would leave what it has outgrown in freed memory.
void WaitingInputs::make_room(std::size_t bytes) {
  const std::size_t used = this->bytes();
  if (bytes_.size() + bytes <= bytes_.capacity()) return;
  std::string grown;
  grown.reserve(std::max({kFirstBlockBytes, used + bytes, std::min(2 * used, limits_.bytes_max)}));
  grown.append(bytes_, begin_);
  wipe(bytes_);
  bytes_ = std::move(grown);
  begin_ = 0;
}

InputKind WaitingInputs::front_kind() const noexcept {
  WYLD_DCHECK(count_ > 0);
  return static_cast<InputKind>(bytes_[begin_]);
}

Input WaitingInputs::pop() {
  WYLD_DCHECK(count_ > 0);
  std::uint16_t package_bytes = 0;
  std::uint32_t text_bytes = 0;
  char* const record = bytes_.data() + begin_;
  std::memcpy(&package_bytes, record + 1, sizeof(package_bytes));
  std::memcpy(&text_bytes, record + 3, sizeof(text_bytes));
  Input input{.kind = front_kind(),
              .text = std::string(record + kHeaderBytes + package_bytes, text_bytes),
              .package = std::string(record + kHeaderBytes, package_bytes)};
  const std::size_t bytes = kHeaderBytes + package_bytes + text_bytes;
  explicit_bzero(record, bytes);
  begin_ += bytes;
  if (--count_ == 0) {
    bytes_ = {};
    begin_ = dropped_ = 0;
  }
  return input;
}

void WaitingInputs::clear() noexcept {
  explicit_bzero(bytes_.data(), bytes_.size());
  bytes_ = {};
  begin_ = count_ = dropped_ = 0;
}

}  // namespace wyld::session
