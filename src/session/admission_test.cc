#include "session/admission.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::steady_clock::time_point kNow{1000h};

AdmissionOptions small_options() {
  AdmissionOptions options;
  options.connections_max = 100;
  options.connections_per_address = 3;
  options.unauthenticated_per_address = 2;
  options.new_per_second_per_address = 1;
  options.new_burst_per_address = 4;
  return options;
}

std::string refusal(const Result<Lease>& lease) { return lease ? "admitted" : lease.error().what; }

TEST(Admission, BoundsTheUnauthenticatedOfOneAddress) {
  Admission admission(small_options());
  auto one = admission.admit("203.0.113.7", kNow);
  auto two = admission.admit("203.0.113.7", kNow);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(refusal(admission.admit("203.0.113.7", kNow)),
            "Too many connections from your address are still logging in.");
  EXPECT_TRUE(admission.admit("203.0.113.8", kNow)) << "another address is not concerned";
  one->authenticated();
  one->authenticated();  // once is enough, twice must not count twice
  EXPECT_TRUE(admission.admit("203.0.113.7", kNow));
}

TEST(Admission, BoundsTheConnectionsOfOneAddressUntilTheyLeave) {
  Admission admission(small_options());
  std::vector<Lease> leases;
  for (int i = 0; i < 3; ++i) {
    auto lease = admission.admit("203.0.113.7", kNow);
    ASSERT_TRUE(lease);
    lease->authenticated();
    leases.push_back(std::move(*lease));
  }
  EXPECT_EQ(refusal(admission.admit("203.0.113.7", kNow)),
            "There are too many connections from your address.");
  leases.pop_back();
  EXPECT_EQ(admission.connections(), 2U);
  EXPECT_TRUE(admission.admit("203.0.113.7", kNow + 2s));
}

// Those who were told to end.
struct Held {
  explicit Held(Admission& admission) {
    admission.set_give_way([this](SessionHandle session) {
      if (takes_posts) told.push_back(session.slot);
      return takes_posts;
    });
  }
  std::vector<std::uint32_t> told;
  bool takes_posts = true;
};

SessionHandle session(std::uint32_t slot) { return {.shard = 1, .slot = slot & 0xffffffU, .generation = 1}; }

// Sessions 1 to `count`, held for one address.
std::vector<HeldPlace> held_sessions(Admission& admission, std::uint32_t count, std::string_view address) {
  std::vector<HeldPlace> places;
  for (std::uint32_t slot = 1; slot <= count; ++slot)
    places.push_back(admission.hold(address, session(slot)));
  return places;
}

TEST(Admission, AHeldSessionCountsForItsAddressAndTheOldestGivesWay) {
  Admission admission(small_options());
  Held held(admission);
  std::vector<HeldPlace> places = held_sessions(admission, 3, "203.0.113.7");
  places.push_back(admission.hold("203.0.113.8", session(9)));
  auto first = admission.admit("203.0.113.7", kNow);
  ASSERT_TRUE(first);
  EXPECT_TRUE(held.told.empty()) << "it may be about to come back to any of them";
  first->authenticated();
  EXPECT_EQ(held.told, std::vector<std::uint32_t>{1}) << "it was somebody new";
  EXPECT_EQ(admission.held(), 3U);
  first->authenticated();
  EXPECT_EQ(held.told.size(), 1U);
  places.erase(places.begin() + 1);  // the second comes back, and its connection counts by itself
  auto second = admission.admit("203.0.113.7", kNow);
  ASSERT_TRUE(second);
  EXPECT_EQ(held.told.size(), 1U) << "there was a place";
  places.clear();
  EXPECT_EQ(admission.held(), 0U) << "a place that was taken is not given back twice";
  EXPECT_EQ(admission.connections(), 2U);
}

// They share an address, or fill the gateway, and lose their connections together.
TEST(Admission, PlayersWhoComeBackTogetherFindTheirSessions) {
  struct Case {
    const char* name;
    std::size_t connections_max;
    std::uint32_t connections_per_address;
  };
  for (const auto& [name, connections_max, connections_per_address] :
       {Case{"one address is full", 100, 6}, Case{"the gateway is full", 6, 100}, Case{"both", 6, 6}}) {
    AdmissionOptions options;
    options.connections_max = connections_max;
    options.connections_per_address = connections_per_address;
    Admission admission(options);
    Held held(admission);
    std::vector<HeldPlace> places = held_sessions(admission, 6, "203.0.113.7");
    std::vector<Lease> leases;
    for (int pair = 0; pair < 3; ++pair) {
      // Two connect before the first of them has said who it is.
      for (int i = 0; i < 2; ++i) leases.push_back(*admission.admit("203.0.113.7", kNow));
      for (int i = 0; i < 2; ++i) {
        places.pop_back();
        leases[leases.size() - 2 + static_cast<std::size_t>(i)].authenticated();
      }
    }
    EXPECT_TRUE(held.told.empty()) << name;
    EXPECT_FALSE(admission.admit("203.0.113.7", kNow)) << name << ": they fill it again";
  }
}

