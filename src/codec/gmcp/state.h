#pragma once
// Which GMCP packages report a state, of which only the last matters, and which an event.
// docs/protocols/gmcp-delivery.md has the table and the reasons.

#include <cstdint>
#include <string>
#include <string_view>

namespace wyld::gmcp {

enum class Meaning : std::uint8_t {
  kEvent,   // happened once: each message counts
  kState,   // how things are: the last message says it all
  kFields,  // how things are, but a message may hold only the fields that have changed
};

[[nodiscard]] Meaning meaning_of(std::string_view package) noexcept;

// The state after `change`: both are JSON objects, and a field of `change` replaces that of `state`. Where
// one of them is no object, `change`.
[[nodiscard]] std::string merge_fields(std::string_view state, std::string_view change);

}  // namespace wyld::gmcp
