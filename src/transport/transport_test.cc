#include "transport/transport_fixture.h"

#include "codec/websocket/decoder.h"
#include "transport/listener.h"

namespace wyld::transport {
namespace {

using namespace std::chrono_literals;

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

TEST_F(Transport, WhatAPageIsToldWhileATelnetClientIsReadIsNotForThatClient) {
  Client page = websocket(session::Protocol::kWebSocketJson);
  page.send_frame(1, R"({"type":"line","text":"look"})");
  until([&] { return page.saw("you said look"); });
  world_.on_input = [this, watcher = last_](session::SessionHandle session, std::string_view) {
    sessions_->on_prompt(watcher);
    sessions_->on_output(session, "done\n");
  };
  Client client = telnet();
  until([&] { return world_.calls.back() == "attach 127.0.0.1"; });
  const std::size_t before = client.read().size();
  client.send("\xff\xfb\x63go\r\n");
  until([&] { return client.saw("done\r\n"); });
  EXPECT_EQ(client.read().substr(before),
            "\xff\xfe\x63"
            "done\r\n");
  until([&] { return page.saw(R"({"type":"prompt"})"); });
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

// Answers one word itself, and leaves what follows to another dialect.
class Doorman final : public Dialect {
 public:
  explicit Doorman(bool& destroyed) : destroyed_(destroyed) {}
  ~Doorman() override { destroyed_ = true; }
  void start(std::string_view /*address*/) override {
    connection().set_timer(connection().home().loop().now() + 20ms);
  }
  void on_bytes(char* data, std::size_t bytes) override {
    ASSERT_EQ(std::string_view(data, bytes), "knock rest");
    connection().write([](std::string& out) { out += "enter "; });
    connection().change_dialect(std::make_unique<Echo>(), "192.0.2.1", "rest");
    EXPECT_FALSE(destroyed_) << "it is still running";
  }
  void on_end() override { FAIL() << "the end is the next dialect's"; }

 private:
  class Echo final : public Dialect {
   public:
    void start(std::string_view address) override {
      connection().write([address](std::string& out) { out += address; });
    }
    void on_bytes(char* data, std::size_t bytes) override {
      connection().write([&](std::string& out) { out.append(" ").append(data, bytes); });
    }
    void on_timer() override { FAIL() << "the timer was that of the dialect before"; }
    void on_end() override {}
    void on_stop() override { connection().give_up(); }
  };
  bool& destroyed_;
};

TEST_F(Transport, AConnectionMayChangeItsDialect) {
  bool destroyed = false;
  auto [ours, theirs] = sockets();
  connections_->set_web([&destroyed] { return std::make_unique<Doorman>(destroyed); });
  connections_->accept_web(std::move(ours), runtime::parse_listen_address("127.0.0.1:9")->front());
  Client client(std::move(theirs));
  client.send("knock rest");
  until([&] { return client.saw("enter 192.0.2.1 rest"); });
  EXPECT_TRUE(destroyed);
  const auto later = std::chrono::steady_clock::now() + 50ms;
  until([&] { return std::chrono::steady_clock::now() > later; });
  client.send("more");
  until([&] { return client.saw(" more"); });
  connections_->stop();
  EXPECT_EQ(connections_->count(), 0U) << "a stop is told to the dialect that is spoken now";
  EXPECT_TRUE(client.ended());
}

TEST_F(Transport, JsonPasswordModeMarksTheLineSecret) {
  Client client = websocket(session::Protocol::kWebSocketJson);
  client.send_frame(1, R"({"type":"line","text":"connect"})");
  until([&] { return client.saw("you said connect"); });
  sessions_->on_client_echo(last_, false);
  until([&] { return client.saw(R"({"type":"echo","on":false})"); });
  client.send_frame(1, R"({"type":"line","text":"hunter2"})");
  until([&] { return world_.calls.back() == "input 2 <secret>"; });
  EXPECT_TRUE(
      client.saw("\x89\x01"
                 "1"))
      << "a ping, whose pong tells what was typed before";
  sessions_->on_client_echo(last_, true);
  client.send_frame(1, R"({"type":"line","text":"hunter2","secret":true})");
  until([&] { return world_.calls.back() == "input 3 <secret>"; });
  client.send_frame(1, R"({"type":"line","text":"look"})");
  until([&] { return world_.calls.back() == "input 4 look"; });
}

TEST_F(Transport, ForAJsonClientCharacterModeIsNoSecret) {
  Client client = websocket(session::Protocol::kWebSocketJson);
  client.send_frame(1, R"({"type":"line","text":"connect"})");
  until([&] { return client.saw("you said connect"); });
  sessions_->on_character_mode(last_, true);
  until([&] { return client.saw(R"({"type":"echo","on":false,"secret":false})"); });
  client.send_frame(1, R"({"type":"line","text":"look"})");
  until([&] { return world_.calls.back() == "input 2 look"; });
  sessions_->on_client_echo(last_, false);
  until([&] { return client.saw(R"({"type":"echo","on":false})"); });
  client.send_frame(1, R"({"type":"line","text":"hunter2"})");
  until([&] { return world_.calls.back() == "input 3 <secret>"; });
  sessions_->on_character_mode(last_, false);
  sessions_->on_client_echo(last_, true);
  until([&] { return client.saw(R"({"type":"echo","on":true})"); });
}

class Pings : public Transport {
 protected:
  Pings() {
    player_options_.ping = std::chrono::milliseconds(20);
    connections_ = std::make_unique<Connections>(*loop_, *sessions_, admission_, player_options_);
  }
};

TEST_F(Pings, ABrowserThatIsGoneIsNoticed) {
  for (const auto protocol : {session::Protocol::kWebSocketJson, session::Protocol::kWebSocketTelnet}) {
    Client client = websocket(protocol);
    until([&] { return client.ended(); });
    EXPECT_TRUE(client.saw(std::string_view("\x89\x00\x89\x00", 4)));
    EXPECT_FALSE(client.saw(std::string_view("\x89\x00\x89\x00\x89\x00", 6)));
    until([&] { return connections_->count() == 0; });
    EXPECT_EQ(world_.calls.back(), "detach");
  }
}

TEST_F(Pings, OneThatAnswersAndIsSilentOtherwiseStays) {
  for (const auto protocol : {session::Protocol::kWebSocketJson, session::Protocol::kWebSocketTelnet}) {
    Client client = websocket(protocol);
    std::size_t answered = 0;
    until([&] {
      const std::string& all = client.read();
      std::size_t pings = 0;
      constexpr std::string_view kPing("\x89\x00", 2);
      for (std::size_t at = all.find(kPing); at != std::string::npos; at = all.find(kPing, at + 2)) ++pings;
      for (; answered < pings; ++answered) client.send_frame(10, "");
      return pings >= 8;
    });
    EXPECT_FALSE(client.ended());
    client.close();
    until([&] { return connections_->count() == 0; });
  }
}

TEST_F(Pings, AreSpreadByAFifth) {
  using std::chrono::milliseconds;
  runtime::Duration least = milliseconds(25'000);
  runtime::Duration most = least;
  for (int i = 0; i < 1000; ++i) {
    const runtime::Duration each = connections_->spread(milliseconds(25'000));
    least = std::min(least, each);
    most = std::max(most, each);
  }
  EXPECT_GE(least, milliseconds(20'000));
  EXPECT_LE(most, milliseconds(30'000));
  EXPECT_GT(most - least, milliseconds(5'000));
}

TEST_F(Transport, AJsonClientMayAskForItsSessionLate) {
  Client client = websocket(session::Protocol::kWebSocketJson);
  until([&] { return !world_.calls.empty(); });  // it has said nothing, and plays as it is
  client.send_frame(1, R"({"type":"hello","resume":{"token":"x","epoch":1,"offset":0}})");
  until([&] { return client.saw(R"("type":"resumed","result":"gone")"); });
  const std::string hello = client.read();
  constexpr std::string_view kSession = R"("session":")";
  const std::string id = hello.substr(hello.find(kSession) + kSession.size(), 36);
  EXPECT_TRUE(client.saw(R"("result":"gone","final":true,"session":")" + id)) << "it goes on with its own";
  client.send_frame(1, R"({"type":"line","text":"look"})");
  until([&] { return client.saw("you said look"); });
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

// Holds on to the transports that sessions are given.
struct Transports final : Observer {
  void connected(const Connection&) override {}
  session::PlayerTransport& transport_for(session::PlayerTransport& player, const Connection&) override {
    last = &player;
    return player;
  }
  void before(const session::PlayerTransport&, Passed, std::string_view) override {}
  void after(const session::PlayerTransport&, Passed, std::string_view) override {}
  session::PlayerTransport* last = nullptr;
};

// A proxy's system may have confirmed what the client has not got. So its system's word does not count at
// all.
TEST_F(Transport, InAWebSocketOnlyThePongSaysWhatHasArrived) {
  const runtime::Fd listener =
      std::move(*runtime::listen_tcp(runtime::parse_listen_address("127.0.0.1:0")->front(), false));
  Transports transports;
  connections_->set_observer(transports);
  const std::string lines = [] {
    std::string all;
    while (all.size() < 1'000'000) all += "one of many lines\n";
    return all;
  }();
  for (const auto protocol : {session::Protocol::kWebSocketJson, session::Protocol::kWebSocketTelnet}) {
    for (const bool shared : {false, true}) {
      SCOPED_TRACE(std::string(session::protocol_name(protocol)) + (shared ? ", shared" : ""));
      runtime::Fd theirs = std::move(*runtime::connect_tcp(*runtime::local_address(listener.get())));
      runtime::SocketAddress peer;
      runtime::Fd ours;
      while (!ours.valid()) ours = std::move(*runtime::accept_tcp(listener.get(), peer));
      const int fd = ours.get();
      connections_->set_web([&] { return std::make_unique<Handshake>(protocol, std::string()); });
      connections_->accept_web(std::move(ours), peer);
      session::PlayerTransport& player = *transports.last;
      until([&] { return player.unconfirmed_bytes() == 0; });
      constexpr std::uint64_t kSeen = 500;
      player.begin_output(kSeen);
      // The system takes some of the message, and the client's confirms some of that.
      const std::uint64_t before = *loop_->system().confirmed_bytes(fd);
      if (shared) {
        std::string bytes;
        session::encode_text(player.wire_form(), lines, bytes);
        player.send_encoded(std::make_shared<const std::string>(std::move(bytes)));
      } else {
        player.send_text(lines);
      }
      player.note_output(kSeen + lines.size());
      until([&] { return *loop_->system().confirmed_bytes(fd) > before + 1000; });
      EXPECT_GT(player.unconfirmed_bytes(), 0U) << "a part is not the whole";
      EXPECT_EQ(player.delivered_output(), kSeen);
      Client client(std::move(theirs));
      until([&] {
        client.read();
        return player.unconfirmed_bytes() == 0;
      });
      EXPECT_EQ(player.delivered_output(), kSeen) << "that was its system";
      until([&] {
        client.answer_pings();
        return player.delivered_output() == kSeen + lines.size();
      });
      EXPECT_TRUE(player.knows_delivery());
      client.close();
      until([&] { return connections_->count() == 0; });
    }
  }
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
