#include "runtime/address.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <charconv>
#include <cstring>
#include <memory>

namespace wyld::runtime {
namespace {

struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;
};

std::optional<HostAndPort> split(std::string_view text) {
  HostAndPort parts;
  std::string_view port = text;
  if (!text.empty() && text.front() == '[') {
    const std::size_t end = text.find("]:");
    if (end == std::string_view::npos) return std::nullopt;
    parts.host = text.substr(1, end - 1);
    port = text.substr(end + 2);
  } else if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    parts.host = text.substr(0, colon);
    if (parts.host.find(':') != std::string::npos) return std::nullopt;  // IPv6 without brackets
    port = text.substr(colon + 1);
  }
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), parts.port);
  if (error != std::errc{} || end != port.data() + port.size()) return std::nullopt;
  return parts;
}

SocketAddress from_ipv4(const in_addr& host, std::uint16_t port) {
  SocketAddress address;
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr = host;
  in.sin_port = htons(port);
  std::memcpy(&address.storage, &in, sizeof(in));
  address.storage_bytes = sizeof(in);
  return address;
}

SocketAddress from_ipv6(const in6_addr& host, std::uint16_t port) {
  SocketAddress address;
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_addr = host;
  in.sin6_port = htons(port);
  std::memcpy(&address.storage, &in, sizeof(in));
  address.storage_bytes = sizeof(in);
  return address;
}

in6_addr mapped(const in_addr& v4) {
  in6_addr out{};
  out.s6_addr[10] = 0xff;
  out.s6_addr[11] = 0xff;
  std::memcpy(out.s6_addr + 12, &v4, 4);
  return out;
}

// Any numeric address in IPv6 form.
std::optional<in6_addr> unified(std::string_view host) {
  const std::string text(host);
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return mapped(v4);
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) return v6;
  return std::nullopt;
}

AddressKey key_of(const in6_addr& address) noexcept {
  AddressKey key;
  std::memcpy(&key.high, address.s6_addr, 8);
  if (IN6_IS_ADDR_V4MAPPED(&address)) std::memcpy(&key.low, address.s6_addr + 8, 8);
  return key;
}

}  // namespace

std::uint16_t SocketAddress::port() const noexcept {
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof(in));
    return ntohs(in.sin6_port);
  }
  sockaddr_in in{};
  std::memcpy(&in, &storage, sizeof(in));
  return ntohs(in.sin_port);
}

std::string SocketAddress::host_text() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof(in));
    if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) {
      inet_ntop(AF_INET, in.sin6_addr.s6_addr + 12, text, sizeof(text));
    } else {
      inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof(text));
    }
  } else if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof(in));
    inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
  }
  return text;
}

std::string SocketAddress::text() const {
  const std::string host = host_text();
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port());
}

std::optional<SocketAddress> numeric_address(std::string_view host, std::uint16_t port) {
  const std::string text(host);
  if (text.find('\0') != std::string::npos) return std::nullopt;  // inet_pton would read no further
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return from_ipv4(v4, port);
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) return from_ipv6(v6, port);
  return std::nullopt;
}

Result<std::vector<SocketAddress>> parse_listen_address(std::string_view text) {
  std::optional<HostAndPort> parts = split(text);
  if (!parts)
    return fail(ErrorCode::kInvalidArgument, "not an address like 127.0.0.1:4000, [::1]:4000 or :4000");
  if (parts->host.empty()) {
    // IPv6 sockets are opened for IPv6 only, so both are needed.
    return std::vector{from_ipv4(in_addr{INADDR_ANY}, parts->port), from_ipv6(in6addr_any, parts->port)};
  }
  if (parts->host == "localhost") parts->host = "127.0.0.1";
  const std::optional<SocketAddress> address = numeric_address(parts->host, parts->port);
  if (!address) return fail(ErrorCode::kInvalidArgument, "the host must be a numeric address or localhost");
  return std::vector{*address};
}

Result<std::vector<SocketAddress>> resolve(std::string_view host_and_port) {
  const std::optional<HostAndPort> parts = split(host_and_port);
  if (!parts || parts->host.empty() || parts->port == 0) {
    return fail(ErrorCode::kInvalidArgument, "not of the form HOST:PORT");
  }
  if (const std::optional<SocketAddress> address = numeric_address(parts->host, parts->port))
    return std::vector{*address};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(parts->port);
  if (getaddrinfo(parts->host.c_str(), port.c_str(), &hints, &found) != 0) {
    return fail(ErrorCode::kNotFound, "the host name cannot be looked up");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.storage_bytes = at->ai_addrlen;
    addresses.push_back(address);
  }
  return addresses;
}

AddressKey address_key(const SocketAddress& address) noexcept {
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address.storage, sizeof(in));
    return key_of(mapped(in.sin_addr));
  }
  sockaddr_in6 in{};
  std::memcpy(&in, &address.storage, sizeof(in));
  return key_of(in.sin6_addr);
}

AddressKey address_key(std::string_view host) noexcept {
  const std::optional<in6_addr> address = unified(host);
  return address ? key_of(*address) : AddressKey{};
}

Result<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const std::optional<in6_addr> base = unified(host);
  if (!base) return fail(ErrorCode::kInvalidArgument, "not a network like 10.0.0.0/8");
  const bool v4 = host.find(':') == std::string_view::npos;
  int bits = v4 ? 32 : 128;
  if (slash != std::string_view::npos) {
    const std::string_view number = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
    if (error != std::errc{} || end != number.data() + number.size() || bits < 0 || bits > (v4 ? 32 : 128)) {
      return fail(ErrorCode::kInvalidArgument, "the number of bits behind the / is out of range");
    }
  }
  Network network;
  network.base_ = *base;
  network.prefix_bits_ = v4 ? bits + 96 : bits;
  return network;
}

bool Network::contains(std::string_view host) const noexcept {
  const std::optional<in6_addr> address = unified(host);
  if (!address) return false;
  const int whole_bytes = prefix_bits_ / 8;
  if (std::memcmp(address->s6_addr, base_.s6_addr, static_cast<std::size_t>(whole_bytes)) != 0) return false;
  const int rest_bits = prefix_bits_ % 8;
  if (rest_bits == 0) return true;
  const int shift = 8 - rest_bits;
  return (address->s6_addr[whole_bytes] >> shift) == (base_.s6_addr[whole_bytes] >> shift);
}

}  // namespace wyld::runtime