TEST(Admission, ConnectionsThatLogInNowAreStillBound) {
  constexpr std::uint32_t kMany = 100;
  AdmissionOptions options;
  options.connections_max = kMany;
  options.unauthenticated_per_address = options.connections_per_address = options.new_burst_per_address =
      2 * kMany;
  Admission admission(options);
  Held held(admission);
  std::vector<HeldPlace> places = held_sessions(admission, kMany, "203.0.113.7");
  std::vector<Lease> leases;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    leases.push_back(*admission.admit("203.0.113.8", kNow));
    EXPECT_LE(2 * leases.size() + admission.held(), 2 * kMany + Admission::kReturnDescriptors);
  }
  EXPECT_EQ(admission.held(), Admission::kReturnDescriptors);
  EXPECT_FALSE(admission.admit("203.0.113.8", kNow));
}

TEST(Admission, WhereOnlyConnectionsFillTheGatewayNoSessionEnds) {
  AdmissionOptions options = small_options();
  options.connections_max = 2;
  options.exempt_networks = {*runtime::Network::parse("127.0.0.0/8")};
  Admission admission(options);
  Held held(admission);
  const auto one = admission.admit("127.0.0.1", kNow);
  const auto two = admission.admit("127.0.0.1", kNow);
  ASSERT_TRUE(one && two);
  const HeldPlace place = admission.hold("203.0.113.7", session(1));
  EXPECT_FALSE(admission.admit("127.0.0.1", kNow));
  EXPECT_FALSE(admission.admit_web("127.0.0.1", kNow));
  EXPECT_TRUE(held.told.empty()) << "it would not have helped";
}

