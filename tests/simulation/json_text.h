#pragma once
// As much JSON as the gateway's messages need: objects without nesting.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wyld::simulation {

// The value of a member of `object`, as written; nothing: there is none.
[[nodiscard]] std::optional<std::string_view> json_member(std::string_view object, std::string_view key);
// The text of such a value, without its escapes.
[[nodiscard]] std::string json_text(std::optional<std::string_view> value);
[[nodiscard]] std::optional<std::uint64_t> json_number(std::optional<std::string_view> value);

}  // namespace wyld::simulation
