#pragma once
// A plain blocking client for this folder's tests.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "http/message.h"
#include "runtime/fd.h"

namespace wyld::http {

struct Answer {
  unsigned status = 0;  // 0: the connection ended without an answer
  std::string head;
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const {
    for (std::size_t at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
      const std::string_view line = std::string_view(head).substr(at + 2, head.find("\r\n", at + 2) - at - 2);
      const std::size_t colon = line.find(": ");
      if (colon != std::string_view::npos && same_token(line.substr(0, colon), name)) {
        return std::string(line.substr(colon + 2));
      }
    }
    return "";
  }
};

class Client {
 public:
  // `address` as Server::addresses() writes it, over IPv4.
  explicit Client(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    std::uint16_t port = 0;
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port);
    fd_ = runtime::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    connected_ = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }

  [[nodiscard]] bool connected() const { return connected_; }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  [[nodiscard]] bool send_one(char c) { return ::send(fd_.get(), &c, 1, MSG_NOSIGNAL) == 1; }

  // The next answer. `with_body`: false after HEAD.
  Answer receive(bool with_body = true) {
    Answer answer;
    std::size_t end = 0;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more()) return answer;
    }
    answer.head = pending_.substr(0, end + 2);
    pending_.erase(0, end + 4);
    std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
    std::size_t bytes = 0;
    const std::string length = answer.header("Content-Length");
    std::from_chars(length.data(), length.data() + length.size(), bytes);
    while (with_body && pending_.size() < bytes && read_more()) {
    }
    if (with_body) {
      answer.body = pending_.substr(0, bytes);
      pending_.erase(0, bytes);
    }
    return answer;
  }

  // Everything until the other side ends.
  std::string receive_to_end() {
    while (read_more()) {
    }
    return std::exchange(pending_, {});
  }

 private:
  bool read_more() {
    char buffer[4096];
    const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    pending_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  runtime::Fd fd_;
  bool connected_ = false;
  std::string pending_;
};

}  // namespace wyld::http
