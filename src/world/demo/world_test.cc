#include "world/demo/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/utf8.h"
#include "world/demo/commands.h"
#include "world/demo/text.h"
#include "world/demo/world_fixture.h"

namespace wyld::demo {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(DemoWorld, AsksForANameAndLetsThePlayerIn) {
  TwoShards game;
  const auto alice = game.attach(0, plain_client());
  EXPECT_THAT(game.heard(alice).text, EndsWith("Your name: |"));
  EXPECT_FALSE(game.heard(alice).entered);
  const std::string hello = game.says(alice, "  alice ");
  EXPECT_TRUE(game.heard(alice).entered);
  EXPECT_THAT(hello, HasSubstr("The Lamplit Court\n"));
  EXPECT_THAT(hello, HasSubstr("Exits: north, east, west, south, up."));
  EXPECT_THAT(hello, EndsWith("\n> |"));
}

TEST(DemoWorld, RefusesBadNamesAndAsksAgain) {
  TwoShards game;
  game.enter("Alice");
  const auto bob = game.attach(0, plain_client());
  for (const std::string_view line : {"x", "two words", "Look", "a1b2", "aaaaaaaaaaaaaaaaaaaaaaa", "alice"}) {
    const std::string answer = game.says(bob, line);
    EXPECT_THAT(answer, EndsWith("Your name: |")) << line;
    EXPECT_GT(answer.size(), 30U) << line;
  }
  EXPECT_THAT(game.says(bob, "ALICE"), HasSubstr("is here already"));
  EXPECT_EQ(game.says(bob, ""), "Your name: |");
  EXPECT_FALSE(game.heard(bob).entered);
  EXPECT_THAT(game.says(bob, "who"), HasSubstr("Alice"));
  EXPECT_THAT(game.says(bob, "bob"), HasSubstr("Here with you: Alice."));
}

TEST(DemoWorld, QuitWorksAtTheNameQuestionAndLater) {
  TwoShards game;
  const auto early = game.attach(0);
  game.says(early, "QUIT");
  EXPECT_TRUE(game.heard(early).left);
  const auto alice = game.enter("Alice");
  const auto bob = game.enter("Bob", 1, plain_client());
  game.says(alice, "quit");
  EXPECT_TRUE(game.heard(alice).left);
  EXPECT_THAT(game.heard(alice).farewell, HasSubstr("Alice"));
  EXPECT_THAT(game.take(bob), HasSubstr("Alice takes down a lamp"));
  EXPECT_EQ(game.says(alice, "look"), "");  // gone
  game.shared.with([](World& world) { EXPECT_EQ(world.player_count(), 1U); });
}

TEST(DemoWorld, ADroppedPlayerIsSeenToGoAndAShutdownIsQuiet) {
  TwoShards game;
  const auto alice = game.enter("Alice");
  const auto bob = game.enter("Bob", 1, plain_client());
  const auto carl = game.enter("Carl", 1, plain_client());
  game.take(bob);
  game.links[0]->detach(alice, session::DetachReason::kClosed);
  game.run_mailboxes();
  EXPECT_EQ(game.take(bob), "\nAlice flickers, and is gone.\n> |");
  game.links[1]->detach(carl, session::DetachReason::kShutdown);
  game.run_mailboxes();
  EXPECT_EQ(game.take(bob), "");
}

TEST(DemoWorld, LetsAnAccountStraightIn) {
  TwoShards game({.accounts = true});
  EXPECT_TRUE(game.links[0]->gateway_logs_in());
  const auto alice = game.attach(0, plain_client(), "alice");
  EXPECT_TRUE(game.heard(alice).entered);
  const std::string hello = game.take(alice);
  EXPECT_THAT(hello, StartsWith("\nThe keeper finds your name in it"));
  EXPECT_THAT(hello, HasSubstr("The Lamplit Court\n"));
  EXPECT_THAT(hello, EndsWith("\n> |"));
  const auto bob = game.attach(1, gmcp_client(), "Bob");
  EXPECT_EQ(game.take(alice), "\nBob hangs a lamp on a wire, and looks around.\n> |");
  EXPECT_THAT(game.take(bob), HasSubstr("Here with you: Alice."));
  EXPECT_EQ(game.heard(bob).side_channel.size(), 3U);
  EXPECT_THAT(game.says(bob, "who"), HasSubstr("Alice"));
}

TEST(DemoWorld, AsksForANameWhereTheGatewayDoesNotLogIn) {
  EXPECT_FALSE(TwoShards().links[0]->gateway_logs_in());
}

TEST(DemoWorld, AnAccountThatComesInAgainTakesItsOwnPlace) {
  TwoShards game({.players_max = 2, .accounts = true});
  const auto bob = game.attach(0, plain_client(), "Bob");
  const auto old = game.attach(0, plain_client(), "Alice");
  game.says(old, "n");
  game.says(old, "n");
  game.says(old, "colour on");
  game.take(bob);
  const auto fresh = game.attach(1, plain_client(), "ALICE");
  EXPECT_TRUE(game.heard(old).left);
  EXPECT_THAT(game.heard(old).farewell, HasSubstr("somewhere else"));
  EXPECT_FALSE(game.heard(fresh).left) << "the old place is free, though the world is full";
  const std::string hello = game.take(fresh);
  EXPECT_THAT(hello, StartsWith("\nYour lamp still burns where you left it.\n"));
  EXPECT_THAT(hello, HasSubstr("The Far Step"));
  EXPECT_THAT(game.says(fresh, "score"), HasSubstr("light 52/60, legs 74/80."));
  EXPECT_THAT(game.says(fresh, "look"), HasSubstr("\x1b[")) << "colour was chosen";
  EXPECT_EQ(game.take(bob), "") << "nobody has come or gone";
  game.links[0]->detach(old, session::DetachReason::kClosed);
  game.shared.with([](World& world) { EXPECT_EQ(world.player_count(), 2U); });
}

TEST(DemoWorld, WhoMissedBeingSentAwayIsSentAwayAtTheNextWord) {
  TwoShards game({.accounts = true});
  const auto old = game.attach(0, plain_client(), "Alice");
  game.mailbox_full = true;
  game.attach(1, plain_client(), "Alice");
  EXPECT_FALSE(game.heard(old).left);
  game.mailbox_full = false;
  game.says(old, "look");
  EXPECT_TRUE(game.heard(old).left);
}

TEST(DemoWorld, TheBannerAboveTheLoginSuitsTheClient) {
  const TwoShards game({.accounts = true});
  const auto banner = [&](const Capabilities& capabilities) {
    return game.links[0]->login_banner(capabilities);
  };
  Capabilities reader;
  reader.mtts = mtts::kAnsi | mtts::kScreenReader;
  EXPECT_THAT(banner(Capabilities{}), HasSubstr("\x1b["));
  EXPECT_THAT(banner(plain_client()), HasSubstr("W Y L D G A T E"));
  EXPECT_THAT(banner(plain_client()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(banner(reader), StartsWith("Someone holds a lamp"));
  EXPECT_THAT(banner(reader), EndsWith("book of names.\n\n"));
}

TEST(DemoWorld, TheBannerFitsAPhone) {
  const TwoShards game({.accounts = true});
  for (const unsigned columns : {30U, 40U, 61U, 62U, 80U}) {
    Capabilities client = plain_client();
    client.window.columns = static_cast<std::uint16_t>(columns);
    const std::string banner = game.links[0]->login_banner(client);
    EXPECT_THAT(banner, HasSubstr("W Y L D G A T E"));
    // The greeting is wrapped, at no less than 40 columns.
    const std::string_view drawing = std::string_view(banner).substr(0, banner.find("Someone holds"));
    for (std::size_t from = 0; from < drawing.size();) {
      const std::size_t end = drawing.find('\n', from);
      EXPECT_LE(display_columns(drawing.substr(from, end - from)), std::max<std::size_t>(columns, 30))
          << banner;
      from = end + 1;
    }
  }
}

TEST(DemoWorld, PlayersOnTwoShardsHearOneAnother) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  const auto bob = game.enter("Bob", 1, plain_client());
  const auto carl = game.enter("Carl", 0, plain_client());
  EXPECT_EQ(game.says(alice, "say hello there"), "You say, \"hello there\"\n> |");
  EXPECT_EQ(game.take(bob), "\nAlice says, \"hello there\"\n> |");
  EXPECT_EQ(game.take(carl), "\nAlice says, \"hello there\"\n> |");
  EXPECT_EQ(game.says(bob, "'who goes?"), "You ask, \"who goes?\"\n> |");
  EXPECT_EQ(game.take(alice), "\nBob asks, \"who goes?\"\n> |");
  EXPECT_EQ(game.says(bob, "\"me!"), "You exclaim, \"me!\"\n> |");
  game.take(alice);
  game.take(carl);

  EXPECT_EQ(game.says(alice, "tell bo, quietly now"), "You tell Bob, \"quietly now\"\n> |");
  EXPECT_EQ(game.take(bob), "\nAlice tells you, \"quietly now\"\n> |");
  EXPECT_EQ(game.take(carl), "");

  EXPECT_EQ(game.says(carl, ":waves."), "Carl waves.\n> |");
  EXPECT_EQ(game.take(alice), "\nCarl waves.\n> |");
  EXPECT_EQ(game.says(carl, "emote 's lamp flickers."), "Carl's lamp flickers.\n> |");
  game.take(alice);
  game.take(bob);

  game.says(bob, "north");
  EXPECT_EQ(game.take(alice), "\nBob leaves north.\n> |");
  game.says(alice, "say gone?");
  EXPECT_EQ(game.take(bob), "");
  game.says(alice, "shout BOB");
  EXPECT_EQ(game.take(bob), "\nAlice shouts, \"BOB\"\n> |");
  EXPECT_THAT(game.says(alice, "go north"), HasSubstr("Here with you: Bob."));
  EXPECT_EQ(game.take(bob), "\nAlice arrives from the south.\n> |");
  EXPECT_EQ(game.events[0].unexpected + game.events[1].unexpected, 0);
}

TEST(DemoWorld, TellAnswersEveryWayItCanFail) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  game.enter("Bert");
  game.enter("Berta");
  EXPECT_THAT(game.says(alice, "tell"), HasSubstr("Tell whom"));
  EXPECT_THAT(game.says(alice, "tell zed hi"), HasSubstr("Nobody by that name"));
  EXPECT_THAT(game.says(alice, "tell ber hi"), HasSubstr("Several"));
  EXPECT_THAT(game.says(alice, "tell alice hi"), HasSubstr("yourself"));
  EXPECT_THAT(game.says(alice, "tell bert"), HasSubstr("what?"));
  EXPECT_THAT(game.says(alice, "say   "), HasSubstr("Say what?"));
  EXPECT_THAT(game.says(alice, "shout"), HasSubstr("Shout what?"));
  EXPECT_THAT(game.says(alice, ":"), HasSubstr("Do what?"));
}

TEST(DemoWorld, EveryRoomCanBeWalkedTo) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  const auto walk = [&](std::string_view way, std::string_view name) {
    EXPECT_THAT(game.says(alice, way), HasSubstr(name)) << way;
  };
  walk("e", "Lamplighters' Row\n");
  walk("east", "The Glassworks\n");
  walk("w", "Lamplighters' Row\n");
  walk("west", "The Lamplit Court\n");
  walk("u", "The Lantern Gallery\n");
  walk("down", "The Lamplit Court\n");
  walk("w", "The Weighhouse of Names\n");
  walk("d", "The Cistern\n");
  walk("go e", "The Ferry Stair\n");
  walk("N", "The Lamplit Court\n");
  walk("n", "The Standing Gate\n");
  EXPECT_THAT(game.says(alice, "north"), StartsWith("Inside the arch the air is cold"));
  walk("n", "The Antler Road\n");
  walk("w", "The Orchard of Hours\n");
  walk("e", "The Antler Road\n");
  walk("n", "The Wind Stair\n");
  walk("up", "The High Cairn\n");
  walk("d", "The Wind Stair\n");
  walk("s", "The Antler Road\n");
  walk("e", "The Reed Mirror\n");
  walk("d", "The Cistern\n");
  EXPECT_THAT(game.says(alice, "n"), HasSubstr("You cannot go north from here."));
  EXPECT_THAT(game.says(alice, "go"), HasSubstr("Go where?"));
  EXPECT_THAT(game.says(alice, "go away"), HasSubstr("Go where?"));
}

