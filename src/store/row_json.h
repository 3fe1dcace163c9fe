#pragma once
// The parts of a row that databases keep as text: names of enumerators, capabilities and notes as JSON.

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

// The details that three columns hold; null when all three say nothing.
[[nodiscard]] Result<session::DetailsPtr> parse_details(std::string_view account,
                                                        std::string_view capabilities,
                                                        std::string_view metadata);

}  // namespace wyld::store
