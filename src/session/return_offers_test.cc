#include <gtest/gtest.h>

#include "session/resume_fixture.h"

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
using testing::FakeTransport;
using Calls = std::vector<std::string>;

TEST_F(Resume, ATokenIsGivenOnlyWhenTheSessionIsStored) {
  FakeTransport client = browser();
  const SessionHandle handle = *shard().open(client, Protocol::kWebSocketJson, "203.0.113.7");
  shard().settled(handle);
  shard().on_entered(handle);
  EXPECT_EQ(client.token, "") << "the store has not answered yet";
  gateway->run();
  EXPECT_EQ(client.token.size(), ResumeToken::kTextBytes);
  const ResumeKeys keys = store.rows.begin()->second.details->resume;
  EXPECT_EQ(keys.current, hash_of(*ResumeToken::parse(client.token)));
}

TEST_F(Resume, TheCodeItselfIsKeptNowhere) {
  FakeTransport client;
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
  shard().settled(handle);
  shard().on_entered(handle);
  gateway->run();
  const std::string shown = client.transcript();
  const std::string code = shown.substr(shown.find("resume ") + 7, ResumeCode::kTextBytes);
  client.unconfirmed = 10'000;
  shard().ended(handle);
  const ScrollbackPtr scrollback = store.rows.begin()->second.scrollback;
  ASSERT_NE(scrollback, nullptr);
  for (const OutputPiece& piece : scrollback->pieces) EXPECT_EQ(piece.text.find(code), std::string::npos);
  FakeTransport again;
  const SessionHandle fresh = *shard().open(again, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().line(fresh, "RESUME " + code, false);
  EXPECT_EQ(again.handle, handle);
  EXPECT_EQ(again.transcript().find(code), std::string::npos) << again.transcript();
}

TEST_F(Resume, ATokenIsRotatedAndTheOldOneStaysGoodForALostReply) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string first = client.token;
  shard().ended(handle);
  FakeTransport second = browser();
  gateway->come_back(second, first);
  EXPECT_NE(second.token, first);
  EXPECT_NE(second.token, "");
  shard().ended(handle);
  FakeTransport third = browser();
  gateway->come_back(third, first);  // the reply with the new one was lost
  EXPECT_EQ(third.answer.result, ResumeResult::kResumed);
  EXPECT_EQ(third.token, second.token) << "whichever of the two replies is the one that arrives";
  shard().ended(handle);
  FakeTransport fourth = browser();
  gateway->come_back(fourth, third.token);
  EXPECT_EQ(fourth.answer.result, ResumeResult::kResumed);
  EXPECT_NE(fourth.token, third.token);
}

TEST_F(Resume, ARetiredTokenRevokesTheFamily) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string first = client.token;
  shard().ended(handle);
  FakeTransport second = browser();
  gateway->come_back(second, first);
  shard().token_kept(handle);
  FakeTransport thief = browser();
  gateway->come_back(thief, first);
  EXPECT_EQ(thief.answer.result, ResumeResult::kGone);
  EXPECT_FALSE(second.ended) << "the player plays on";
  FakeTransport third = browser();
  gateway->come_back(third, second.token);
  EXPECT_EQ(third.answer.result, ResumeResult::kGone) << "nobody comes back with a token of this family";
}

TEST_F(Resume, InputDoesNotShowThatATokenHasArrived) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string first = client.token;
  shard().ended(handle);
  FakeTransport second = browser();
  gateway->come_back(second, first);
  time.advance(60s);
  shard().line(handle, "typed while the token stood in the queue", false);
  shard().ended(handle);
  FakeTransport third = browser();
  gateway->come_back(third, first);
  EXPECT_EQ(third.answer.result, ResumeResult::kResumed);
}

constexpr ResumeRegistry::Time kNoon{std::chrono::hours(1000)};

int wrong_codes_borne(ResumeRegistry& registry, std::string_view address, ResumeRegistry::Time now = kNoon) {
  int borne = 0;
  while (borne < 100 && registry.bears_wrong_code(address, now)) ++borne;
  return borne;
}