TEST(DemoWorld, ThingsPlacesAndPeopleCanBeLookedAt) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  game.enter("Bob", 1);
  EXPECT_THAT(game.says(alice, "l"), HasSubstr("The Lamplit Court\n"));
  EXPECT_THAT(game.says(alice, "look fountain"), HasSubstr("Nine bronze herons"));
  EXPECT_THAT(game.says(alice, "look at the bronze herons"), HasSubstr("The ninth"));
  EXPECT_THAT(game.says(alice, "x HERON"), HasSubstr("The ninth"));
  EXPECT_THAT(game.says(alice, "examine slate"), HasSubstr("MIND THE STEP"));
  EXPECT_THAT(game.says(alice, "look north"), HasSubstr("The Standing Gate"));
  EXPECT_THAT(game.says(alice, "look down"), HasSubstr("Nothing of note"));
  EXPECT_THAT(game.says(alice, "look bob"), HasSubstr("Bob carries a lamp"));
  EXPECT_THAT(game.says(alice, "look me"), HasSubstr("about as tall"));
  EXPECT_THAT(game.says(alice, "look unicorn"), HasSubstr("everything else"));
  EXPECT_THAT(game.says(alice, "look at"), HasSubstr("everything else"));
  EXPECT_THAT(game.says(alice, "exits"), HasSubstr("north  The Standing Gate\n"));
}