TEST(Admission, HeldSessionsCountForTheWholeGateway) {
  AdmissionOptions options = small_options();
  options.connections_max = 3;
  options.exempt_networks = {*runtime::Network::parse("127.0.0.0/8")};
  Admission admission(options);
  Held held(admission);
  std::vector<HeldPlace> places = held_sessions(admission, 3, "127.0.0.1");
  std::vector<Lease> leases;
  for (int i = 0; i < 3; ++i) {
    leases.push_back(*admission.admit("203.0.113." + std::to_string(i), kNow));
    leases.back().authenticated();
  }
  EXPECT_EQ(held.told, (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_EQ(refusal(admission.admit("203.0.113.9", kNow)),
            "The gateway is full. Please try again in a few minutes.");
}

TEST(Admission, ARefusedConnectionEndsNoSession) {
  Admission admission(small_options());
  Held held(admission);
  std::vector<Lease> leases;
  for (int i = 0; i < 2; ++i) leases.push_back(*admission.admit("203.0.113.7", kNow));
  const HeldPlace place = admission.hold("203.0.113.7", session(1));
  EXPECT_EQ(refusal(admission.admit("203.0.113.7", kNow)),
            "Too many connections from your address are still logging in.");
  EXPECT_TRUE(held.told.empty());
}

TEST(Admission, ASessionThatCannotBeToldKeepsItsPlaceUntilItCan) {
  Admission admission(small_options());
  Held held(admission);
  held.takes_posts = false;
  std::vector<HeldPlace> places = held_sessions(admission, 3, "203.0.113.7");
  auto first = admission.admit("203.0.113.7", kNow);
  first->authenticated();
  EXPECT_EQ(admission.held(), 3U);
  held.takes_posts = true;
  auto second = admission.admit("203.0.113.7", kNow);
  second->authenticated();
  EXPECT_EQ(held.told, (std::vector<std::uint32_t>{1, 2}));
}

TEST(Admission, BoundsHowFastOneAddressConnects) {
  Admission admission(small_options());
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(admission.admit("203.0.113.7", kNow));  // gone at once
  EXPECT_EQ(refusal(admission.admit("203.0.113.7", kNow)),
            "Your address is connecting too often. Please wait a few seconds.");
  EXPECT_TRUE(admission.admit("203.0.113.7", kNow + 1100ms));
}

TEST(Admission, CountsAnIpv6SubnetAsOneAddress) {
  Admission admission(small_options());
  auto one = admission.admit("2001:db8::1", kNow);
  auto two = admission.admit("2001:db8::ffff:2", kNow);
  ASSERT_TRUE(one && two);
  EXPECT_FALSE(admission.admit("2001:db8::3", kNow));
  EXPECT_TRUE(admission.admit("2001:db8:0:1::3", kNow)) << "the next /64";
}

TEST(Admission, ExemptNetworksAreBoundOnlyByTheTotal) {
  AdmissionOptions options = small_options();
  options.connections_max = 30;
  options.exempt_networks.push_back(*runtime::Network::parse("127.0.0.0/8"));
  Admission admission(options);
  std::vector<Lease> leases;
  for (int i = 0; i < 30; ++i) {
    auto lease = admission.admit("127.0.0.1", kNow);
    ASSERT_TRUE(lease) << i;
    leases.push_back(std::move(*lease));
  }
  EXPECT_EQ(refusal(admission.admit("127.0.0.1", kNow)),
            "The gateway is full. Please try again in a few minutes.");
  leases.clear();
  EXPECT_EQ(admission.connections(), 0U);
}

TEST(Admission, ALeaseIsGivenBackOnceHoweverItIsMoved) {
  Admission admission(small_options());
  {
    Lease a = std::move(*admission.admit("203.0.113.7", kNow));
    Lease b = std::move(a);
    Lease c;
    c = std::move(b);
    EXPECT_EQ(admission.connections(), 1U);
  }
  EXPECT_EQ(admission.connections(), 0U);
}

TEST(Admission, WebConnectionsOfOneAddressAreBoundApartFromItsPlayers) {
  AdmissionOptions options = small_options();
  options.connections_per_address = 8;
  options.new_burst_per_address = 100;
  Admission admission(options);
  std::vector<Lease> web;
  for (int i = 0; i < 8; ++i) {
    auto lease = admission.admit_web("203.0.113.7", kNow);
    ASSERT_TRUE(lease) << i;
    web.push_back(std::move(*lease));
  }
  const auto refused = admission.admit_web("203.0.113.7", kNow);
  EXPECT_EQ(refusal(refused), "There are too many connections from your address.");
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  EXPECT_TRUE(admission.admit_web("203.0.113.8", kNow));
  auto one = admission.admit("203.0.113.7", kNow);
  auto two = admission.admit("203.0.113.7", kNow);
  EXPECT_TRUE(one && two) << "its players come in";
  EXPECT_FALSE(admission.admit("203.0.113.7", kNow)) << "two are still logging in";
  web.front().authenticated();  // nothing for a web connection
  EXPECT_FALSE(admission.admit("203.0.113.7", kNow));
  EXPECT_EQ(admission.connections(), 10U);
  web.pop_back();
  EXPECT_TRUE(admission.admit_web("203.0.113.7", kNow));
  web.clear();
  EXPECT_EQ(admission.connections(), 2U);
}

TEST(Admission, APageLoadsEvenWhereOnePlayerIsAllowed) {
  AdmissionOptions options = small_options();
  options.connections_per_address = 1;
  options.new_burst_per_address = 1;
  Admission admission(options);
  std::vector<Lease> web;
  for (int i = 0; i < 6; ++i) {
    auto lease = admission.admit_web("203.0.113.7", kNow);
    ASSERT_TRUE(lease) << i;
    web.push_back(std::move(*lease));
  }
  EXPECT_FALSE(admission.admit_web("203.0.113.7", kNow));
}

TEST(Admission, WebConnectionsArriveAtABoundRate) {
  Admission admission(small_options());
  for (int i = 0; i < 24; ++i) EXPECT_TRUE(admission.admit_web("203.0.113.7", kNow)) << i;  // gone at once
  EXPECT_EQ(refusal(admission.admit_web("203.0.113.7", kNow)),
            "Your address is connecting too often. Please wait a few seconds.");
  EXPECT_TRUE(admission.admit_web("203.0.113.7", kNow + 200ms));
}

TEST(Admission, WebConnectionsAndPlayersShareTheTotal) {
  AdmissionOptions options = small_options();
  options.connections_max = 2;
  Admission admission(options);
  auto player = admission.admit("203.0.113.7", kNow);
  auto web = admission.admit_web("203.0.113.8", kNow);
  ASSERT_TRUE(player && web);
  EXPECT_EQ(admission.admit_web("203.0.113.9", kNow).error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(admission.admit("203.0.113.9", kNow));
  web->release();
  EXPECT_TRUE(admission.admit("203.0.113.9", kNow));
}

TEST(Admission, AHeldSessionGivesWayToAWebConnectionOnlyWhereTheGatewayIsFull) {
  constexpr std::uint32_t kMany = 40;
  AdmissionOptions options;
  options.connections_max = kMany;
  options.new_burst_per_address = 100;
  Admission admission(options);
  Held held(admission);
  std::vector<HeldPlace> places = held_sessions(admission, kMany, "203.0.113.7");
  std::vector<Lease> leases;
  const std::size_t room = (kMany + Admission::kReturnDescriptors) / 2;
  while (leases.size() < room) leases.push_back(*admission.admit_web("203.0.113.7", kNow));
  EXPECT_TRUE(held.told.empty());
  held.takes_posts = false;
  EXPECT_EQ(admission.admit_web("203.0.113.7", kNow).error().code, ErrorCode::kUnavailable);
  held.takes_posts = true;
  EXPECT_TRUE(admission.admit_web("203.0.113.7", kNow));
  EXPECT_EQ(held.told, (std::vector<std::uint32_t>{1, 2}));
}

TEST(Admission, SoManyRefusalsLingerAtOneTime) {
  Admission admission(small_options());
  for (std::size_t i = 0; i < Admission::kRefusalsMax; ++i) EXPECT_TRUE(admission.begin_refusal()) << i;
  EXPECT_FALSE(admission.begin_refusal());
  admission.end_refusal();
  EXPECT_TRUE(admission.begin_refusal());
}

}  // namespace
}  // namespace wyld::session
