#include "runtime/local_listener.h"

#include <ifaddrs.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "runtime/fd.h"

namespace wyld::runtime {
namespace {

constexpr std::uint8_t kStateListen = 10;  // TCP_LISTEN of linux/tcp_states.h, which user space does not get

bool is_same_host(const sockaddr& a, const SocketAddress& b) {
  if (a.sa_family != b.storage.ss_family) return false;
  if (a.sa_family == AF_INET) {
    sockaddr_in left{};
    sockaddr_in right{};
    std::memcpy(&left, &a, sizeof left);
    std::memcpy(&right, &b.storage, sizeof right);
    return left.sin_addr.s_addr == right.sin_addr.s_addr;
  }
  if (a.sa_family != AF_INET6) return false;
  sockaddr_in6 left{};
  sockaddr_in6 right{};
  std::memcpy(&left, &a, sizeof left);
  std::memcpy(&right, &b.storage, sizeof right);
  return std::memcmp(&left.sin6_addr, &right.sin6_addr, sizeof left.sin6_addr) == 0;
}

bool is_of_this_machine(const SocketAddress& address) {
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address.storage, sizeof in);
    if ((ntohl(in.sin_addr.s_addr) >> 24U) == IN_LOOPBACKNET) return true;
  }
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return false;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(list, ::freeifaddrs);
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr != nullptr && is_same_host(*each->ifa_addr, address)) return true;
  }
  return false;
}

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

Question question_about(const SocketAddress& address) {
  Question question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.body.sdiag_family = static_cast<std::uint8_t>(address.storage.ss_family);
  question.body.sdiag_protocol = IPPROTO_TCP;
  question.body.idiag_states = 1U << kStateListen;
  question.body.id.idiag_sport = htons(address.port());
  question.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  question.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address.storage, sizeof in);
    std::memcpy(&question.body.id.idiag_src, &in.sin_addr, sizeof in.sin_addr);
  } else {
    sockaddr_in6 in{};
    std::memcpy(&in, &address.storage, sizeof in);
    std::memcpy(&question.body.id.idiag_src, &in.sin6_addr, sizeof in.sin6_addr);
  }
  return question;
}

}  // namespace

std::optional<bool> is_listening_here(const SocketAddress& address) {
  if (!is_of_this_machine(address)) return std::nullopt;
  const Fd fd(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd.valid()) return std::nullopt;
  const timeval patience{.tv_sec = 1, .tv_usec = 0};  // the kernel answers while we send
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const Question question = question_about(address);
  if (::send(fd.get(), &question, sizeof question, 0) != ssize_t{sizeof question}) return std::nullopt;

  std::array<char, 4096> answer{};
  const ssize_t got = ::recv(fd.get(), answer.data(), answer.size(), 0);
  nlmsghdr header{};
  if (got < ssize_t{sizeof header}) return std::nullopt;
  std::memcpy(&header, answer.data(), sizeof header);
  const std::size_t body_bytes = static_cast<std::size_t>(got) - NLMSG_HDRLEN;
  if (header.nlmsg_type == NLMSG_ERROR && body_bytes >= sizeof(nlmsgerr)) {
    nlmsgerr error{};
    std::memcpy(&error, answer.data() + NLMSG_HDRLEN, sizeof error);
    if (error.error == -ENOENT) return false;
    return std::nullopt;
  }
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || body_bytes < sizeof(inet_diag_msg)) return std::nullopt;
  inet_diag_msg socket{};
  std::memcpy(&socket, answer.data() + NLMSG_HDRLEN, sizeof socket);
  return socket.idiag_state == kStateListen;
}

}  // namespace wyld::runtime
