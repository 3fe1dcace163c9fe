#pragma once
// JSON, as GMCP carries it, to and from the Value messages of the world protocol.

#include <cstddef>
#include <string>
#include <string_view>

namespace wyld::grpc_world {

inline constexpr std::size_t kValueDepthMax = 32;         // lists and maps in one another
inline constexpr std::size_t kValueBytesMax = 64 * 1024;  // of a Value, and of the JSON that comes of one

// Appends the Value of `json`. False when it is not exactly one JSON value in UTF-8, too deep, too large, or
// holds a number that no double can hold; `out` is then as it was. Whole numbers beyond 64 bits become
// doubles.
[[nodiscard]] bool append_value(std::string_view json, std::string& out);

// Appends the JSON of `value`. False when it is malformed, too deep, too large, holds text that is not UTF-8,
// or a number that JSON cannot write (infinity, NaN); `out` is then as it was. Of two fields of one name the
// later wins; a Value without a kind is null.
[[nodiscard]] bool append_json(std::string_view value, std::string& out);

}  // namespace wyld::grpc_world
