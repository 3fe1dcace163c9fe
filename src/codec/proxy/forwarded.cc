#include "codec/proxy/forwarded.h"

#include <algorithm>
#include <optional>

namespace wyld::proxy {
namespace {

struct Hop {
  std::string host;  // empty: no address
  std::string protocol;
};

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "203.0.113.7", "203.0.113.7:51000", "[2001:db8::7]", "[2001:db8::7]:51000" and, unless `strict`,
// "2001:db8::7". The port may be obfuscated ("_x") as RFC 7239 allows. Empty: no address.
std::string host_of(std::string_view node, bool strict) {
  std::string_view host = node;
  std::string_view port;
  bool has_port = false;
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return {};
    port = host.substr(end + 1);
    has_port = !port.empty();
    if (has_port && port.front() != ':') return {};
    if (has_port) port.remove_prefix(1);
    host = host.substr(1, end - 1);
    if (host.find(':') == std::string_view::npos) return {};
  } else if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    if (host.find(':', colon + 1) == std::string_view::npos) {
      has_port = true;
      port = host.substr(colon + 1);
      host = host.substr(0, colon);
    } else if (strict) {
      return {};
    }
  }
  if (has_port && !is_digits(port) && !(port.starts_with('_') && port.size() > 1)) return {};
  const std::optional<runtime::SocketAddress> address = runtime::numeric_address(host, 0);
  return address ? address->host_text() : std::string();
}

// The position after a quoted string that begins at `at`; npos if it does not end.
std::size_t after_quoted(std::string_view text, std::size_t at) noexcept {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

// Cuts at `separator` outside of quoted strings. False: a quoted string has no end.
bool split(std::string_view text, char separator, std::vector<std::string_view>& out) {
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at = after_quoted(text, at);
      if (at == std::string_view::npos) return false;
    } else if (text[at++] == separator) {
      out.push_back(text.substr(start, at - 1 - start));
      start = at;
    }
  }
  out.push_back(text.substr(start));
  return true;
}

// A token, or what a quoted string says. Nothing: neither.
std::optional<std::string> value_of(std::string_view text) {
  if (!text.starts_with('"')) {
    if (text.empty() || text.find_first_of(" \t\"\\,;=") != std::string_view::npos) return std::nullopt;
    return std::string(text);
  }
  if (after_quoted(text, 0) != text.size()) return std::nullopt;
  std::string out;
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    if (text[at] == '\\') ++at;
    out += text[at];
  }
  return out;
}

// One element of Forwarded: for=192.0.2.60;proto=https;by=203.0.113.43
Hop parse_element(std::string_view element) {
  std::vector<std::string_view> pairs;
  if (!split(element, ';', pairs)) return {};
  std::optional<std::string> node;
  std::optional<std::string> protocol;
  for (std::string_view pair : pairs) {
    pair = trimmed(pair);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return {};
    const std::string name = lower(pair.substr(0, equals));
    const std::optional<std::string> value = value_of(pair.substr(equals + 1));
    if (!value) return {};
    if (name == "for") {
      if (node) return {};  // two of them: which would count?
      node = value;
    } else if (name == "proto") {
      if (protocol) return {};
      protocol = lower(*value);
    }
  }
  if (!node) return {};
  return {.host = host_of(*node, true), .protocol = protocol.value_or("")};
}

}  // namespace

ForwardedClient client_of(ForwardedHeader header, std::span<const std::string_view> lines,
                          std::string_view peer, const std::vector<runtime::Network>& trusted) {
  const auto is_trusted = [&](std::string_view host) {
    return std::ranges::any_of(trusted,
                               [&](const runtime::Network& network) { return network.contains(host); });
  };
  ForwardedClient client{.host = std::string(peer), .protocol = {}};
  std::size_t hops = 0;
  for (std::size_t line = lines.size(); line-- > 0;) {
    std::vector<std::string_view> entries;
    if (header == ForwardedHeader::kForwarded) {
      if (!split(lines[line], ',', entries)) return client;
    } else {
      // A quote has no meaning here, and must not hide a comma.
      for (std::string_view rest = lines[line];;) {
        const std::size_t comma = rest.find(',');
        entries.push_back(rest.substr(0, comma));
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
      }
    }
    for (std::size_t at = entries.size(); at-- > 0;) {
      if (hops == kHopsMax || !is_trusted(client.host)) return client;
      const std::string_view entry = trimmed(entries[at]);
      if (entry.empty()) continue;  // RFC 9110 section 5.6.1: lists may have empty elements
      ++hops;
      Hop hop = header == ForwardedHeader::kForwarded ? parse_element(entry) : Hop{host_of(entry, false), {}};
      if (hop.host.empty()) return client;
      client = {.host = std::move(hop.host), .protocol = std::move(hop.protocol)};
    }
  }
  return client;
}

}  // namespace wyld::proxy
