#include "transport/open_listeners.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/socket.h"

namespace wyld::transport {
namespace {

// A port that the system chose is bound several times, for each shard and for two families; another program
// may take it in between.
constexpr int kPortAttempts = 16;

// "telnet 127.0.0.1:4000: port is in use by another program; stop it or choose another with --telnet"
std::string sentence(std::string_view kind, const std::string& address, const Error& error) {
  std::string why = error.message();
  std::string advice = fmt::format("choose another with --{}", kind);
  switch (error.system_errno) {
    case EADDRINUSE:
      why = "port is in use by another program";
      advice = fmt::format("stop it or choose another with --{}", kind);
      break;
    case EACCES:
      why = "ports below 1024 need a privilege";
      advice = fmt::format("choose a higher port with --{}, or grant CAP_NET_BIND_SERVICE", kind);
      break;
    case EADDRNOTAVAIL:
      why = "this machine has no such address";
      break;
    case EAFNOSUPPORT:
      why = "this machine does not speak that kind of address";
      break;
    default:
      break;
  }
  return fmt::format("{} {}: {}; {}", kind, address, why, advice);
}

void set_port(runtime::SocketAddress& address, std::uint16_t port) {
  if (address.storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address.storage, sizeof in);
    in.sin6_port = htons(port);
    std::memcpy(&address.storage, &in, sizeof in);
  } else {
    sockaddr_in in{};
    std::memcpy(&in, &address.storage, sizeof in);
    in.sin_port = htons(port);
    std::memcpy(&address.storage, &in, sizeof in);
  }
}

Result<BoundAddress> bind_one(runtime::SocketAddress address, std::size_t copies) {
  {
    // An exclusive socket first: with SO_REUSEPORT alone a second gateway would quietly share the port.
    const Result<runtime::Fd> probe = runtime::listen_tcp(address, /*share_port=*/false);
    if (!probe) return fail(probe.error());
    const Result<runtime::SocketAddress> bound = runtime::local_address(probe->get());
    if (!bound) return fail(bound.error());
    address = *bound;
  }
  BoundAddress all{.address = address, .sockets = {}};
  for (std::size_t i = 0; i < copies; ++i) {
    Result<runtime::Fd> socket = runtime::listen_tcp(address, /*share_port=*/true);
    if (!socket) return fail(socket.error());
    all.sockets.push_back(std::move(*socket));
  }
  return all;
}

// All that one text means, or nothing.
Result<std::vector<BoundAddress>> bind_group(std::vector<runtime::SocketAddress> group, std::size_t copies) {
  std::vector<BoundAddress> all;
  Error skipped;
  for (runtime::SocketAddress& address : group) {
    if (!all.empty() && address.port() == 0) set_port(address, all.front().address.port());
    Result<BoundAddress> bound = bind_one(address, copies);
    if (!bound) {
      const int code = bound.error().system_errno;
      if (group.size() == 1 || (code != EAFNOSUPPORT && code != EADDRNOTAVAIL)) return fail(bound.error());
      skipped = bound.error();
      continue;
    }
    all.push_back(std::move(*bound));
  }
  if (all.empty()) return fail(skipped);
  return all;
}

}  // namespace

Outcome<std::vector<BoundAddress>> open_listeners(std::string_view kind,
                                                  const std::vector<std::string>& addresses,
                                                  std::size_t copies) {
  std::vector<BoundAddress> all;
  for (const std::string& text : addresses) {
    const Result<std::vector<runtime::SocketAddress>> group = runtime::parse_listen_address(text);
    if (!group || group->empty()) {
      return misconfigured(
          fmt::format("{} {}: not an address; write HOST:PORT, for example 127.0.0.1:4080", kind, text));
    }
    const bool chosen_port = group->front().port() == 0;
    Result<std::vector<BoundAddress>> bound = bind_group(*group, copies);
    for (int i = 1; i < kPortAttempts && chosen_port && !bound && bound.error().system_errno == EADDRINUSE;
         ++i) {
      bound = bind_group(*group, copies);
    }
    if (!bound) return misconfigured(sentence(kind, text, bound.error()));
    for (BoundAddress& address : *bound) all.push_back(std::move(address));
  }
  return all;
}

}  // namespace wyld::transport
