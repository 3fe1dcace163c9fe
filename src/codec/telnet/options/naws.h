#pragma once
// Option 31, window size (RFC 1073): columns and rows, 16 bits each in network order.

#include <optional>
#include <string>
#include <string_view>

#include "codec/capabilities.h"

namespace wyld::telnet {

// The size as sent; nothing unless `payload` is exactly four bytes.
[[nodiscard]] std::optional<WindowSize> parse_window_size(std::string_view payload) noexcept;

// What a layout can use: at most 500 x 300; less than 20 columns or 5 rows counts as unknown.
[[nodiscard]] WindowSize usable_window_size(WindowSize size) noexcept;

void append_window_size(WindowSize size, std::string& out);

}  // namespace wyld::telnet
