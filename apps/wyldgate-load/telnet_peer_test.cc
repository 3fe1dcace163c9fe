#include "wyldgate-load/telnet_peer.h"

#include <gtest/gtest.h>

namespace wyld::load {
namespace {

struct Outcome {
  std::string text, answers;
  bool operator==(const Outcome&) const = default;
};

Outcome feed(TelnetPeer& peer, std::initializer_list<std::string> pieces) {
  Outcome outcome;
  for (std::string piece : pieces) {
    const std::size_t kept = peer.strip(piece, outcome.answers);
    outcome.text += piece.substr(0, kept);
  }
  return outcome;
}

const std::string kOffers{TelnetPeer::game_offers()};

TEST(LoadTelnetPeer, ClientAnswersATypicalGame) {
  TelnetPeer peer{TelnetPeer::Manner::kClient};
  const Outcome outcome = feed(peer, {"a" + kOffers + "b"});
  EXPECT_EQ(outcome.text, "ab");
  EXPECT_EQ(outcome.answers, std::string("\xff\xfd\x19\xff\xfd\xc9\xff\xfb\x18\xff\xfb\x1f"
                                         "\xff\xfa\x1f\0\x50\0\x18\xff\xf0",
                                         21));
}

TEST(LoadTelnetPeer, EveryCutGivesTheSame) {
  const std::string wire = "x" + kOffers + std::string("\xff\xfa\x18\x01\xff\xf0", 6) + "y\xff\xff" + "z\r\n";
  TelnetPeer whole{TelnetPeer::Manner::kClient};
  const Outcome expected = feed(whole, {wire});
  EXPECT_EQ(expected.text, "xy\xffz\r\n");
  EXPECT_NE(expected.answers.find("XTERM"), std::string::npos);
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    TelnetPeer peer{TelnetPeer::Manner::kClient};
    EXPECT_EQ(feed(peer, {wire.substr(0, cut), wire.substr(cut)}), expected) << "cut at " << cut;
  }
}

TEST(LoadTelnetPeer, AnAnswerIsGivenOnce) {
  TelnetPeer peer{TelnetPeer::Manner::kClient};
  EXPECT_NE(feed(peer, {kOffers}).answers, "");
  EXPECT_EQ(feed(peer, {kOffers}).answers, "");
}

TEST(LoadTelnetPeer, SilentStripsAndSaysNothing) {
  TelnetPeer peer{TelnetPeer::Manner::kSilent};
  EXPECT_EQ(feed(peer, {kOffers + "hi"}), (Outcome{"hi", ""}));
}

TEST(LoadTelnetPeer, GameAsksForTheTypeAndRefusesTheUnknown) {
  TelnetPeer peer{TelnetPeer::Manner::kGame};
  // DO EOR answers our offer; WILL TTYPE is asked for; WILL 99 and DO 98 are refused.
  const Outcome outcome = feed(peer, {"\xff\xfd\x19\xff\xfb\x18\xff\xfb\x63\xff\xfd\x62"});
  EXPECT_EQ(outcome.answers, std::string("\xff\xfa\x18\x01\xff\xf0\xff\xfe\x63\xff\xfc\x62", 12));
}

TEST(LoadTelnetPeer, GameKnowsAClientThatToldItsTypeAndItsWindow) {
  TelnetPeer game{TelnetPeer::Manner::kGame};
  TelnetPeer client{TelnetPeer::Manner::kClient};
  const Outcome first = feed(client, {kOffers});
  const Outcome question = feed(game, {first.answers});  // the window is in it, the type is asked for
  EXPECT_FALSE(game.client_known());
  feed(game, {feed(client, {question.answers}).answers});
  EXPECT_TRUE(game.client_known());
}

TEST(LoadTelnetPeer, GameDoesNotKnowASilentClient) {
  TelnetPeer game{TelnetPeer::Manner::kGame};
  TelnetPeer client{TelnetPeer::Manner::kSilent};
  feed(game, {feed(client, {kOffers}).answers + "hello\r\n"});
  EXPECT_FALSE(game.client_known());
}

}  // namespace
}  // namespace wyld::load
