#include "session/account_name.h"

#include <algorithm>
#include <array>

namespace wyld::session {
namespace {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_letter(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }

// Words that would read as somebody else, as no one, or as something to be done.
constexpr std::string_view kReserved[] = {
    "admin",  "administrator", "all",     "anybody", "anyone", "colour", "drink",    "everybody", "everyone",
    "exits",  "gate",          "gateway", "go",      "god",    "guest",  "help",     "keeper",    "look",
    "me",     "moderator",     "myself",  "name",    "new",    "nobody", "no-one",   "operator",  "password",
    "quit",   "rest",          "root",    "say",     "self",   "server", "shout",    "somebody",  "someone",
    "system", "tell",          "they",    "who",     "wizard", "world",  "wyldgate", "you",       "yourself",
};

}  // namespace

std::string_view name_problem(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_letter(c)) continue;
    if (c != '\'' && c != '-') return "A name is one word of the letters a to z.";
    const bool inside = i > 0 && i + 1 < text.size() && is_letter(text[i - 1]) && is_letter(text[i + 1]);
    if (!inside) return "An apostrophe or a hyphen may only stand between two letters.";
  }
  if (text.size() < kNameCharactersMin) return "A name needs at least two letters.";
  if (text.size() > kNameCharactersMax) return "A name may have at most sixteen letters.";
  if (std::ranges::any_of(kReserved, [&](std::string_view word) { return same_name(word, text); })) {
    return "That name is reserved. Please choose another.";
  }
  return {};
}

std::string_view password_problem(std::string_view text, std::string_view name) noexcept {
  if (text.size() < kPasswordBytesMin) return "A password needs at least eight characters.";
  if (text.size() > kPasswordBytesMax) return "A password may have at most 128 bytes.";
  if (same_name(text, name)) return "Your name is too easy to guess. Please choose another password.";
  return {};
}

std::string_view email_problem(std::string_view text) noexcept {
  const std::size_t at = text.rfind('@');
  const bool inside = at != std::string_view::npos && at > 0 && at + 1 < text.size();
  const bool odd =
      std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
  if (!inside || odd) return "That does not look like an e-mail address.";
  if (text.size() > kEmailBytesMax) return "That e-mail address is too long.";
  return {};
}

bool same_name(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string name_key(std::string_view name) {
  std::string key(name);
  std::ranges::transform(key, key.begin(), lower);
  return key;
}

bool may_hold_password(std::string_view line) noexcept {
  constexpr std::array<std::string_view, 8> kWords = {"connect",      "create",   "register", "login",
                                                      "@newpassword", "@pcreate", "password", "@password"};
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  return std::ranges::any_of(kWords, [&](std::string_view known) { return same_name(word, known); });
}

}  // namespace wyld::session
