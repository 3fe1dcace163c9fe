// Real sockets on a real loop, with a world that records.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>

#include "codec/websocket/decoder.h"
#include "runtime/loop.h"
#include "runtime/socket.h"
#include "session/admission.h"
#include "testing/fakes.h"
#include "transport/connections.h"
#include "transport/listener.h"

namespace wyld::transport {
namespace {

using namespace std::chrono_literals;
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
  [[nodiscard]] bool saw(std::string_view text) { return read().find(text) != std::string::npos; }
  [[nodiscard]] bool ended() {
    read();
    return ended_;
  }
  void close() { fd_.reset(); }

 private:
  runtime::Fd fd_;
  std::string received_;
  bool ended_ = false;
};

class Transport : public ::testing::Test {
 protected:
  Transport() : loop_(*runtime::Loop::create()) {
    player_options_.negotiation_quiet = 20ms;
    player_options_.negotiation_deadline = 60ms;
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
    connections_->accept_websocket({.fd = std::move(ours),
                                    .early_bytes = std::move(early),
                                    .protocol = protocol,
                                    .address = "127.0.0.1"});
    return Client(std::move(theirs));
  }
  // Runs the loop until `done`; a test that waits for ever is stopped from outside.
  template <typename Done>
  void until(Done&& done) {
    while (!done()) loop_->run_once(1ms);
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

TEST_F(Transport, ATelnetClientThatNeverNegotiatesPlays) {
  Client client = telnet();
  until([&] { return !world_.calls.empty(); });
  EXPECT_EQ(world_.calls, Calls{"attach 127.0.0.1"}) << "after the quiet time";
  client.send("look\r\n");
  until([&] { return client.saw("you said look\r\n"); });
}

TEST_F(Transport, TheOpeningBurstComesBeforeAnything) {
  Client client = telnet();
  until([&] { return client.saw("\xff\xfd\x18"); });
  EXPECT_EQ(client.read().front(), '\xff');
}

TEST_F(Transport, AClientThatStopsHalfWayIsAttachedAtTheDeadline) {
  Client client = telnet();
  client.send("\xff\xfb\x18");  // WILL TTYPE, and never another word
  until([&] { return !world_.calls.empty(); });
  EXPECT_EQ(world_.calls, Calls{"attach 127.0.0.1"});
}

TEST_F(Transport, AnswersKeepTheirPlaceAmongTheWorldsOutput) {
  Client client = telnet();
  until([&] { return !world_.calls.empty(); });
  const std::size_t before = client.read().size();
  client.send("one\r\n\xff\xfb\x63two\r\n");  // WILL 99 between two lines is refused between two answers
  until([&] { return client.saw("you said two"); });
  EXPECT_EQ(client.read().substr(before), "you said one\r\n\xff\xfe\x63you said two\r\n");
}

TEST_F(Transport, TheFarewellArrivesBeforeTheEnd) {
  Client client = telnet();
  client.send("quit\r\n");
  until([&] { return client.ended(); });
  EXPECT_TRUE(client.saw("Goodbye.\r\n"));
  client.close();
  until([&] { return connections_->count() == 0; });
  EXPECT_EQ(admission_.connections(), 0U);
  EXPECT_EQ(manager_.count(), 0U);
}

TEST_F(Transport, AConnectionThatBreaksDetachesItsSession) {
  Client client = telnet();
  until([&] { return !world_.calls.empty(); });
  client.close();
  until([&] { return connections_->count() == 0; });
  EXPECT_EQ(world_.calls.back(), "detach");
  EXPECT_EQ(manager_.count(), 0U);
}

TEST_F(Transport, WhoIsOneTooManyIsToldSo) {
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(telnet());
  Client refused = telnet();
  refused.send("first words that nobody reads\r\n");
  until([&] { return refused.ended(); });
  EXPECT_TRUE(refused.saw("The gateway is full. Please try again in a few minutes.\r\n"));
  Client web = websocket(session::Protocol::kWebSocketJson);
  web.send_frame(1, R"({"type":"hello"})");
  until([&] { return web.ended(); });
  EXPECT_TRUE(web.saw(R"("type":"bye")"));
  EXPECT_EQ(admission_.connections(), 3U);
  refused.close();
  web.close();
  until([&] { return connections_->count() == 3; });
}

TEST_F(Transport, AJsonClientIsGreetedAndAttachedByItsHello) {
  Client client = websocket(session::Protocol::kWebSocketJson);
  until([&] { return client.saw(R"("type":"hello")"); });
  EXPECT_TRUE(world_.calls.empty());
  client.send_frame(1, R"({"type":"hello","client":"t","version":"1","columns":90,"rows":30,"gmcp":[]})");
  until([&] { return !world_.calls.empty(); });
  client.send_frame(1, R"({"type":"line","text":"look"})");
  until([&] { return client.saw(R"({"type":"text","text":"you said look\n"})"); });
}

TEST_F(Transport, BytesThatCameBehindTheUpgradeAreNotLost) {
  std::string early{static_cast<char>(0x81), static_cast<char>(0x80 | 29), 0, 0, 0, 0};
  early += R"({"type":"line","text":"look"})";
  Client client = websocket(session::Protocol::kWebSocketJson, early);
  until([&] { return client.saw("you said look"); });
}

TEST_F(Transport, JsonPasswordModeMarksTheLineSecret) {
  Client client = websocket(session::Protocol::kWebSocketJson);
  client.send_frame(1, R"({"type":"line","text":"connect"})");
  until([&] { return client.saw("you said connect"); });
  sessions_->on_client_echo(last_, false);
  until([&] { return client.saw(R"({"type":"echo","on":false})"); });
  client.send_frame(1, R"({"type":"line","text":"hunter2"})");
  until([&] { return world_.calls.back() == "input 2 <secret>"; });
}

TEST_F(Transport, TelnetInsideAWebSocketIsTheSameTelnet) {
  Client client = websocket(session::Protocol::kWebSocketTelnet);
  until([&] { return client.saw("\xff\xfd\x18"); });
  EXPECT_EQ(client.read().front(), '\x82') << "binary frames";
  client.send_frame(2, "look\r\n");
  until([&] { return client.saw("\x82\x0fyou said look\r\n"); });
}

TEST_F(Transport, TheWrongKindOfMessageClosesWith1003) {
  Client telnet_form = websocket(session::Protocol::kWebSocketTelnet);
  telnet_form.send_frame(1, "look");
  until([&] { return telnet_form.ended(); });
  EXPECT_TRUE(telnet_form.saw("\x03\xeb"));
  Client json_form = websocket(session::Protocol::kWebSocketJson);
  json_form.send_frame(2, "look");
  until([&] { return json_form.ended(); });
  EXPECT_TRUE(json_form.saw("\x03\xeb"));
}

TEST_F(Transport, ACloseFrameIsAnsweredAndEndsTheSession) {
  Client client = websocket(session::Protocol::kWebSocketJson);
  client.send_frame(1, R"({"type":"line","text":"look"})");
  until([&] { return client.saw("you said look"); });
  client.send_frame(8, std::string_view("\x03\xe8", 2));
  until([&] { return client.ended(); });
  EXPECT_EQ(world_.calls.back(), "detach");
}

TEST_F(Transport, PingsAreAnsweredUntilNobodyReadsTheAnswers) {
  Client client = websocket(session::Protocol::kWebSocketJson);
  client.send_frame(9, "abc");
  until([&] {
    return client.saw(
        std::string_view("\x8a\x03"
                         "abc"));
  });
}

TEST_F(Transport, AMalformedMessageIsExplainedAndTheSessionGoesOn) {
  Client client = websocket(session::Protocol::kWebSocketJson);
  client.send_frame(1, "{nonsense");
  until([&] { return client.saw(R"("type":"error")"); });
  client.send_frame(1, R"({"type":"line","text":"look"})");
  until([&] { return client.saw("you said look"); });
}

TEST_F(Transport, AListenerAcceptsAndStopsAccepting) {
  auto socket = runtime::listen_tcp(runtime::parse_listen_address("127.0.0.1:0")->front(), true);
  ASSERT_TRUE(socket);
  const auto address = *runtime::local_address(socket->get());
  int accepted = 0;
  Listener listener(*loop_, std::move(*socket), [&](runtime::Fd fd, const runtime::SocketAddress& peer) {
    ++accepted;
    EXPECT_TRUE(fd.valid());
    EXPECT_EQ(peer.host_text(), "127.0.0.1");
  });
  ASSERT_TRUE(listener.open());
  const runtime::Fd one = std::move(*runtime::connect_tcp(address));
  const runtime::Fd two = std::move(*runtime::connect_tcp(address));
  until([&] { return accepted == 2; });
  listener.close();
  const runtime::Fd late = std::move(*runtime::connect_tcp(address));
  loop_->run_once(20ms);
  EXPECT_EQ(accepted, 2);
}

}  // namespace
}  // namespace wyld::transport