TEST(DemoWorld, EveryFeatureAnswersToEachOfItsWords) {
  for (std::size_t room = 0; room < all_rooms().size(); ++room) {
    PlayerTable players(1);
    Player& player = *players.add({.shard = 0, .slot = 1, .generation = 1});
    players.enter(player, PlayerName("Alice"), RoomId{static_cast<std::uint8_t>(room)});
    for (const Feature& feature : all_rooms()[room].features) {
      std::string_view words = feature.words;
      while (!words.empty()) {
        const std::string_view word = words.substr(0, words.find(' '));
        words.remove_prefix(std::min(words.size(), word.size() + 1));
        Outbox out;
        Turn turn(players, player, {}, out);
        run_command(turn, "look at the " + std::string(word));
        EXPECT_EQ(turn.reply, std::string(feature.text) + "\n") << word;
      }
    }
  }
}

TEST(DemoWorld, HelpKnowsEveryCommand) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  const std::string all = game.says(alice, "help");
  for (const Command& command : all_commands()) {
    EXPECT_THAT(game.says(alice, "help " + std::string(command.name)), Not(HasSubstr("There is no help")))
        << command.name;
    if (!command.usage.empty()) {
      EXPECT_THAT(all, HasSubstr(std::string(command.usage))) << command.name;
    }
  }
  EXPECT_THAT(game.says(alice, "? look"), HasSubstr("Short: l"));
  EXPECT_THAT(game.says(alice, "help xyzzy"), HasSubstr("There is no help"));
}

