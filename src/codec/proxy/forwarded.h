#pragma once
// Whom an HTTP request comes from, if proxies stand in front: X-Forwarded-For, and Forwarded (RFC 7239).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/address.h"

namespace wyld::proxy {

// The header that the proxies in front write. There is one: a proxy that writes one of them passes the other
// on as the client wrote it, so believing both means believing anybody.
enum class ForwardedHeader : std::uint8_t { kXForwardedFor, kForwarded };

struct ForwardedClient {
  std::string host;  // a numeric address without port, as SocketAddress::host_text() writes it
  // What the proxy that met this client said of the protocol, "https" or "wss" for example, in small letters;
  // empty if it said nothing. Forwarded only.
  std::string protocol;
};

// From the right, each address was written by the one to the right of it, and the last one by `peer`, the
// address of the socket. The first one that is not in `trusted` is the client's. Whatever stands to its left
// is a claim, and ignored; so is the header if `peer` is not trusted. An entry that is no address ("unknown",
// "_hidden", rubbish) ends the search: the client is then the last address that is proven. If all are
// trusted, it is the leftmost.
//
// `lines`: the values of all header fields of that name, in the order of the request.
// Limits   kHopsMax entries are looked at.
[[nodiscard]] ForwardedClient client_of(ForwardedHeader header, std::span<const std::string_view> lines,
                                        std::string_view peer, const std::vector<runtime::Network>& trusted);

inline constexpr std::size_t kHopsMax = 32;

}  // namespace wyld::proxy