TEST(ResumeRegistry, TenWrongCodesOfAnAddressAndThenOneInSixSeconds) {
  ResumeRegistry registry(counting_random());
  EXPECT_EQ(wrong_codes_borne(registry, "203.0.113.7"), 10);
  EXPECT_EQ(wrong_codes_borne(registry, "203.0.113.8"), 10) << "another address";
  EXPECT_EQ(wrong_codes_borne(registry, "203.0.113.7", kNoon + 5s), 0);
  EXPECT_EQ(wrong_codes_borne(registry, "203.0.113.7", kNoon + 6s), 1);
  EXPECT_EQ(wrong_codes_borne(registry, "203.0.113.7", kNoon + 10min), 10);
}

TEST(ResumeRegistry, WrongCodesOfAnIpv6NetworkCountTogether) {
  ResumeRegistry registry(counting_random());
  EXPECT_EQ(wrong_codes_borne(registry, "2001:db8:1:2::7"), 10);
  EXPECT_EQ(wrong_codes_borne(registry, "2001:db8:1:2:ffff::8"), 0);
  EXPECT_EQ(wrong_codes_borne(registry, "2001:db8:1:3::7"), 10);
}

TEST(ResumeRegistry, AnExemptNetworkIsNeverToldToWait) {
  ResumeRegistry registry(counting_random(),
                          {.exempt_networks = {*runtime::Network::parse("203.0.113.0/24")}});
  EXPECT_EQ(wrong_codes_borne(registry, "203.0.113.7"), 100);
  EXPECT_EQ(wrong_codes_borne(registry, "198.51.100.7"), 10);
}

TEST(ResumeRegistry, AClockThatIsSetBackIsNoReasonToWait) {
  ResumeRegistry registry(counting_random());
  EXPECT_EQ(wrong_codes_borne(registry, "203.0.113.7"), 10);
  EXPECT_EQ(wrong_codes_borne(registry, "203.0.113.7", kNoon - std::chrono::hours(10)), 10);
}

// Players behind one proxy share an address.
TEST_F(Resume, WrongCodesOfAnAddressDoNotKeepOthersThereFromComingBack) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string code = code_of(client);
  const std::string token = client.token;
  shard().ended(handle);
  FakeTransport guesser;
  const SessionHandle guess = *shard().open(guesser, Protocol::kTelnet, "198.51.100.4");
  shard().settled(guess);
  for (int i = 0; i < 12; ++i) {
    guesser.said.clear();
    shard().line(guess, "resume AAAA-AAAA-AAAA", false);
    EXPECT_EQ(guesser.transcript().find("Too many") != std::string::npos, i >= 10) << guesser.transcript();
  }
  FakeTransport by_code;
  type_code(by_code, code);
  EXPECT_EQ(by_code.handle, handle) << by_code.transcript();
  FakeTransport by_token = browser();
  gateway->come_back(by_token, token);
  EXPECT_EQ(by_token.answer.result, ResumeResult::kResumed);
}

// 256 random bits cannot be guessed: a page with an old token must not hear that it has to wait.
TEST_F(Resume, WrongTokensAreNotCounted) {
  for (int i = 0; i < 30; ++i) {
    FakeTransport client = browser();
    gateway->come_back(client, std::string(ResumeToken::kTextBytes, 'A'));
    EXPECT_EQ(client.answer.result, ResumeResult::kGone) << i;
  }
}

TEST_F(Resume, ACodeIsGivenOnRequestAndWorksElsewhere) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().code_wanted(handle);
  EXPECT_EQ(client.code, "");
  gateway->run();
  ASSERT_EQ(client.code.size(), ResumeCode::kTextBytes);
  FakeTransport telnet;
  const SessionHandle fresh = *shard(1).open(telnet, Protocol::kTelnet, "198.51.100.4");
  shard(1).settled(fresh);
  shard(1).line(fresh, "resume " + client.code, false);
  ASSERT_EQ(telnet.moved_to, 0);
  telnet.arrived(shard(0), telnet);
  EXPECT_EQ(telnet.handle, handle);
  EXPECT_EQ(client.end_reason, EndReason::kTakenOver);
  EXPECT_EQ(gateway->manager.connected(Protocol::kTelnet), 1U);
}

