// Telnet clients that sign in by GMCP Char.Login, as Mudlet does.
#include <algorithm>

#include "base/counters.h"
#include "session/resume_registry.h"
#include "testing/fake_accounts.h"
#include "transport/transport_fixture.h"

namespace wyld::transport {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kNegotiated = "\xff\xfc\x18\xff\xfc\x1f\xff\xfe\x2a";  // all that settles, refused
constexpr std::string_view kDoGmcp = "\xff\xfd\xc9";
constexpr std::string_view kVersion2 = R"(["Char 1","Char.Login 2"])";

std::string gmcp(std::string_view package, std::string_view body) {
  return "\xff\xfa\xc9" + std::string(package) + " " + std::string(body) + "\xff\xf0";
}

class CharLogin : public Transport {
 protected:
  CharLogin() {
    ready(*sessions_);
    player_options_.negotiation_deadline = 1h;  // whoever waits for it waits for ever
    offer(GmcpTokens::kPlain);
  }

  void ready(session::ShardSessions& sessions) {
    sessions.set_resume(registry_, [this](std::span<std::uint8_t> bytes) {
      for (std::uint8_t& byte : bytes) byte = random_;
      ++random_;
    });
    sessions.set_mail([this](std::uint8_t, ShardTask task) { return loop_->post(std::move(task)); });
  }
  void offer(GmcpTokens where, bool tls_in_front = false) {
    player_options_.gmcp_tokens = where;
    player_options_.tls_in_front = tls_in_front;
    connections_ = std::make_unique<Connections>(*loop_, *sessions_, admission_, player_options_);
  }
  Client mudlet(std::string_view supports = kVersion2) {
    Client client = telnet();
    client.send(std::string(kNegotiated) + std::string(kDoGmcp) + gmcp("Core.Supports.Set", supports));
    return client;
  }
  // Runs the loop for longer than the quiet time.
  void let_pass() {
    const runtime::TimePoint end = loop_->now() + 50ms;
    while (loop_->now() < end) loop_->run_once(1ms);
  }
  // The token that the client was given last; empty: none.
  static std::string token_of(Client& client) {
    constexpr std::string_view kMember = R"("token":")";
    const std::string& all = client.read();
    const std::size_t at = all.rfind(kMember);
    return at == std::string::npos ? "" : all.substr(at + kMember.size(), session::ResumeToken::kTextBytes);
  }
  // A client that has entered the world and has its token.
  Client enter() {
    Client client = mudlet();
    client.send(gmcp("Char.Login.Credentials", R"({"version":2,"token_storage":true})"));
    play(client);
    until([&] { return !token_of(client).empty(); });
    return client;
  }
  void play(Client& client) {
    until([&] { return !world_.calls.empty(); });
    client.send("look\r\n");
    until([&] { return client.saw("you said look"); });
    sessions_->on_entered(last_);
  }
  static std::string reconnect(const std::string& token) {
    return gmcp("Char.Login.Reconnect", R"({"account":"ada","token":")" + token + R"(","version":2})");
  }

  session::ResumeRegistry registry_{[](std::span<std::uint8_t> key) { std::ranges::fill(key, 7); }};
  testing::FakeAccountService accounts_;
  std::uint8_t random_ = 1;
};

TEST_F(CharLogin, TheWorldWaitsUntilTheClientHasAnsweredTheOffer) {
  Client client = mudlet();
  until([&] {
    return client.saw(gmcp("Char.Login.Default", R"({"version":2,"type":["password-credentials"]})"));
  });
  let_pass();
  EXPECT_TRUE(world_.calls.empty());
  client.send(gmcp("Char.Login.Credentials", "{}"));
  until([&] { return !world_.calls.empty(); });
  EXPECT_EQ(world_.calls, Calls{"attach 127.0.0.1"});
  EXPECT_EQ(world_.supports, R"(["Char 1"])");
  client.send(gmcp("Core.Supports.Add", R"(["Char.Login 2"])") + "look\r\n");
  until([&] { return client.saw("you said look"); });
  EXPECT_EQ(client.read().find("Char.Login.Default"), client.read().rfind("Char.Login.Default")) << "once";
}

TEST_F(CharLogin, TheOfferWaitsForWhatTheClientSupports) {
  Client client = telnet();
  client.send(std::string(kNegotiated) + std::string(kDoGmcp));
  let_pass();
  EXPECT_TRUE(world_.calls.empty()) << "it has GMCP and may know Char.Login";
  client.send(gmcp("Core.Supports.Set", R"(["Char 1"])"));
  until([&] { return !world_.calls.empty(); });
  EXPECT_FALSE(client.saw("Char.Login"));
}

TEST_F(CharLogin, NobodyWaitsForAClientWithoutGmcp) {
  Client client = telnet();
  client.send(std::string(kNegotiated) + "\xff\xfe\xc9");
  until([&] { return !world_.calls.empty(); });
}

