#pragma once
// Socket addresses as people write them.

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wyld::runtime {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t storage_bytes = 0;

  [[nodiscard]] std::string text() const;       // "127.0.0.1:4000", "[::1]:4000"
  [[nodiscard]] std::string host_text() const;  // "127.0.0.1", "::1"; IPv4-mapped IPv6 as IPv4
  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

// "HOST:PORT", "[V6]:PORT", "localhost:PORT", ":PORT" and "PORT" (all interfaces). HOST is numeric or
// "localhost". More than one answer for ":PORT" (IPv4 and IPv6) only; "localhost" is 127.0.0.1.
[[nodiscard]] Result<std::vector<SocketAddress>> parse_listen_address(std::string_view text);

// A numeric address without port or brackets, such as "203.0.113.7" or "2001:db8::7", and a port.
[[nodiscard]] std::optional<SocketAddress> numeric_address(std::string_view host, std::uint16_t port);

// "HOST:PORT" to connect to; HOST may be a name, which is looked up (blocks; not for a shard).
[[nodiscard]] Result<std::vector<SocketAddress>> resolve(std::string_view host_and_port);

// What per-address bounds count by: an IPv4 address whole, an IPv6 address by its /64.
struct AddressKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;  // IPv4 as ::ffff:a.b.c.d
  friend bool operator==(const AddressKey&, const AddressKey&) = default;
};
struct AddressKeyHash {
  std::size_t operator()(const AddressKey& key) const noexcept {
    return (key.high * 0x9e3779b97f4a7c15ULL) ^ (key.low * 0xc2b2ae3d27d4eb4fULL);
  }
};
[[nodiscard]] AddressKey address_key(const SocketAddress& address) noexcept;
// From the text of a numeric address without port; a zero key when it is none.
[[nodiscard]] AddressKey address_key(std::string_view host) noexcept;

// A CIDR network such as "10.0.0.0/8" or "2001:db8::/32".
class Network {
 public:
  static Result<Network> parse(std::string_view text);
  [[nodiscard]] bool contains(std::string_view host) const noexcept;

 private:
  in6_addr base_{};
  int prefix_bits_ = 128;  // over the IPv4-mapped form
};

}  // namespace wyld::runtime
