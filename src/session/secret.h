#pragma once

#include <string.h>  // explicit_bzero

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wyld::session {

// Overwrites what was typed, in a way that the compiler does not leave out; also what a move left behind.
inline void wipe(std::string& text) noexcept {
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

// A password on its way: held in place, so that no heap block keeps it, and wiped when it is moved from or
// ends. Copies are made knowingly, through view().
//
// Limits   text beyond kBytesMax is cut; passwords are shorter (account_name.h).
class Secret {
 public:
  static constexpr std::size_t kBytesMax = 254;

  Secret() = default;
  explicit Secret(std::string_view text) noexcept
      : count_(static_cast<std::uint8_t>(std::min(text.size(), kBytesMax))) {
    std::copy_n(text.begin(), count_, bytes_.data());
  }
  Secret(Secret&& other) noexcept : Secret(other.view()) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    count_ = other.count_;
    std::copy_n(other.bytes_.data(), count_, bytes_.data());
    other.wipe();
    return *this;
  }
  ~Secret() { wipe(); }

  void wipe() noexcept {
    explicit_bzero(bytes_.data(), bytes_.size());
    count_ = 0;
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), count_}; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

 private:
  std::array<char, kBytesMax> bytes_{};
  std::uint8_t count_ = 0;
};

}  // namespace wyld::session