TEST_F(CharLogin, NobodyWaitsForEver) {
  player_options_.negotiation_deadline = 60ms;
  offer(GmcpTokens::kPlain);
  Client client = mudlet();
  until([&] { return !world_.calls.empty(); });
  EXPECT_TRUE(client.saw("Char.Login.Default"));
}

TEST_F(CharLogin, AClientComesBackByItsToken) {
  Client client = enter();
  const std::string token = token_of(client);
  EXPECT_TRUE(client.saw(
      gmcp("Char.Login.Token", R"({"account":"player","token":")" + token + R"(","secure_only":false})")));
  client.close();
  until([&] { return sessions_->held_count() == 1; });
  sessions_->on_output(last_, "A dragon arrives.\n");
  Client again = mudlet();
  again.send(reconnect(token));
  until([&] { return !token_of(again).empty(); });
  const std::string& read = again.read();
  const std::size_t result = read.find(gmcp("Char.Login.Result", R"({"success":true})"));
  ASSERT_NE(result, std::string::npos);
  EXPECT_LT(result, read.find("You are back."));
  EXPECT_LT(read.find("You are back."), read.find("A dragon arrives."));
  EXPECT_NE(token_of(again), token) << "a new one, for the next time";
  EXPECT_EQ(world_.calls.back(), "restored 127.0.0.1");
  again.send("dance\r\n");
  until([&] { return again.saw("you said dance"); });
  EXPECT_EQ(world_.calls.back(), "input 2 dance");
}

TEST_F(CharLogin, WhoIsBackNeedsNoPassword) {
  world_.on_attach = [this](session::SessionHandle session) { last_ = session; };
  Client client = mudlet();
  client.send(gmcp("Char.Login.Credentials", "{}"));
  until([&] { return !world_.calls.empty(); });
  sessions_->on_entered(last_);
  until([&] { return !token_of(client).empty(); });
  client.close();
  until([&] { return sessions_->held_count() == 1; });
  Client again = mudlet();
  again.send(reconnect(token_of(client)));
  until([&] { return again.saw(R"({"success":true})"); });
  again.send(gmcp("Char.Login.Credentials", R"({"account":"ada","password":"correct horse"})") + "dance\r\n");
  until([&] { return again.saw("you said dance"); });
  EXPECT_EQ(world_.calls.back(), "input 1 dance")
      << "the world takes no lines of it for a name and a password";
}

TEST_F(CharLogin, WhatIsTypedBehindATokenGoesWhereItLeads) {
  Client client = enter();
  const std::string token = token_of(client);
  client.close();
  until([&] { return sessions_->held_count() == 1; });
  Client again = telnet();  // has answered nothing yet: the line ends the negotiation
  again.send(std::string(kDoGmcp) + gmcp("Core.Supports.Set", kVersion2) + reconnect(token) + "dance\r\n");
  until([&] { return again.saw("you said dance"); });
  EXPECT_TRUE(again.saw(R"({"success":true})"));
  EXPECT_EQ(sessions_->live_count(), 1U);
  EXPECT_NE(std::ranges::find(world_.calls, "input 2 dance"), world_.calls.end());
}

TEST_F(CharLogin, AStaleTokenIsRefusedAndThePlayerTypes) {
  Client client = mudlet();
  client.send(reconnect("of another gateway"));
  until([&] {
    return client.saw(R"(Char.Login.Result {"success":false,"message":"Your session was not found)");
  });
  until([&] { return !world_.calls.empty(); });
  EXPECT_EQ(world_.calls, Calls{"attach 127.0.0.1"}) << "once";
  // Mudlet signs in afresh.
  client.send(gmcp("Char.Login.Credentials", R"({"account":"ada:elf","password":"correct horse"})"));
  until([&] { return client.saw("you said correct horse"); });
  EXPECT_EQ(world_.calls, (Calls{"attach 127.0.0.1", "input 1 ada:elf", "input 2 <secret>"}));
}

TEST_F(CharLogin, ATokenThatAnotherGatewayMayHaveStaysWithTheClient) {
  store_.elsewhere = Status{};
  Client client = mudlet();
  client.send(reconnect(session::ResumeToken{.family = {1, 2, 3}, .secret = {4, 5, 6}}.text()));
  until([&] { return client.saw("does not have your session, but another one may."); });
  play(client);
  EXPECT_EQ(world_.calls, (Calls{"attach 127.0.0.1", "input 1 look"})) << "the player goes on";
  EXPECT_FALSE(client.saw("Char.Login.Result")) << "a refusal would make it forget the token";
}

