// Players whose connections go and come, and the note they may edit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "world/demo/world_fixture.h"

namespace wyld::demo {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Notes = std::map<std::string, std::string>;

TEST(DemoReturn, ALostConnectionIsSeenOnceAndItsEndToo) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  const auto bob = game.enter("Bob", 1, plain_client());
  game.take(alice);
  game.lose(alice);
  game.lose(alice);
  EXPECT_EQ(game.take(bob), "\nAlice has lost the connection.\n> |");
  EXPECT_THAT(game.says(bob, "who"), HasSubstr("Alice             The Lamplit Court, connection lost\n"));
  EXPECT_THAT(game.says(bob, "who"), HasSubstr("Bob               The Lamplit Court\n"));
  EXPECT_THAT(game.says(bob, "look alice"), HasSubstr("the connection is lost"));
  game.says(bob, "say are you there?");
  EXPECT_EQ(game.take(alice), "\nBob asks, \"are you there?\"\n> |") << "kept for her";
  game.restore(alice, plain_client());
  EXPECT_EQ(game.take(bob), "\nAlice is back.\n> |");
  EXPECT_EQ(game.take(alice), "") << "the session tells her";
  EXPECT_THAT(game.says(bob, "who"), Not(HasSubstr("lost")));
}

TEST(DemoReturn, ANewClientIsToldWhereItIs) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  game.says(alice, "n");
  game.lose(alice);
  game.restore(alice, gmcp_client());
  Notes told;
  for (const auto& [package, body] : game.heard(alice).side_channel) told[package] = body;
  EXPECT_EQ(boost::json::parse(told["Room.Info"]).at("name"), "The Standing Gate");
  EXPECT_EQ(boost::json::parse(told["Char.Vitals"]).at("ep"), 77);
  EXPECT_EQ(boost::json::parse(told["Char.Name"]).at("name"), "Alice");
  EXPECT_EQ(game.heard(alice).side_channel.size(), 3U);
}

TEST(DemoReturn, WhoNeverComesBackFlickers) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  const auto bob = game.enter("Bob", 1, plain_client());
  game.lose(alice);
  game.take(bob);
  game.links[0]->detach(alice, session::DetachReason::kExpired);
  game.run_mailboxes();
  EXPECT_EQ(game.take(bob), "\nAlice flickers, and is gone.\n> |");
  EXPECT_THAT(game.says(bob, "who"), HasSubstr("One traveller"));
}

TEST(DemoReturn, WhoHasNoNameYetIsLostUnseen) {
  TwoShards game;
  const auto bob = game.enter("Bob", 1, plain_client());
  const auto stranger = game.attach(0, plain_client());
  game.take(stranger);
  game.lose(stranger);
  game.restore(stranger, gmcp_client());
  EXPECT_EQ(game.take(bob), "");
  EXPECT_TRUE(game.heard(stranger).side_channel.empty());
  EXPECT_THAT(game.says(stranger, "alice"), HasSubstr("The Lamplit Court"));
  EXPECT_THAT(game.says(bob, "who"), Not(HasSubstr("lost")));
}

TEST(DemoReturn, AChosenNameIsNotedAndTakenAgainWithoutAQuestion) {
  Notes notes;
  {
    TwoShards before;
    const auto alice = before.attach(0, plain_client());
    EXPECT_TRUE(before.heard(alice).notes.empty());
    before.says(alice, "alice");
    notes = before.heard(alice).notes;
  }
  EXPECT_EQ(notes, (Notes{{"name", "Alice"}}));
  TwoShards game;
  const auto alice = game.attach_again(1, notes, plain_client());
  EXPECT_TRUE(game.heard(alice).entered);
  const std::string hello = game.take(alice);
  EXPECT_THAT(hello, StartsWith("\nThe keeper remembers your name"));
  EXPECT_THAT(hello, Not(HasSubstr("Your name: ")));
  EXPECT_THAT(game.says(alice, "who"), HasSubstr("Alice"));
}

TEST(DemoReturn, WhoseNameIsTakenMeanwhileGetsOneLikeIt) {
  TwoShards game;
  game.enter("Alice");
  const auto again = game.attach_again(1, {{"name", "alice"}}, plain_client());
  EXPECT_TRUE(game.heard(again).entered) << "what waited for the world must not answer a question";
  EXPECT_THAT(game.take(again), HasSubstr("knows another alice by now, and writes Aliceaa"));
  EXPECT_EQ(game.heard(again).notes, (Notes{{"name", "Aliceaa"}}));
  game.enter("Abcdefghijklmnop");
  const auto longest = game.attach_again(1, {{"name", "Abcdefghijklmnop"}}, plain_client());
  EXPECT_EQ(game.heard(longest).notes, (Notes{{"name", "Abcdefghijklmnaa"}}));
}

