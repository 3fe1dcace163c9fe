#include "codec/gmcp/char_login.h"

#include <string.h>  // explicit_bzero

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "codec/gmcp/message.h"

namespace wyld::gmcp::char_login {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 4;  // no message of this module nests deeper

enum class Presence : std::uint8_t { kAbsent, kPresent, kWrong };

// C0, DEL and C1 (U+0080 to U+009F): a line end in a name would be a second line to the game.
bool has_controls(std::string_view utf8) noexcept {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) return true;
  }
  return false;
}

// Moves a string member to `out`; what is left of it in the parsed value is overwritten.
Presence take_string(json::object& object, json::string_view key, std::string& out) {
  json::value* const member = object.if_contains(key);
  if (member == nullptr || member->is_null()) return Presence::kAbsent;
  json::string* const text = member->if_string();
  if (text == nullptr) return Presence::kWrong;
  out.assign(text->data(), text->size());
  explicit_bzero(text->data(), text->size());
  return Presence::kPresent;
}

// true, "true", 1, "1" and their opposites.
Presence take_flag(const json::object& object, json::string_view key, std::optional<bool>& out) {
  const json::value* const member = object.if_contains(key);
  if (member == nullptr || member->is_null()) return Presence::kAbsent;
  if (const bool* const flag = member->if_bool()) {
    out = *flag;
  } else if (const std::int64_t* const number = member->if_int64()) {
    if (*number != 0 && *number != 1) return Presence::kWrong;
    out = *number == 1;
  } else if (const json::string* const word = member->if_string()) {
    const bool yes = *word == "true" || *word == "1";
    if (!yes && *word != "false" && *word != "0") return Presence::kWrong;
    out = yes;
  } else {
    return Presence::kWrong;
  }
  return Presence::kPresent;
}

std::string quoted(std::string_view utf8) {
  return json::serialize(json::string_view(utf8.data(), utf8.size()));
}

bool fill(std::string_view package, json::object& object, ClientMessage& message) {
  if (take_flag(object, "token_storage", message.keeps_tokens) == Presence::kWrong) return false;
  const bool reconnect = same_package(package, kReconnect);
  if (!reconnect && !same_package(package, kCredentials)) return true;
  // Both are taken before either is judged, so that nothing is left behind unwiped.
  const Presence account = take_string(object, "account", message.account);
  const Presence secret = take_string(object, reconnect ? "token" : "password", message.secret);
  if (account == Presence::kWrong || secret == Presence::kWrong) return false;
  if (message.account.size() > kAccountBytesMax || has_controls(message.account)) return false;
  if (reconnect) {
    message.kind = Kind::kReturn;
    return secret == Presence::kPresent;
  }
  // A name alone is nothing to log in with: its player types.
  const bool complete = !message.account.empty() && !message.secret.empty();
  message.kind = complete ? Kind::kSignIn : Kind::kHandOff;
  return message.secret.size() <= kPasswordBytesMax && !has_controls(message.secret);
}

}  // namespace

bool concerns(std::string_view package) noexcept { return is_part_of(package, kModule); }

std::optional<ClientMessage> parse(std::string_view package, std::string_view body) {
  if (body.size() > kBodyBytesMax) return std::nullopt;
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::error_code error;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  ClientMessage message;
  if (fill(package, value.get_object(), message)) return message;
  explicit_bzero(message.secret.data(), message.secret.size());
  return std::nullopt;
}

void append_default(std::uint32_t version, std::string& out) {
  // Version 1 knows no such member.
  out += version >= kTokensSince ? R"({"version":2,"type":["password-credentials"]})"
                                 : R"({"type":["password-credentials"]})";
}

void append_result(bool success, std::string_view message, std::string& out) {
  out += success ? R"({"success":true)" : R"({"success":false)";
  if (!message.empty()) out.append(R"(,"message":)").append(quoted(message));
  out += '}';
}

void append_token(std::string_view account, std::string_view token, bool secure_only, std::string& out) {
  out.append(R"({"account":)").append(quoted(account)).append(R"(,"token":)").append(quoted(token));
  out += secure_only ? R"(,"secure_only":true})" : R"(,"secure_only":false})";
}

std::optional<std::string> supports_without(std::string_view package, std::string_view body) {
  Supports supports;
  // What Remove lists is read like what Set does: it is only to be said again.
  if (!Supports::concerns(package) || !supports.set(body)) return std::nullopt;
  if (!supports.remove_if_part_of(kModule)) return std::nullopt;
  return supports.to_json();
}

}  // namespace wyld::gmcp::char_login
