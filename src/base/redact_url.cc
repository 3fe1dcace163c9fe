#include "base/redact_url.h"

#include <algorithm>

namespace wyld {
namespace {

constexpr std::string_view kMask = "***";

bool names_a_secret(std::string_view key) {
  std::string lower(key);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  // A percent sign in a key can only hide something.
  return lower.find("pass") != std::string::npos || lower.find('%') != std::string::npos;
}

}  // namespace

std::string redact_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t begin = scheme + 3;
  std::size_t query = std::min(url.find('?', begin), url.size());
  // "alice:what?ever@db": a password with a question mark in it, most likely.
  const std::string_view authority = url.substr(begin, query - begin);
  if (authority.find('@') == std::string_view::npos && authority.find(':') != std::string_view::npos) {
    if (const std::size_t at = url.rfind('@'); at != std::string_view::npos && at > query) query = url.size();
  }
  std::string out(url.substr(0, begin));
  std::string_view place = url.substr(begin, query - begin);
  if (const std::size_t at = place.rfind('@'); at != std::string_view::npos) {
    if (const std::size_t colon = place.substr(0, at).find(':'); colon != std::string_view::npos) {
      out.append(place.substr(0, colon + 1)).append(kMask);
    } else {
      out.append(place.substr(0, at));
    }
    place.remove_prefix(at);
  }
  out += place;
  std::string_view rest = url.substr(query);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&', 1), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    if (equals < parameter.size() && names_a_secret(parameter.substr(1, equals - 1))) {
      out.append(parameter.substr(0, equals + 1)).append(kMask);
    } else {
      out += parameter;
    }
    rest.remove_prefix(end);
  }
  return out;
}

}  // namespace wyld
