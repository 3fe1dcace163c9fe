#include "http/listeners.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/socket.h"

namespace wyld::http {
namespace {

// Two families share a port that the system chose for the first; another program may have it in the second.
constexpr int kPortAttempts = 16;

std::string sentence(const std::string& address, const Error& error) {
  const std::string where = "http " + address + ": ";
  switch (error.system_errno) {
    case EADDRINUSE:
      return where + "port is in use by another program; stop it or choose another with --http";
    case EACCES:
      return where + "this user may not use the port; choose one above 1023 with --http";
    case EADDRNOTAVAIL:
      return where + "this machine has no such address; choose another with --http";
    case EAFNOSUPPORT:
      return where + "this machine does not speak that kind of address; choose another with --http";
    default:
      return where + error.message();
  }
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

// All that one text means, or nothing.
Result<std::vector<Listener>> open_group(std::vector<runtime::SocketAddress> group) {
  std::vector<Listener> listeners;
  Error skipped;
  for (runtime::SocketAddress& address : group) {
    if (!listeners.empty() && address.port() == 0) set_port(address, listeners.front().address.port());
    Result<runtime::Fd> fd = runtime::listen_tcp(address, false);
    if (!fd) {
      const int code = fd.error().system_errno;
      if (group.size() == 1 || (code != EAFNOSUPPORT && code != EADDRNOTAVAIL)) return fail(fd.error());
      skipped = fd.error();
      continue;
    }
    Result<runtime::SocketAddress> bound = runtime::local_address(fd->get());
    if (!bound) return fail(bound.error());
    listeners.push_back({std::move(*fd), *bound});
  }
  if (listeners.empty()) return fail(skipped);
  return listeners;
}

}  // namespace

std::expected<std::vector<Listener>, std::string> open_listeners(const std::vector<std::string>& addresses) {
  std::vector<Listener> all;
  for (const std::string& text : addresses) {
    const Result<std::vector<runtime::SocketAddress>> group = runtime::parse_listen_address(text);
    if (!group || group->empty()) {
      return std::unexpected("http " + text +
                             ": not an address; write HOST:PORT, for example 127.0.0.1:4080");
    }
    const bool chosen_port = group->front().port() == 0 && group->size() > 1;
    Result<std::vector<Listener>> opened = open_group(*group);
    for (int i = 1; i < kPortAttempts && chosen_port && !opened && opened.error().system_errno == EADDRINUSE;
         ++i) {
      opened = open_group(*group);
    }
    if (!opened) return std::unexpected(sentence(text, opened.error()));
    for (Listener& listener : *opened) all.push_back(std::move(listener));
  }
  return all;
}

}  // namespace wyld::http
