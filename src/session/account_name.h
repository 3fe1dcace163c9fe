#pragma once
// The rules for what belongs to an account: its name, its password, an e-mail address.

#include <cstddef>
#include <string>
#include <string_view>

namespace wyld::session {

inline constexpr std::size_t kNameCharactersMin = 2;
inline constexpr std::size_t kNameCharactersMax = 16;
inline constexpr std::size_t kPasswordBytesMin = 8;
inline constexpr std::size_t kPasswordBytesMax = 128;
inline constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321 section 4.5.3.1.3, less its brackets

// What is wrong with `text`, as a sentence for the player; empty: nothing.
[[nodiscard]] std::string_view name_problem(std::string_view text) noexcept;
[[nodiscard]] std::string_view password_problem(std::string_view text, std::string_view name) noexcept;
// Sees slips of the keyboard only: whether mail arrives there is not for a rule to say.
[[nodiscard]] std::string_view email_problem(std::string_view text) noexcept;

// Names are compared without regard to ASCII case.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b) noexcept;
// The form that names of one account share: ASCII lower case.
[[nodiscard]] std::string name_key(std::string_view name);

// A line for a game with a login of its own. Many of them never turn echo off: their passwords are words of
// plain lines, "connect ada sesame".
[[nodiscard]] bool may_hold_password(std::string_view line) noexcept;

}  // namespace wyld::session
