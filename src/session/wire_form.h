#pragma once
// The forms in which text goes out. Connections of one form can share one encoded payload.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/capabilities.h"
#include "session/protocol.h"

namespace wyld::session {

struct WireForm {
  Protocol protocol = Protocol::kTelnet;
  Charset charset = Charset::kUtf8;  // always UTF-8 in the JSON form
  friend bool operator==(const WireForm&, const WireForm&) = default;

  // Dense, for tables.
  [[nodiscard]] std::size_t index() const noexcept {
    return static_cast<std::size_t>(protocol) * 3 + static_cast<std::size_t>(charset);
  }
};
inline constexpr std::size_t kWireFormCount = kProtocolCount * 3;

// Appends `utf8` ('\n' line ends) as the bytes a connection of this form receives.
void encode_text(WireForm form, std::string_view utf8, std::string& out);

}  // namespace wyld::session
