#pragma once
// GMCP Char.Login, versions 1 and 2: a client that signs in by itself, and the token by which it comes back.
// docs/protocols/gmcp-char-login.md has the conversation. Pure functions.
//
// Bodies are secrets: not logged, not traced, wiped by whoever has used them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wyld::gmcp::char_login {

inline constexpr std::string_view kModule = "Char.Login";
inline constexpr std::string_view kDefault = "Char.Login.Default";
inline constexpr std::string_view kCredentials = "Char.Login.Credentials";
inline constexpr std::string_view kReconnect = "Char.Login.Reconnect";
inline constexpr std::string_view kResult = "Char.Login.Result";
inline constexpr std::string_view kToken = "Char.Login.Token";

inline constexpr std::uint32_t kTokensSince = 2;  // the version that has tokens

inline constexpr std::size_t kBodyBytesMax = 4096;
inline constexpr std::size_t kAccountBytesMax = 128;
inline constexpr std::size_t kPasswordBytesMax = 254;

// Whether `package` is Char.Login or something below it.
[[nodiscard]] bool concerns(std::string_view package) noexcept;

enum class Kind : std::uint8_t {
  kReturn,   // `secret` is a token, of whatever gateway
  kSignIn,   // `account` and `secret` are what a player would type at a login
  kHandOff,  // the player is to type
  kOther,    // nothing that asks for an answer
};

struct ClientMessage {
  Kind kind = Kind::kOther;
  std::string account;               // without control characters
  std::string secret;                // a password: without control characters
  std::optional<bool> keeps_tokens;  // none: the client does not say
};

// Nothing when the body is not an object, has a member of a wrong type, or is over a bound.
[[nodiscard]] std::optional<ClientMessage> parse(std::string_view package, std::string_view body);

// Bodies of the server's messages. `version`: what both speak.
void append_default(std::uint32_t version, std::string& out);
void append_result(bool success, std::string_view message, std::string& out);
// `secure_only`: the client shows the token on encrypted connections only.
void append_token(std::string_view account, std::string_view token, bool secure_only, std::string& out);

// What a world is told in the place of a Core.Supports message that names Char.Login: a body without it.
// Nothing: the message does not name it.
[[nodiscard]] std::optional<std::string> supports_without(std::string_view package, std::string_view body);

}  // namespace wyld::gmcp::char_login