TEST(DemoWorld, ShortFormsAreTakenWhereTheyAreClear) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  EXPECT_THAT(game.says(alice, "sa hi"), HasSubstr("You say"));
  EXPECT_THAT(game.says(alice, "sh hi"), HasSubstr("You shout"));
  EXPECT_THAT(game.says(alice, "wh"), HasSubstr("One traveller"));
  EXPECT_THAT(game.says(alice, "ex"), HasSubstr("Do you mean examine or exits?"));
  EXPECT_THAT(game.says(alice, "frobnicate"), HasSubstr("means nothing here"));
  EXPECT_THAT(game.says(alice, "LOOK"), HasSubstr("The Lamplit Court"));
  EXPECT_EQ(game.says(alice, ""), "> |");
  EXPECT_EQ(game.says(alice, "   "), "> |");
}

TEST(DemoWorld, VitalsMoveWithWalkingRestingAndTime) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  EXPECT_THAT(game.says(alice, "score"), HasSubstr("Health 100/100, light 60/60, legs 80/80."));
  game.says(alice, "n");
  game.says(alice, "n");
  EXPECT_THAT(game.says(alice, "score"), HasSubstr("light 52/60, legs 74/80."));
  game.now += std::chrono::seconds(4);
  EXPECT_THAT(game.says(alice, "score"), HasSubstr("light 54/60, legs 78/80."));
  game.says(alice, "rest");
  EXPECT_THAT(game.says(alice, "score"), HasSubstr("light 59/60, legs 80/80."));
  game.says(alice, "s");
  game.says(alice, "s");
  EXPECT_THAT(game.says(alice, "drink"), HasSubstr("iron and evening"));
  EXPECT_THAT(game.says(alice, "score"), HasSubstr("light 60/60"));
  for (int i = 0; i < 40; ++i) game.says(alice, i % 2 == 0 ? "u" : "d");
  EXPECT_THAT(game.says(alice, "u"), HasSubstr("would like you to rest"));  // still walks
  EXPECT_THAT(game.says(alice, "drink"), HasSubstr("nothing to drink"));
  game.now += std::chrono::hours(24 * 365);
  EXPECT_THAT(game.says(alice, "score"), HasSubstr("legs 80/80."));
}