TEST_F(Resume, ACodeThatIsTypedFirstBringsBackFromAWorldThatTakesEverybody) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().code_wanted(handle);
  gateway->run();
  shard().ended(handle);
  FakeTransport telnet;
  const SessionHandle fresh = *shard().open(telnet, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().on_entered(fresh);
  gateway->run();
  shard().line(fresh, "resume " + client.code, false);
  EXPECT_EQ(telnet.handle, handle);
  EXPECT_EQ(gateway->manager.count(), 1U) << "what began meanwhile is over";
  for (const std::string& call : world().calls)
    EXPECT_EQ(call.find(client.code), std::string::npos) << "the code is not for the world: " << call;
}

TEST_F(Resume, AfterAnotherLineACodeIsALineForTheWorld) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  shard().code_wanted(handle);
  gateway->run();
  shard().ended(handle);
  FakeTransport telnet;
  const SessionHandle fresh = *shard().open(telnet, Protocol::kTelnet, "198.51.100.4");
  shard().settled(fresh);
  shard().on_entered(fresh);
  shard().line(fresh, "look", false);
  shard().line(fresh, "resume " + client.code, false);
  EXPECT_EQ(world().calls.back(), "input 2 resume " + client.code);
}

TEST_F(Resume, TwoClientsWithOneTokenAreNoThieves) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string first = client.token;
  shard().ended(handle);
  FakeTransport second = browser();
  gateway->come_back(second, first);  // one of two clients with the same token, or a reply that is lost
  FakeTransport third = browser();
  gateway->come_back(third, first);
  EXPECT_EQ(third.answer.result, ResumeResult::kResumed);
  FakeTransport fourth = browser();
  gateway->come_back(fourth, third.token);
  EXPECT_EQ(fourth.answer.result, ResumeResult::kResumed);
  FakeTransport fifth = browser();
  gateway->come_back(fifth, second.token);  // the other client kept what it was given
  EXPECT_EQ(fifth.answer.result, ResumeResult::kResumed);
  FakeTransport late = browser();
  gateway->come_back(late, first);
  EXPECT_EQ(late.answer.result, ResumeResult::kGone) << "two uses old: in somebody's hands";
  FakeTransport sixth = browser();
  gateway->come_back(sixth, fifth.token);
  EXPECT_EQ(sixth.answer.result, ResumeResult::kGone) << "the family is revoked";
}

TEST_F(Resume, WhoIsInAlreadyIsGivenATokenForTheOneThatWasRefused) {
  FakeTransport client = browser();
  const SessionHandle handle = gateway->enter(client);
  const std::string first = client.token;
  shard().resume(handle, {.token = std::string(ResumeToken::kTextBytes, 'A'), .code = {}, .position = {}});
  gateway->run();
  EXPECT_EQ(client.answer.result, ResumeResult::kGone);
  EXPECT_NE(client.token, first);
  shard().ended(handle);
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  EXPECT_EQ(again.answer.result, ResumeResult::kResumed);
}

TEST_F(Resume, AClientThatLearnsLateToKeepTokensMissesNothingFromThenOn) {
  options.resume_codes = false;
  start(2);
  FakeTransport client;
  const SessionHandle handle = *shard().open(client, Protocol::kTelnet, "203.0.113.7");
  shard().settled(handle);
  client.has_token_store = true;
  client.counts = false;
  shard().on_entered(handle);
  gateway->run();
  ASSERT_NE(client.token, "");
  shard().ended(handle);
  shard().on_output(handle, "said to nobody\n");
  FakeTransport again = browser();
  gateway->come_back(again, client.token);
  EXPECT_EQ(again.said, (Calls{"<resumed>", "said to nobody\n", "<replayed>"}));
}

}  // namespace
}  // namespace wyld::session
