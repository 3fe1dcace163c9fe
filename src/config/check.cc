#include "config/check.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/redact_url.h"
#include "base/utf8.h"

namespace wyld::config {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::size_t kHostBytesMax = 253;  // RFC 1035 section 2.3.4, without the final dot

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos;
}

std::optional<unsigned> parse_number(std::string_view text, unsigned max) {
  unsigned value = 0;
  if (!is_digits(text)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

// The bytes of an address in network order: 4, 16, or none when `text` is no address.
struct Ip {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t count = 0;
};

Ip parse_ip(std::string_view text) {
  const std::string terminated(text);
  Ip ip;
  if (text.find('\0') != std::string_view::npos) return ip;
  if (inet_pton(AF_INET, terminated.c_str(), ip.bytes.data()) == 1) {
    ip.count = 4;
  } else if (inet_pton(AF_INET6, terminated.c_str(), ip.bytes.data()) == 1) {
    ip.count = 16;
  }
  return ip;
}

std::string format_ip(const Ip& ip) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* done = inet_ntop(ip.count == 4 ? AF_INET : AF_INET6, ip.bytes.data(), text.data(), text.size());
  return done == nullptr ? std::string() : std::string(done);
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_';
}

// A host name or an IPv4 address.
Outcome<void> check_host(std::string_view host) {
  if (host.size() > kHostBytesMax) {
    return misconfigured(
        fmt::format("the host in {} has more than {} bytes", in_quotes(host), kHostBytesMax));
  }
  if (!std::ranges::all_of(host, is_host_character)) {
    return misconfigured(
        fmt::format("{} is no host name: letters, digits, '.', '-' and '_' only", in_quotes(host)));
  }
  if (host.starts_with('.') || host.starts_with('-') || host.find("..") != std::string_view::npos) {
    return misconfigured(fmt::format(
        "{} is no host name: a dot or hyphen stands where a letter or digit must", in_quotes(host)));
  }
  if (host.find_first_not_of("0123456789.") == std::string_view::npos && parse_ip(host).count != 4) {
    return misconfigured(
        fmt::format("{} is no IPv4 address: four numbers from 0 to 255 joined by dots", in_quotes(host)));
  }
  return {};
}

struct HostPort {
  std::string_view host;  // without brackets; empty for ":PORT"
  std::string_view port;
};

// "HOST:PORT" and "[IPV6]:PORT".
Outcome<HostPort> split_host_port(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return misconfigured(
          fmt::format("{} has '[' without ']'; write an IPv6 address as [::1]:4000", in_quotes(text)));
    }
    const std::string_view host = text.substr(1, close - 1);
    if (parse_ip(host).count != 16) {
      return misconfigured(fmt::format("{} is no IPv6 address; brackets are for those only, as in [::1]:4000",
                                       in_quotes(host)));
    }
    if (close + 1 >= text.size() || text[close + 1] != ':')
      return misconfigured(fmt::format("{} needs a port, as in [{}]:4000", in_quotes(text), host));
    return HostPort{host, text.substr(close + 2)};
  }
  if (parse_ip(text).count == 16) {
    return misconfigured(fmt::format(
        "{} is an IPv6 address without brackets; write it and the port as in [::1]:4000", in_quotes(text)));
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return misconfigured(
        fmt::format("{} needs a port: write HOST:PORT, as in 127.0.0.1:4000", in_quotes(redact_url(text))));
  }
  const HostPort parts{text.substr(0, colon), text.substr(colon + 1)};
  if (parts.host.find(':') != std::string_view::npos) {
    const std::string port = in_quotes(parts.port);
    return misconfigured(
        parse_ip(parts.host).count == 16
            ? fmt::format("{} needs brackets around the IPv6 address: [{}]:{}", in_quotes(text), parts.host,
                          port.substr(1, port.size() - 2))
            : fmt::format("{} has too many colons; write HOST:PORT or [IPV6]:PORT", in_quotes(text)));
  }
  if (!parts.host.empty()) {
    if (const Outcome<void> host = check_host(parts.host); !host) return fail(host.error());
  }
  return parts;
}

Outcome<void> check_port(std::string_view port, unsigned min) {
  const std::optional<unsigned> number = parse_number(port, 65535);
  if (number && *number >= min) return {};
  return misconfigured(fmt::format("{} is no port: a number from {} to 65535", in_quotes(port), min));
}

bool is_scheme(std::string_view text) {
  return !text.empty() && text[0] >= 'a' && text[0] <= 'z' && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShownBytesMax = 60;
  std::string out = "\"";
  std::string_view shown = text;
  if (shown.size() > kShownBytesMax) {
    shown = shown.substr(0, kShownBytesMax);
    shown.remove_suffix(incomplete_utf8_tail_bytes(shown));
  }
  // C1 controls (U+0080 to U+009F) start terminal sequences too; in UTF-8 they are C2 followed by 80 to 9F.
  const bool utf8 = is_valid_utf8(shown);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto byte = static_cast<unsigned char>(shown[i]);
    const bool c1 = byte == 0xC2 && i + 1 < shown.size() && static_cast<unsigned char>(shown[i + 1]) < 0xA0;
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += shown[i];
    } else if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !utf8)) {
      out += fmt::format("\\x{:02X}", byte);
    } else if (c1) {
      out += fmt::format("\\u00{:02X}", static_cast<unsigned char>(shown[++i]));
    } else {
      out += shown[i];
    }
  }
  out += shown.size() < text.size() ? "...\"" : "\"";
  return out;
}

