#pragma once
// Option 39, environment variables (RFC 1572), and the Mud New-Environ Standard's six of them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/capabilities.h"

namespace wyld::telnet {

struct EnvironVariable {
  bool user = false;  // USERVAR rather than VAR
  std::string name;
  std::optional<std::string> value;  // absent: undefined
  friend bool operator==(const EnvironVariable&, const EnvironVariable&) = default;
};

inline constexpr std::size_t kEnvironVariablesMax = 64;
inline constexpr std::size_t kEnvironTextBytesMax = 256;  // of a name or a value; longer ones are left out

// --- The asking side, toward a player's client.

// SEND without names: everything. Every client known answers this form, if it answers at all.
void append_environ_send(std::string& out);

// The variables of an IS or INFO; nothing for another form.
[[nodiscard]] std::optional<std::vector<EnvironVariable>> parse_environ(std::string_view payload);

// Takes over what the standard defines, whatever kind of variable it came as. CHARSET is returned,
// because it ranks among other sources; IPADDRESS is never believed.
[[nodiscard]] std::optional<std::string> apply_environ(const std::vector<EnvironVariable>& variables,
                                                       Capabilities& capabilities);

// --- The answering side, toward a game.

// The standard's variables with values for this client. `player_address` empty: no IPADDRESS.
[[nodiscard]] std::vector<EnvironVariable> mnes_variables(const Capabilities& capabilities,
                                                          bool charset_known, std::uint32_t mtts,
                                                          std::string_view player_address);

// Answers a SEND in the order asked; false when `payload` is no SEND.
bool answer_environ_send(std::string_view payload, const std::vector<EnvironVariable>& known,
                         std::string& out);

// INFO: these changed.
void append_environ_info(const std::vector<EnvironVariable>& changed, std::string& out);

}  // namespace wyld::telnet
