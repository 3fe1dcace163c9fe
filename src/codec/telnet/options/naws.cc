#include "codec/telnet/options/naws.h"

#include <algorithm>

#include "codec/telnet/options/subnegotiation.h"

namespace wyld::telnet {
namespace {

std::uint16_t number(char high, char low) noexcept {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(high) << 8U | static_cast<unsigned char>(low));
}

std::uint16_t usable(std::uint16_t value, std::uint16_t min, std::uint16_t max) noexcept {
  return value < min ? std::uint16_t{0} : std::min(value, max);
}

}  // namespace

std::optional<WindowSize> parse_window_size(std::string_view payload) noexcept {
  if (payload.size() != 4) return std::nullopt;
  return WindowSize{.columns = number(payload[0], payload[1]), .rows = number(payload[2], payload[3])};
}

WindowSize usable_window_size(WindowSize size) noexcept {
  return {.columns = usable(size.columns, 20, 500), .rows = usable(size.rows, 5, 300)};
}

void append_window_size(WindowSize size, std::string& out) {
  SubnegotiationWriter writer(option::kWindowSize, out);
  for (const std::uint16_t value : {size.columns, size.rows}) {
    writer.byte(static_cast<std::uint8_t>(value >> 8U)).byte(static_cast<std::uint8_t>(value & 0xFFU));
  }
}

}  // namespace wyld::telnet
