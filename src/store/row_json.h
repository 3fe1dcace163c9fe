#pragma once
// The parts of a row that columns keep: names of enumerators, capabilities and notes as JSON, keys as bytes.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/capabilities.h"
#include "session/protocol.h"
#include "session/session_record.h"
#include "session/state.h"

namespace wyld::store {

using Metadata = std::map<std::string, std::string>;

// The opposite of state_name() and protocol_name().
[[nodiscard]] std::optional<session::State> parse_state(std::string_view name) noexcept;
[[nodiscard]] std::optional<session::Protocol> parse_protocol(std::string_view name) noexcept;

// By what an account is found: its name with ASCII letters in lower case.
[[nodiscard]] std::string account_key(std::string_view name);

// One JSON object; what has its default value is left out, so nothing known is "{}". A text that is not UTF-8
// cannot be written: kInvalidArgument. Control characters and NUL are escaped.
[[nodiscard]] Result<std::string> capabilities_json(const Capabilities& capabilities);
[[nodiscard]] Result<std::string> metadata_json(const Metadata& metadata);

// Keys we do not know are passed over, those that are missing mean the default. kInvalidArgument: not an
// object, or a value of the wrong kind.
[[nodiscard]] Result<Capabilities> parse_capabilities(std::string_view json);
[[nodiscard]] Result<Metadata> parse_metadata(std::string_view json);

// A family or a hash as a column keeps it: all of its bytes, or none when there is none. A view of `key`.
template <std::size_t kCount>
[[nodiscard]] std::string_view key_bytes(const std::array<std::uint8_t, kCount>& key) noexcept {
  if (std::ranges::all_of(key, [](std::uint8_t byte) { return byte == 0; })) return {};
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}
// The opposite. False: so many bytes are no such key.
template <std::size_t kCount>
[[nodiscard]] bool read_key(std::string_view bytes, std::array<std::uint8_t, kCount>& into) noexcept {
  into = {};
  if (bytes.empty()) return true;
  if (bytes.size() != kCount) return false;
  std::ranges::transform(bytes, into.begin(), [](char byte) { return static_cast<std::uint8_t>(byte); });
  return true;
}

// What several columns hold together.
struct DetailsColumns {
  std::string_view account = {};
  std::string_view capabilities = {};
  std::string_view metadata = {};
  std::string_view resume_family = {};
  std::string_view resume_current = {};
  std::string_view resume_previous = {};
  std::chrono::system_clock::time_point resume_previous_until = {};
  std::string_view resume_code = {};
};
// Null when all of them say nothing. kInvalidArgument: one of them is malformed.
[[nodiscard]] Result<session::DetailsPtr> parse_details(const DetailsColumns& columns);

}  // namespace wyld::store