TEST(DemoWorld, ColourIsForClientsThatShowIt) {
  TwoShards game;
  Capabilities reader;
  reader.mtts = mtts::kAnsi | mtts::kScreenReader;
  const auto unknown = game.enter("Unknown", 0, Capabilities{});
  const auto plain = game.enter("Plain", 0, plain_client());
  const auto listener = game.enter("Listener", 1, reader);
  EXPECT_THAT(game.says(unknown, "look"), HasSubstr("\x1b["));
  EXPECT_THAT(game.says(plain, "look"), Not(HasSubstr("\x1b")));
  EXPECT_THAT(game.says(listener, "look"), Not(HasSubstr("\x1b")));
  game.says(plain, "shout hi");
  EXPECT_THAT(game.take(unknown), HasSubstr("\x1b[33m"));
  EXPECT_THAT(game.take(listener), Not(HasSubstr("\x1b")));
  EXPECT_THAT(game.says(unknown, "colour off"), Not(HasSubstr("\x1b")));
  EXPECT_THAT(game.says(unknown, "look"), Not(HasSubstr("\x1b")));
  EXPECT_THAT(game.says(plain, "color on"), HasSubstr("\x1b["));
  EXPECT_THAT(game.says(plain, "look"), HasSubstr("\x1b["));
  EXPECT_THAT(game.says(plain, "colour"), HasSubstr("Colour is on."));
  const auto later = game.attach(0, reader);
  EXPECT_THAT(game.heard(later).text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(game.heard(later).text, Not(HasSubstr("____")));  // no drawing for a screen reader
}

TEST(DemoWorld, EveryStyleIsResetBeforeThePrompt) {
  TwoShards game;
  const auto alice = game.enter("Alice");
  const auto bob = game.enter("Bob", 1);
  for (const std::string_view line :
       {"look", "help", "who", "say hi", "shout hi", "tell bob hi", "colour on", ":nods", "zzz"}) {
    for (const std::string& text : {game.says(alice, line), game.take(bob)}) {
      const std::size_t last = text.rfind("\x1b[");
      if (last != std::string::npos) {
        EXPECT_EQ(text.substr(last, 4), sgr::kReset) << line;
      }
    }
  }
}

TEST(DemoWorld, LinesFitTheWindow) {
  for (const unsigned width : {0U, 10U, 40U, 57U, 80U, 120U, 500U}) {
    TwoShards game;
    Capabilities capabilities = plain_client();
    const auto columns = static_cast<std::uint16_t>(width);
    capabilities.window = {columns, 24};
    const auto alice = game.enter("Alice", 0, capabilities);
    const auto bob = game.enter("Bob", 1);
    const std::size_t limit = columns == 0 ? 80 : std::clamp<std::size_t>(columns, 40, 120);
    std::string seen = game.says(alice, "look") + game.says(alice, "help") + game.says(alice, "look herons");
    game.says(bob, "say " + std::string(300, 'x') + " and so on and on");
    seen += game.take(alice);
    // Enter ends the line with the prompt on the player's screen.
    for (std::size_t at = 0; (at = seen.find("> |", at)) != std::string::npos; ++at) seen[at + 2] = '\n';
    while (!seen.empty()) {
      const std::string line = seen.substr(0, seen.find('\n'));
      EXPECT_LE(display_columns(line), limit) << line;
      seen.erase(0, line.size() + 1);
    }
  }
}

TEST(DemoWorld, AResizeTakesEffect) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  const std::string before = game.says(alice, "look");
  Capabilities narrow = plain_client();
  narrow.window = {40, 20};
  game.links[0]->capabilities_changed(alice, narrow);
  EXPECT_NE(game.says(alice, "look"), before);
}