Outcome<void> check_world_name(std::string_view text) {
  if (text.empty()) return {};
  return check_name(text);
}

Outcome<void> check_word(std::string_view text) {
  if (text.find(' ') != std::string_view::npos)
    return misconfigured(fmt::format("{} has a space; players type one word", in_quotes(text)));
  return check_name(text);
}

Outcome<void> check_name(std::string_view text) {
  constexpr std::size_t kNameBytesMax = 64;
  if (text.empty()) return misconfigured("is empty; players need a name to see");
  if (text.size() > kNameBytesMax)
    return misconfigured(fmt::format("has {} bytes; at most {} fit", text.size(), kNameBytesMax));
  if (!is_valid_utf8(text)) return misconfigured(fmt::format("{} is not UTF-8", in_quotes(text)));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F || c1) {
      return misconfigured(
          fmt::format("{} contains a control character; use printable ones", in_quotes(text)));
    }
  }
  return {};
}

Outcome<void> check_key(std::string_view text) {
  constexpr std::size_t kKeyBytesMax = 1024;
  if (text.size() > kKeyBytesMax)
    return misconfigured(fmt::format("has {} bytes; at most {} fit", text.size(), kKeyBytesMax));
  const bool plain = std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7F; });
  if (plain) return {};
  return misconfigured(
      "has a character that cannot be sent; use letters, digits and punctuation, without spaces");
}

Outcome<void> check_path(std::string_view text) {
  const bool plain = std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (plain) return {};
  return misconfigured(fmt::format("{} contains a control character; no file is called so", in_quotes(text)));
}

Outcome<void> check_address(std::string_view text) {
  if (text.empty()) return misconfigured("is empty; write HOST:PORT, as in 127.0.0.1:4000, or off");
  if (is_digits(text)) return check_port(text, 0);
  if (text.find("://") != std::string_view::npos) {
    return misconfigured(
        fmt::format("{} is a URL; write only HOST:PORT, as in 127.0.0.1:4000", in_quotes(redact_url(text))));
  }
  const Outcome<HostPort> parts = split_host_port(text);
  if (!parts) return fail(parts.error());
  if (!parts->host.empty() && parts->host != "localhost" && parse_ip(parts->host).count == 0) {
    return misconfigured(
        fmt::format("{} is a name; write the numeric address of this machine, or only :{} for all of them",
                    in_quotes(parts->host), parts->port));
  }
  return check_port(parts->port, 0);
}

Outcome<void> check_world(std::string_view text) {
  constexpr std::array<std::string_view, 3> kSchemes{"telnet", "grpc", "grpcs"};
  constexpr std::string_view kPossible =
      "possible are \"demo\", \"telnet://HOST:PORT\", \"grpc://HOST:PORT\" and \"grpcs://HOST:PORT\"";
  if (text == "demo") return {};
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) {
    const Outcome<HostPort> parts = split_host_port(text);
    if (parts && !parts->host.empty() && check_port(parts->port, 1)) {
      return misconfigured(fmt::format("{} lacks the scheme; write \"telnet://{}\"", in_quotes(text), text));
    }
    return misconfigured(fmt::format("{} is no world; {}", in_quotes(text), kPossible));
  }
  const std::string_view scheme = text.substr(0, scheme_end);
  if (std::ranges::find(kSchemes, scheme) == kSchemes.end()) {
    return misconfigured(fmt::format("the scheme {} is not known; {}", in_quotes(scheme), kPossible));
  }
  const std::string_view rest = text.substr(scheme_end + 3);
  if (rest.find('@') != std::string_view::npos) {
    return misconfigured(scheme == "telnet"
                             ? "a world's URL takes no user name; players log in to the game themselves"
                             : "a world's URL takes no user name; world.key is the secret both know");
  }
  if (rest.find('/') != std::string_view::npos) {
    return misconfigured(
        fmt::format("{} has something behind the port; write \"{}://HOST:PORT\"", in_quotes(text), scheme));
  }
  const Outcome<HostPort> parts = split_host_port(rest);
  if (!parts) return fail(parts.error());
  if (parts->host.empty())
    return misconfigured(fmt::format("{} names no host; write \"{}://HOST:PORT\"", in_quotes(text), scheme));
  return check_port(parts->port, 1);
}