TEST_F(CharLogin, TokensAndPasswordsWithoutEndAreNotLookedAt) {
  const std::uint64_t refused = counted(Counter::kResumeRefused);
  Client client = mudlet();
  const auto results = [&client] {
    std::size_t count = 0;
    const std::string& all = client.read();
    for (std::size_t at = all.find("Result"); at != std::string::npos; at = all.find("Result", at + 1))
      ++count;
    return count;
  };
  for (std::size_t i = 1; i <= 4; ++i) {
    client.send(reconnect("nonsense"));
    until([&] { return results() == i; });
  }
  client.send(gmcp("Char.Login.Credentials", R"({"account":"ada","password":"correct horse"})"));
  client.send(reconnect("nonsense") + reconnect("nonsense") + "dance\r\n");
  until([&] { return client.saw("you said dance"); });
  EXPECT_EQ(results(), 4U);
  EXPECT_EQ(counted(Counter::kResumeRefused) - refused, 6U);
}

TEST_F(CharLogin, WhoIsAskedToWaitKeepsTheToken) {
  Client client = enter();
  const std::string token = token_of(client);
  const SessionId session = *sessions_->id_of(last_);
  client.close();
  until([&] { return sessions_->held_count() == 1; });
  // It lives on a shard that no connection reaches now.
  ASSERT_TRUE(
      registry_.set(session, {.shard = 3, .slot = 0, .generation = 1}, registry_.take(session)->keys));
  Client again = mudlet();
  again.send(reconnect(token));
  until([&] { return again.ended(); });
  EXPECT_TRUE(again.saw("too busy")) << again.read();
  EXPECT_EQ(again.read().find("too busy"), again.read().rfind("too busy"));
  EXPECT_FALSE(again.saw("Char.Login.Result"));
  again.close();
}

TEST_F(CharLogin, AConnectionTakesItsStateToTheShardOfItsSession) {
  Client client = enter();
  const std::string token = token_of(client);
  client.close();
  until([&] { return sessions_->held_count() == 1; });
  session::ShardSessions other(1, manager_, {}, loop_->clock(), loop_->timers(),
                               SessionIdGenerator({5, 6, 7, 8}));
  testing::FakeWorld other_world;
  other.set_world(other_world);
  ready(other);
  player_options_.gmcp_tokens = GmcpTokens::kEncrypted;
  player_options_.tls_in_front = true;
  auto there = std::make_unique<Connections>(*loop_, other, admission_, player_options_);
  there->set_peers({connections_.get(), there.get()}, [this](std::uint8_t shard, ShardTask task) {
    EXPECT_EQ(shard, 0);
    return loop_->post(std::move(task));
  });
  auto [ours, theirs] = sockets();
  there->accept_telnet(std::move(ours), runtime::parse_listen_address("127.0.0.1:9")->front());
  Client again(std::move(theirs));
  again.send(std::string(kDoGmcp) + gmcp("Core.Supports.Set", kVersion2) + reconnect(token) + "dance\r\n");
  until([&] { return !token_of(again).empty(); });
  EXPECT_TRUE(again.saw(gmcp("Char.Login.Result", R"({"success":true})")));
  EXPECT_TRUE(again.saw(R"("secure_only":true)")) << "it is as encrypted as it was";
  EXPECT_EQ(other.live_count(), 0U);
  until([&] { return again.saw("you said dance"); });
  again.close();
  until([&] { return there->count() == 0 && connections_->count() == 0; });
}

TEST_F(CharLogin, TokensOfEncryptedConnectionsAreForThoseOnly) {
  offer(GmcpTokens::kEncrypted, /*tls_in_front=*/true);
  Client client = enter();
  EXPECT_TRUE(client.saw(R"("secure_only":true)"));
}

TEST_F(CharLogin, WhereItIsNotOfferedItBelongsToTheWorld) {
  for (const GmcpTokens where : {GmcpTokens::kOff, GmcpTokens::kEncrypted}) {
    world_.calls.clear();
    offer(where);
    Client client = telnet();
    client.send(std::string(kDoGmcp) + gmcp("Core.Supports.Set", kVersion2) + std::string(kNegotiated));
    until([&] { return !world_.calls.empty(); });
    EXPECT_EQ(world_.supports, kVersion2);
    client.send("look\r\n");
    until([&] { return client.saw("you said look"); });
    EXPECT_FALSE(client.saw("Char.Login"));
    sessions_->on_side_channel(last_, "Char.Login.Default", R"({"type":["password-credentials"]})");
    until([&] { return client.saw(gmcp("Char.Login.Default", R"({"type":["password-credentials"]})")); });
    client.send(gmcp("Char.Login.Credentials", "{}") + "dance\r\n");
    until([&] { return client.saw("you said dance"); });
    EXPECT_EQ(world_.calls,
              (Calls{"attach 127.0.0.1", "input 1 look", "side Char.Login.Credentials {}", "input 2 dance"}));
    client.close();
    until([&] { return connections_->count() == 0; });
  }
}