TEST(DemoWorld, NothingAPlayerTypesReachesAnotherTerminalRaw) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  const auto bob = game.enter("Bob", 1, plain_client());
  for (const std::string_view line : {"say \x1b[6nhi", "tell bob \x1b]0;x\x07hi", ":\x9bhi",
                                      "shout \xC2\x9B"
                                      "6nhi\x05\r\n"}) {
    game.says(alice, line);
    const std::string text = game.take(bob);
    EXPECT_THAT(text, HasSubstr("hi")) << line;
    EXPECT_EQ(text.find_first_of("\x1b\x05\x07\r"), std::string::npos) << line;
    EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
    EXPECT_TRUE(is_valid_utf8(text)) << line;
  }
}

TEST(DemoWorld, SpeechIsBoundedFromBothSides) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  const auto bob = game.enter("Bob", 1, plain_client());
  EXPECT_THAT(game.says(alice, "say " + std::string(kSpeechBytesMax, 'a')), HasSubstr("You say"));
  EXPECT_NE(game.take(bob), "");
  EXPECT_THAT(game.says(alice, "say " + std::string(kSpeechBytesMax + 1, 'a')), HasSubstr("Nobody heard it"));
  EXPECT_EQ(game.take(bob), "");
}

TEST(DemoWorld, HostileLinesAreAnsweredLikeAnyOther) {
  TwoShards game;
  const auto alice = game.enter("Alice", 0, plain_client());
  const auto stranger = game.attach(1, plain_client());
  for (const std::string& line :
       {std::string(100'000, 'a'), std::string(5'000, ' '), std::string("\0\0\0", 3),
        std::string("\xff\xfe\xc3"), std::string("look ") + std::string(4'000, 'x'),
        std::string("help \x1b[2J"), std::string("tell \xff \xff"),
        std::string("tell ") + std::string(3'000, 'n') + " hi", std::string("%s%n{}{0}"), std::string(":{}"),
        std::string("say {0:>999999}")}) {
    EXPECT_THAT(game.says(alice, line), EndsWith("> |"));
    EXPECT_THAT(game.says(stranger, line), EndsWith("Your name: |"));
  }
  EXPECT_FALSE(game.heard(alice).left);
}

TEST(DemoWorld, TheLastPlaceIsGivenAndNoMore) {
  TwoShards game(WorldOptions{.players_max = 2});
  const auto first = game.attach(0);
  const auto second = game.attach(1);
  const auto third = game.attach(0);
  EXPECT_FALSE(game.heard(first).left);
  EXPECT_FALSE(game.heard(second).left);
  EXPECT_TRUE(game.heard(third).left);
  EXPECT_THAT(game.heard(third).farewell, HasSubstr("full"));
  EXPECT_EQ(game.says(third, "carl"), "");
}

TEST(DemoWorld, CrowdsAreCountedNotAnnounced) {
  TwoShards game;
  const auto first = game.enter("Alice", 0, plain_client());
  for (int i = 0; i < 100; ++i) {
    game.enter(std::string("Extra") + static_cast<char>('a' + i / 26) + static_cast<char>('a' + i % 26),
               static_cast<std::uint8_t>(i % 2));
  }
  EXPECT_THAT(game.says(first, "look"), HasSubstr("and 60 more."));
  EXPECT_THAT(game.says(first, "who"), HasSubstr("and 61 more."));
  game.take(first);
  const auto last = game.enter("Last", 0, plain_client());
  EXPECT_EQ(game.take(first), "");
  game.says(last, "say still heard");
  EXPECT_THAT(game.take(first), HasSubstr("still heard"));
}

TEST(DemoWorld, AnInterruptIsAnsweredWithAPrompt) {
  TwoShards game;
  const auto alice = game.attach(0, plain_client());
  game.take(alice);
  game.links[0]->interrupt(alice);
  EXPECT_THAT(game.take(alice), EndsWith("Your name: |"));
  game.says(alice, "alice");
  game.links[0]->interrupt(alice);
  EXPECT_THAT(game.take(alice), EndsWith("> |"));
}

}  // namespace
}  // namespace wyld::demo
