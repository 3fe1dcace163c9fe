#include "http/host.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace wyld::http {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

// A name as DNS has them, an IPv4 address among them; underscores occur in the wild.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool is_address(int family, std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return false;
  std::memcpy(terminated.data(), text.data(), text.size());
  in6_addr ignored{};
  return ::inet_pton(family, terminated.data(), &ignored) == 1;
}

}  // namespace

std::string_view host_of(std::string_view authority) noexcept {
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos || !is_address(AF_INET6, authority.substr(1, end - 1))) return {};
    const std::string_view rest = authority.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return {};
    return authority.substr(0, end + 1);
  }
  const std::size_t colon = authority.find(':');
  const std::string_view host = authority.substr(0, colon);
  if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1))) return {};
  return is_name(host) ? host : std::string_view();
}

bool is_known_host(std::string_view host, const std::vector<std::string>& names) noexcept {
  if (host.starts_with('[') || is_address(AF_INET, host)) return true;
  if (host.ends_with('.')) host.remove_suffix(1);  // the root of DNS, left out by nearly everybody
  return same_token(host, "localhost") ||
         std::any_of(names.begin(), names.end(),
                     [host](const std::string& name) { return name == "*" || same_token(name, host); });
}

Response unknown_host_response(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string sentence = "This gateway is not known as \"";
  sentence += host;
  sentence +=
      "\".\n\nIf you run it and the name is yours, add the name to its configuration and start it again:\n\n"
      "  [web]\n  hosts = [\"";
  sentence += host;
  sentence += "\"]\n";
  Response response = text_response(421, sentence);
  response.close = true;
  return response;
}

}  // namespace wyld::http
