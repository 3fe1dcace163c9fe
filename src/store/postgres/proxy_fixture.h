#pragma once
// Stands between a client and a server, and makes trouble on request.

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>
#include <tuple>

#include "runtime/fd.h"

namespace wyld::store::postgres {

// A port of 127.0.0.1 from which connections go on to `server_port`. The calls are about the connections
// there are; new ones pass.
class TroublesomeProxy {
 public:
  explicit TroublesomeProxy(std::uint16_t server_port) : server_port_(server_port) {
    listener_ = runtime::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(0);
    socklen_t bytes = sizeof(address);
    std::ignore = ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), bytes);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &bytes);
    ::listen(listener_.get(), 16);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this] { accept_all(); });
  }
  ~TroublesomeProxy() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (Link& link : links_) link.close();
      for (Link& link : links_) link.trouble = Trouble::kNone;
    }
    changed_.notify_all();
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // The server's next answer is lost, and its connection with it.
  void lose_next_answer() { set(Trouble::kLoseAnswer); }
  // Nothing gets through any more, until release() lets through what was held.
  void hold() { set(Trouble::kHold); }
  void release() { set(Trouble::kNone); }
  // Returns when all that had been held, and whatever followed it, is with the server or refused by it.
  void wait_until_gone() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
      for (const Link& link : links_)
        if (link.was_held && !link.request_ended) return false;
      return true;
    });
  }

 private:
  enum class Trouble : std::uint8_t { kNone, kLoseAnswer, kHold };
  struct Link {
    runtime::Fd client;
    runtime::Fd server;
    Trouble trouble = Trouble::kNone;
    bool was_held = false;
    bool request_ended = false;
    std::jthread request;
    std::jthread answer;

    void close() const {
      ::shutdown(client.get(), SHUT_RDWR);
      ::shutdown(server.get(), SHUT_RDWR);
    }
  };

  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  void set(Trouble trouble) {
    {
      const std::lock_guard lock(mutex_);
      for (Link& link : links_) {
        link.trouble = trouble;
        link.was_held = link.was_held || trouble == Trouble::kHold;
      }
    }
    changed_.notify_all();
  }

  void accept_all() {
    while (true) {
      runtime::Fd client(::accept(listener_.get(), nullptr, nullptr));
      if (!client.valid()) return;
      runtime::Fd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const sockaddr_in address = loopback(server_port_);
      if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        continue;
      const std::lock_guard lock(mutex_);
      Link& link = links_.emplace_back();
      link.client = std::move(client);
      link.server = std::move(server);
      link.request = std::jthread([this, &link] {
        pump(link, link.client.get(), link.server.get());
        const std::lock_guard ended(mutex_);
        link.request_ended = true;
        changed_.notify_all();
      });
      link.answer = std::jthread([this, &link] { pump(link, link.server.get(), link.client.get()); });
    }
  }

  void pump(Link& link, int from, int to) {
    std::array<char, 65'536> bytes;
    while (true) {
      const ssize_t count = ::recv(from, bytes.data(), bytes.size(), 0);
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&link] { return link.trouble != Trouble::kHold; });
        if (count <= 0 || (link.trouble == Trouble::kLoseAnswer && from == link.server.get())) break;
      }
      ssize_t sent = 0;
      while (sent < count) {
        const ssize_t now =
            ::send(to, bytes.data() + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
        if (now <= 0) return link.close();
        sent += now;
      }
    }
    link.close();
  }

  const std::uint16_t server_port_;
  runtime::Fd listener_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;  // guards links_ and what is in them, but for the sockets
  std::condition_variable changed_;
  std::list<Link> links_;
  std::jthread acceptor_;
};

}  // namespace wyld::store::postgres
