#include "codec/telnet/option_table.h"

namespace wyld::telnet {
namespace {

constexpr std::uint8_t kUnknown = 0xFF;

constexpr std::array<std::uint8_t, 256> kRowOfOption = [] {
  std::array<std::uint8_t, 256> rows{};
  rows.fill(kUnknown);
  for (std::size_t row = 0; row < kOptionTable.size(); ++row) {
    rows[kOptionTable[row].option] = static_cast<std::uint8_t>(row);
  }
  return rows;
}();

}  // namespace

std::optional<std::size_t> option_row(std::uint8_t option) noexcept {
  const std::uint8_t row = kRowOfOption[option];
  if (row == kUnknown) return std::nullopt;
  return row;
}

}  // namespace wyld::telnet