TEST_F(CharLogin, WhereItIsOfferedWorldAndClientHearNothingOfEachOther) {
  Client client = enter();
  const std::size_t calls = world_.calls.size();
  sessions_->on_side_channel(last_, "Char.Login.Default", R"({"type":["oauth"]})");
  sessions_->on_side_channel(last_, "Char.Vitals", R"({"hp":1})");
  until([&] { return client.saw("Char.Vitals"); });
  EXPECT_FALSE(client.saw("oauth"));
  client.send(gmcp("Char.Login", R"({"name":"ada","password":"correct horse"})") +
              gmcp("char.login.AuthCode", R"({"code":"x"})") +
              gmcp("Core.Supports.Set", R"(["Char.Login 2","Room 1"])") + "dance\r\n");
  until([&] { return client.saw("you said dance"); });
  EXPECT_EQ(Calls(world_.calls.begin() + static_cast<std::ptrdiff_t>(calls), world_.calls.end()),
            (Calls{R"(side Core.Supports.Set ["Room 1"])", "input 2 dance"}));
}

TEST_F(CharLogin, VersionOneIsOfferedOnlyWhereTheGatewayLogsPlayersIn) {
  Client stranger = mudlet(R"(["Char.Login 1"])");
  until([&] { return !world_.calls.empty(); });
  EXPECT_FALSE(stranger.saw("Char.Login"));
  EXPECT_EQ(world_.supports, R"(["Char.Login 1"])") << "the world may know it";

  world_.logs_in = true;
  sessions_->set_accounts(accounts_);
  Client client = mudlet(R"(["Char.Login 1"])");
  until([&] { return client.saw(gmcp("Char.Login.Default", R"({"type":["password-credentials"]})")); });
  client.send(reconnect("version 1 has none") +
              gmcp("Char.Login.Credentials", R"({"account":"ada:elf","password":"correct horse"})"));
  until([&] { return !accounts_.calls.empty(); });
  EXPECT_EQ(accounts_.calls, Calls{"log in ada correct horse from 127.0.0.1 after 0"});
  accounts_.answer(session::AccountVerdict::kAccepted, "Ada");
  until([&] { return client.saw(gmcp("Char.Login.Result", R"({"success":true})")); });
  until([&] { return client.saw("type: resume "); });
  EXPECT_EQ(token_of(client), "") << "version 1 has no tokens";
}

TEST_F(CharLogin, TheAccountOfATokenIsThatOfTheSession) {
  world_.logs_in = true;
  sessions_->set_accounts(accounts_);
  Client client = mudlet();
  client.send(gmcp("Char.Login.Credentials", R"({"account":"ada","password":"wrong","version":2})"));
  until([&] { return !accounts_.calls.empty(); });
  accounts_.answer(session::AccountVerdict::kRefused);
  until([&] { return client.saw(R"("success":false,"message":"That name and password do not match.")"); });
  client.send(gmcp("Char.Login.Credentials", R"({"account":"ada","password":"correct horse","version":2})"));
  until([&] { return accounts_.calls.size() == 2; });
  accounts_.answer(session::AccountVerdict::kAccepted, "Ada");
  until([&] { return !token_of(client).empty(); });
  EXPECT_TRUE(client.saw(R"(Char.Login.Token {"account":"Ada")"));
}

TEST_F(CharLogin, AClientThatKeepsNoTokensIsShownACode) {
  world_.logs_in = true;
  sessions_->set_accounts(accounts_);
  Client client = mudlet();
  client.send(gmcp("Char.Login.Credentials", R"({"version":2,"token_storage":"false"})"));
  until([&] { return client.saw("Your name: "); });
  client.send("ada\r\ncorrect horse\r\n");
  until([&] { return !accounts_.calls.empty(); });
  accounts_.answer(session::AccountVerdict::kAccepted, "Ada");
  until([&] { return client.saw("type: resume "); });
  EXPECT_EQ(token_of(client), "");
}

TEST_F(CharLogin, WhatIsMalformedIsCountedAndDropped) {
  Client client = mudlet();
  until([&] { return client.saw("Char.Login.Default"); });
  const std::uint64_t malformed = counted(Counter::kMalformedInput);
  client.send(gmcp("Char.Login.Credentials", "[]") +
              gmcp("Char.Login.Credentials", R"({"account":"a\nquit","password":"x"})") +
              gmcp("Char.Login.Reconnect", R"({"token":7})"));
  until([&] { return counted(Counter::kMalformedInput) == malformed + 3; });
  let_pass();
  EXPECT_TRUE(world_.calls.empty()) << "the client may do better";
  client.send("look\r\n");
  until([&] { return client.saw("you said look"); });
  EXPECT_EQ(world_.calls, (Calls{"attach 127.0.0.1", "input 1 look"}));
}

}  // namespace
}  // namespace wyld::transport
