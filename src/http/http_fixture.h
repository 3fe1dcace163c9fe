#pragma once
// What the tests of HTTP connections share: a client on one end of a socket, whose other end is a connection
// of a loop that runs while the client waits.

#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/http_dialect.h"
#include "http/message.h"
#include "runtime/fd.h"
#include "runtime/loop.h"
#include "transport/transport_fixture.h"

namespace wyld::http {

struct WebAnswer {
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

class WebClient {
 public:
  WebClient(runtime::Fd fd, runtime::Loop& loop) : fd_(std::move(fd)), loop_(loop) {}

  // False: the other side has gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN) return false;
      if (sent < 0) turn();
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // False: the sockets are full, and nothing or only a part of it has left.
  bool send_now(std::string_view bytes) {
    return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
           static_cast<ssize_t>(bytes.size());
  }
  // It sends nothing more, and still reads.
  void end_output() { ::shutdown(fd_.get(), SHUT_WR); }
  void turn() { loop_.run_once(std::chrono::milliseconds(1)); }

  // The next answer. `with_body`: false after HEAD.
  WebAnswer receive(bool with_body = true) {
    WebAnswer answer;
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
  // Until `text` has come.
  [[nodiscard]] bool receive_until(std::string_view text) {
    while (pending_.find(text) == std::string::npos) {
      if (!read_more()) return false;
    }
    return true;
  }

 private:
  bool read_more() {
    char buffer[4096];
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (got > 0) pending_.append(buffer, static_cast<std::size_t>(got));
      if (got >= 0 || errno != EAGAIN) return got > 0;
      turn();
    }
  }

  runtime::Fd fd_;
  runtime::Loop& loop_;
  std::string pending_;
};

class Http : public transport::Transport {
 protected:
  Http() {
    options.head_deadline = std::chrono::hours(1);  // only the tests of deadlines want one
    bounds.new_burst_per_address = 1'000;
  }
  ~Http() override { connections_.reset(); }

  void start() {
    admission.emplace(bounds);
    web.emplace(options);
    connections_ = std::make_unique<transport::Connections>(*loop_, *sessions_, *admission, player_options_);
    connections_->set_web(dialects_of_a_shard(*web));
  }
  WebClient connect(std::string_view address = "203.0.113.7:9") {
    auto [ours, theirs] = sockets();
    connections_->accept_web(std::move(ours), runtime::parse_listen_address(address)->front());
    return {std::move(theirs), *loop_};
  }
  WebAnswer exchange(std::string_view request, bool with_body = true) {
    WebClient client = connect();
    client.send(request);
    return client.receive(with_body);
  }
  // Runs the loop until `connections` are left.
  void until_left(std::size_t connections) {
    until([&] { return connections_->count() == connections; });
  }

  WebOptions options;
  session::AdmissionOptions bounds;
  std::optional<session::Admission> admission;
  std::optional<Web> web;
};

}  // namespace wyld::http