TEST(DemoReturn, ANoteThatIsNoNameIsNotBelieved) {
  TwoShards game;
  for (const std::string name : {"", "a", "two words", "\x1b[2J", "aaaaaaaaaaaaaaaaaaaaaaaaaaa", "look"}) {
    const auto session = game.attach_again(0, {{"name", name}}, plain_client());
    EXPECT_THAT(game.take(session), EndsWith("Your name: |")) << name;
  }
  const auto nothing = game.attach_again(0, {}, plain_client());
  EXPECT_THAT(game.take(nothing), EndsWith("Your name: |"));
}

TEST(DemoReturn, AnAccountWhoseOldSessionWasHeldGoesOnAndIsSeenToBeBack) {
  TwoShards game({.accounts = true});
  const auto bob = game.attach(0, plain_client(), "Bob");
  const auto old = game.attach(0, plain_client(), "Alice");
  game.says(old, "edit note");
  game.edits(old, game.heard(old).edit, false, "remember the milk");
  game.lose(old);
  game.take(bob);
  const auto fresh = game.attach(1, plain_client(), "Alice");
  EXPECT_TRUE(game.heard(old).left);
  EXPECT_THAT(game.take(fresh), StartsWith("\nYour lamp still burns where you left it.\n"));
  EXPECT_EQ(game.take(bob), "\nAlice is back.\n> |");
  EXPECT_THAT(game.says(fresh, "note"), HasSubstr("remember the milk\n"));
}

TEST(DemoNote, IsEditedReadAndKept) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  EXPECT_THAT(game.says(alice, "note"), HasSubstr("blank"));
  EXPECT_EQ(game.says(alice, "edit note"), "") << "the editor speaks now";
  const std::uint64_t first = game.heard(alice).edit;
  EXPECT_NE(first, 0U);
  EXPECT_EQ(game.heard(alice).edit_text, "");
  EXPECT_EQ(game.edits(alice, first, false, "milk\nlamp oil"),
            "You have written on your note. Read it with note.\n> |");
  EXPECT_EQ(game.says(alice, "note"), "On your note stands:\nmilk\nlamp oil\n> |");
  game.says(alice, "edit");
  EXPECT_EQ(game.heard(alice).edit_text, "milk\nlamp oil");
  const std::uint64_t second = game.heard(alice).edit;
  EXPECT_NE(second, first);
  EXPECT_EQ(game.edits(alice, first, false, "from before"), "") << "not the one that is open";
  EXPECT_EQ(game.edits(alice, second, true, ""), "Your note stays as it was.\n> |");
  EXPECT_EQ(game.edits(alice, second, false, "twice"), "");
  EXPECT_THAT(game.says(alice, "note"), HasSubstr("milk\nlamp oil\n"));
  EXPECT_THAT(game.says(alice, "edit wall"), HasSubstr("edit note"));
  game.says(alice, "edit note");
  game.edits(alice, game.heard(alice).edit, false, "");
  EXPECT_THAT(game.says(alice, "note"), HasSubstr("blank"));
}

TEST(DemoNote, HoldsNoControlCharacters) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  game.says(alice, "edit note");
  game.edits(alice, game.heard(alice).edit, false,
             "a\x1b[2Jb\r\n\x07"
             "c\x9b\xff\n\n");
  EXPECT_EQ(game.says(alice, "note"), "On your note stands:\nab\nc\n\n> |");
}

TEST(DemoNote, IsBoundedFromBothSides) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  game.says(alice, "edit note");
  EXPECT_THAT(game.edits(alice, game.heard(alice).edit, false, std::string(kNoteBytesMax, 'x')),
              HasSubstr("written"));
  game.says(alice, "edit note");
  EXPECT_THAT(game.edits(alice, game.heard(alice).edit, false, std::string(kNoteBytesMax + 1, 'y')),
              HasSubstr("stays as it was"));
  PlayerTable players(kNotesMax + 1);
  std::vector<session::SessionHandle> sessions;
  for (std::uint32_t slot = 0; slot <= kNotesMax; ++slot) {
    sessions.push_back({.shard = 0, .slot = slot & 0xFFFFFF, .generation = 1});
    players.add(sessions.back());
  }
  for (std::size_t i = 0; i < kNotesMax; ++i) EXPECT_TRUE(players.set_note(*players.find(sessions[i]), "x"));
  EXPECT_FALSE(players.set_note(*players.find(sessions.back()), "x"));
  EXPECT_TRUE(players.set_note(*players.find(sessions[0]), "another"));
  players.remove(*players.find(sessions[0]));
  EXPECT_TRUE(players.set_note(*players.find(sessions.back()), "x"));
}

TEST(DemoNote, GoesWithItsOwner) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  game.says(alice, "edit note");
  game.edits(alice, game.heard(alice).edit, false, "secret garden");
  game.says(alice, "quit");
  const auto bob = game.enter("Bob", 0, plain_client());
  EXPECT_THAT(game.says(bob, "note"), HasSubstr("blank"));
  EXPECT_EQ(game.edits(bob, 1, false, "never asked"), "");
}

}  // namespace
}  // namespace wyld::demo
