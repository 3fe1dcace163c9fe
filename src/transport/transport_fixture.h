#pragma once
// What the tests of players' connections share: real sockets on a real loop, with a world that records.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/loop.h"
#include "runtime/socket.h"
#include "session/admission.h"
#include "testing/fakes.h"
#include "transport/connections.h"

namespace wyld::transport {

using Calls = std::vector<std::string>;

class Client {
 public:
  explicit Client(runtime::Fd fd) : fd_(std::move(fd)) {}

  void send(std::string_view bytes) {
    ASSERT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // A text or binary message, masked with zeros (RFC 6455 section 5.3 leaves the key to the client).
  void send_frame(char opcode, std::string_view payload) {
    std::string frame{static_cast<char>(0x80 | opcode), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0};
    send(frame.append(payload));
  }
  // Reads what is there.
  const std::string& read() {
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got == 0) ended_ = true;
      if (got <= 0) return received_;
      received_.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  // Answers the numbered pings that have come since the last time.
  void answer_pings() {
    const std::string& all = read();
    for (pings_end_ = all.find('\x89', pings_end_); pings_end_ < all.size();
         pings_end_ = all.find('\x89', pings_end_ + 1)) {
      if (pings_end_ + 1 >= all.size()) return;
      const std::string_view number =
          std::string_view(all).substr(pings_end_ + 2, static_cast<std::size_t>(all[pings_end_ + 1]));
      if (!number.empty()) send_frame(10, number);
    }
    pings_end_ = all.size();
  }
  [[nodiscard]] bool saw(std::string_view text) { return read().find(text) != std::string::npos; }
  [[nodiscard]] bool ended() {
    read();
    return ended_;
  }
  void close() { fd_.reset(); }

 private:
  runtime::Fd fd_;
  std::string received_;
  std::size_t pings_end_ = 0;
  bool ended_ = false;
};

// A client whose handshake is over as soon as it is there, and whose first bytes came with it.
class Handshake final : public Dialect {
 public:
  Handshake(session::Protocol protocol, std::string early) : protocol_(protocol), early_(std::move(early)) {}
  void start(std::string_view address) override {
    connection().home().enter_websocket(connection(), protocol_, address, std::move(early_));
  }
  void on_bytes(char* /*data*/, std::size_t /*bytes*/) override { FAIL() << "another dialect is spoken"; }
  void on_end() override { FAIL() << "another dialect is spoken"; }

 private:
  session::Protocol protocol_;
  std::string early_;
};

class Transport : public ::testing::Test {
 protected:
  Transport() : loop_(*runtime::Loop::create()) {
    player_options_.negotiation_quiet = std::chrono::milliseconds(20);
    player_options_.negotiation_deadline = std::chrono::milliseconds(60);
    player_options_.world_name = "Test";
    player_options_.version = "1";
    sessions_ =
        std::make_unique<session::ShardSessions>(0, manager_, session::ShardSessionsOptions{}, loop_->clock(),
                                                 loop_->timers(), SessionIdGenerator({1, 2, 3, 4}));
    sessions_->set_world(world_);
    connections_ = std::make_unique<Connections>(*loop_, *sessions_, admission_, player_options_);
    world_.on_input = [this](session::SessionHandle session, std::string_view line) {
      last_ = session;
      if (line == "quit") {
        sessions_->on_left(session, "Goodbye.");
      } else {
        sessions_->on_output(session, "you said " + std::string(line) + "\n");
      }
    };
  }
  ~Transport() override { connections_.reset(); }

  std::pair<runtime::Fd, runtime::Fd> sockets() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
    return {runtime::Fd(fds[0]), runtime::Fd(fds[1])};
  }
  Client telnet() {
    auto [ours, theirs] = sockets();
    connections_->accept_telnet(std::move(ours), runtime::parse_listen_address("127.0.0.1:9")->front());
    return Client(std::move(theirs));
  }
  Client websocket(session::Protocol protocol, std::string early = {}) {
    auto [ours, theirs] = sockets();
    connections_->set_web([&] { return std::make_unique<Handshake>(protocol, early); });
    connections_->accept_web(std::move(ours), runtime::parse_listen_address("127.0.0.1:9")->front());
    return Client(std::move(theirs));
  }
  // Runs the loop until `done`; a test that waits for ever is stopped from outside.
  template <typename Done>
  void until(Done&& done) {
    while (!done()) loop_->run_once(std::chrono::milliseconds(1));
  }

  std::unique_ptr<runtime::Loop> loop_;
  testing::FakeSessionStore store_;
  session::SessionManager manager_{{.sessions_max = 10}, store_};
  session::Admission admission_{[] {
    session::AdmissionOptions options;
    options.connections_max = 3;
    options.exempt_networks.push_back(*runtime::Network::parse("127.0.0.0/8"));
    return options;
  }()};
  testing::FakeWorld world_;
  PlayerOptions player_options_;
  std::unique_ptr<session::ShardSessions> sessions_;
  std::unique_ptr<Connections> connections_;
  session::SessionHandle last_;
};

}  // namespace wyld::transport