Outcome<void> check_store(std::string_view text) {
  constexpr std::string_view kPossible =
      "possible are \"sqlite\", \"sqlite:PATH\", \"postgresql://USER@HOST/DATABASE\" and \"memory\"";
  if (text.empty()) return misconfigured(fmt::format("is empty; {}", kPossible));
  if (text.find('\0') != std::string_view::npos) return misconfigured("holds a NUL byte");
  if (text == "sqlite" || text == "memory") return {};
  if (text.starts_with("postgresql://") || text.starts_with("postgres://")) return {};
  if (text.starts_with("sqlite:")) {
    const std::string_view path = text.substr(7);
    if (path.starts_with("//") && !path.starts_with("///")) {
      return misconfigured(
          "has two slashes behind \"sqlite:\"; write \"sqlite:PATH\", or \"sqlite:///PATH\" for a path "
          "from "
          "the root");
    }
    if (path.empty() || path.ends_with('/'))
      return misconfigured("names no file; write \"sqlite:PATH\", or just \"sqlite\"");
    return {};
  }
  const std::size_t scheme_end = text.find(':');
  if (scheme_end == std::string_view::npos || !is_scheme(text.substr(0, scheme_end))) {
    return misconfigured(fmt::format("is no database URL; {}", kPossible));
  }
  return misconfigured(
      fmt::format("the scheme {} is not known; {}", in_quotes(text.substr(0, scheme_end)), kPossible));
}

Outcome<void> check_origin(std::string_view text) {
  if (text == "*") return {};
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) {
    return misconfigured(fmt::format(
        "{} is no origin; write scheme://host, as in \"https://play.example.org\", or \"*\" for any",
        in_quotes(text)));
  }
  if (std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return misconfigured(fmt::format("{} must be in lower case, as browsers send it", in_quotes(text)));
  }
  const std::string_view scheme = text.substr(0, scheme_end);
  if (!is_scheme(scheme))
    return misconfigured(fmt::format("{} is no scheme; write https or http", in_quotes(scheme)));
  const std::string_view rest = text.substr(scheme_end + 3);
  if (rest.find_first_of("/?#@") != std::string_view::npos) {
    return misconfigured(fmt::format(
        "{} has more than scheme, host and port; leave out the path, also a final '/'", in_quotes(text)));
  }
  if (rest.empty()) return misconfigured(fmt::format("{} names no host", in_quotes(text)));
  const bool bracketed = rest.starts_with('[') && rest.ends_with(']');
  if (bracketed) {
    if (parse_ip(rest.substr(1, rest.size() - 2)).count == 16) return {};
    return misconfigured(fmt::format("{} is no IPv6 address", in_quotes(rest)));
  }
  if (rest.find(':') == std::string_view::npos) return check_host(rest);
  const Outcome<HostPort> parts = split_host_port(rest);
  if (!parts) return fail(parts.error());
  if (parts->host.empty()) return misconfigured(fmt::format("{} names no host", in_quotes(text)));
  if ((scheme == "https" && parts->port == "443") || (scheme == "http" && parts->port == "80")) {
    return misconfigured(fmt::format("{} names the scheme's own port, which browsers leave out; write {}",
                                     in_quotes(text), in_quotes(text.substr(0, text.rfind(':')))));
  }
  return check_port(parts->port, 1);
}

Outcome<void> check_page_host(std::string_view text) {
  if (text == "*") return {};
  if (text.empty())
    return misconfigured("a host name is missing; write it as in \"play.example.org\", or \"*\" for any");
  if (text.find("://") != std::string_view::npos || text.find('/') != std::string_view::npos) {
    return misconfigured(
        fmt::format("{} is more than a host name; leave out scheme and path, as in \"play.example.org\"",
                    in_quotes(text)));
  }
  if (text.starts_with("*.")) {
    return misconfigured(fmt::format("{} is a pattern; write every name, or \"*\" for any", in_quotes(text)));
  }
  if (parse_ip(text).count == 16 || text.starts_with('[')) {
    return misconfigured(
        fmt::format("{} is an address; addresses are always answered, list names only", in_quotes(text)));
  }
  if (text.find(':') != std::string_view::npos) {
    return misconfigured(
        fmt::format("{} names a port; leave it out, a name counts for every port", in_quotes(text)));
  }
  return check_host(text);
}

Outcome<void> check_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  Ip ip = parse_ip(text.substr(0, slash));
  if (ip.count == 0) {
    return misconfigured(fmt::format("{} is no network; write ADDRESS/BITS, as in 192.168.0.0/16 or fd00::/8",
                                     in_quotes(text)));
  }
  const auto bits_max = static_cast<unsigned>(ip.count * 8);
  if (slash == std::string_view::npos) {
    return misconfigured(fmt::format("{} needs a prefix length; for this one address write {}/{}",
                                     in_quotes(text), text, bits_max));
  }
  const std::optional<unsigned> bits = parse_number(text.substr(slash + 1), bits_max);
  if (!bits) {
    return misconfigured(fmt::format("{} has a wrong prefix length; behind '/' stands a number from 0 to {}",
                                     in_quotes(text), bits_max));
  }
  bool strays = false;
  for (unsigned bit = *bits; bit < bits_max; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    strays = strays || (ip.bytes[bit / 8] & mask) != 0;
    ip.bytes[bit / 8] = static_cast<std::uint8_t>(ip.bytes[bit / 8] & ~mask);
  }
  if (strays) {
    return misconfigured(fmt::format("{} has bits set behind its prefix; did you mean {}/{}?",
                                     in_quotes(text), format_ip(ip), *bits));
  }
  return {};
}

}  // namespace wyld::config
