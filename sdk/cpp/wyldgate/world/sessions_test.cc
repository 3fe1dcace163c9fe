#include "wyldgate/world/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "wyldgate/world/test_world.h"

namespace wyldgate::world {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A world, a stream, and everything that was written to it.
class SessionsTest : public testing::Test {
 protected:
  SessionsTest() { begin(); }

  // Another process of the world, with what the store has.
  void begin() {
    sessions = std::make_unique<Sessions>(handler, store ? &*store : nullptr, options);
    EXPECT_EQ(sessions->load(now), std::nullopt);
    stream = sessions->open();
  }
  void reconnect() {
    sessions->close(stream, now);
    stream = sessions->open();
  }

  void take(const std::vector<v1::SessionEvent>& events) {
    v1::ConnectRequest request;
    for (const v1::SessionEvent& event : events) *request.add_events() = event;
    failure = sessions->take(stream, request, now);
  }
  void acknowledge(char letter, std::uint64_t sequence) {
    v1::ConnectRequest request;
    request.add_acknowledgements()->set_session_id(session_id(letter));
    request.mutable_acknowledgements(0)->set_sequence(sequence);
    failure = sessions->take(stream, request, now);
  }

  // What the stream is told, as words: "a1 heard x", "a attached 3/2", "ack a5".
  std::vector<std::string> told() {
    std::vector<std::string> words;
    v1::ConnectResponse message;
    while (sessions->next(stream, message)) {
      for (const v1::SessionCommand& command : message.commands()) {
        std::string word(1, command.session_id().front());
        if (command.has_attached()) {
          word += " attached " + std::to_string(command.attached().last_event()) + "/" +
                  std::to_string(command.attached().last_line());
        } else {
          word += std::to_string(command.sequence()) + " ";
          if (command.has_output()) word += command.output().text();
          if (command.has_disconnect()) word += "disconnect " + command.disconnect().text();
          if (command.has_note()) word += "note " + command.note().key() + "=" + command.note().value();
          if (command.has_edit()) word += "edit " + command.edit().text();
          if (command.has_side_channel())
            word += command.side_channel().package() + " of kind " +
                    std::to_string(command.side_channel().kind());
        }
        words.push_back(word);
      }
      for (const v1::Acknowledgement& taken : message.acknowledgements()) {
        words.push_back("ack " + taken.session_id().substr(0, 1) + std::to_string(taken.sequence()));
      }
      for (const v1::Broadcast& broadcast : message.broadcasts()) words.push_back("all " + broadcast.text());
      if (message.properties_changed()) words.emplace_back("properties");
      ++messages;
    }
    return words;
  }

  RememberingHandler handler;
  std::optional<MemoryStore> store;
  SessionsOptions options;
  std::unique_ptr<Sessions> sessions;
  StreamId stream = 0;
  TimePoint now{std::chrono::hours(1)};
  Sessions::Failure failure;
  int messages = 0;
};

TEST_F(SessionsTest, ASideChannelMessageSaysItsKindOrNone) {
  take({attach_event('a'), line_event('a', 1, "status")});
  EXPECT_THAT(told(), ElementsAre("a attached 1/1", "a1 Named of kind 0", "a2 Status of kind 2"));
}

TEST_F(SessionsTest, AnAttachIsAnsweredBeforeAnythingElseIsSaid) {
  take({attach_event('a')});
  EXPECT_THAT(told(), ElementsAre("a attached 0/0"));
  take({line_event('a', 1, "x")});
  EXPECT_THAT(told(), testing::UnorderedElementsAre("ack a1", "a1 heard x"));
  EXPECT_THAT(handler.heard, ElementsAre("attached", "line x"));
}

TEST_F(SessionsTest, OneTurnLeavesInOneMessage) {
  take({attach_event('a'), attach_event('b'), attach_event('c')});
  told();
  messages = 0;
  take({line_event('a', 1, "x"), line_event('b', 1, "y"), line_event('c', 1, "z")});
  EXPECT_EQ(told().size(), 9u + 3u);
  EXPECT_EQ(messages, 1);
}

TEST_F(SessionsTest, ADoubleIsDroppedAndAcknowledgedAgain) {
  take({attach_event('a'), line_event('a', 1, "x"), line_event('a', 1, "x")});
  told();
  take({line_event('a', 1, "x")});
  EXPECT_THAT(told(), ElementsAre("ack a1"));
  EXPECT_THAT(handler.heard, ElementsAre("attached", "line x"));
}

TEST_F(SessionsTest, AGapIsNothingToWorryAbout) {
  take({attach_event('a'), line_event('a', 7, "x")});
  EXPECT_THAT(handler.heard, ElementsAre("attached", "line x"));
}

TEST_F(SessionsTest, AfterABrokenStreamWhatWasNotAcknowledgedIsSaidAgain) {
  take({attach_event('a'), line_event('a', 1, "x"), line_event('a', 2, "y"), line_event('a', 3, "z")});
  told();
  acknowledge('a', 1);
  reconnect();
  take({attach_event('a', 2)});
  EXPECT_THAT(told(), ElementsAre("a attached 3/3", "a3 heard z"));
  EXPECT_EQ(handler.heard.back(), "returned");
}

TEST_F(SessionsTest, WhatIsSaidWhileNoGatewayIsThereWaits) {
  take({attach_event('a'), attach_event('b')});
  told();
  reconnect();
  take({attach_event('b'), line_event('b', 1, "x")});
  EXPECT_THAT(told(), ElementsAre("b attached 1/1", "b1 heard x"));
  take({attach_event('a')});
  EXPECT_THAT(told(), ElementsAre("a attached 0/0", "a1 heard x"));
}

TEST_F(SessionsTest, AWorldWithoutMemoryGoesOnBehindTheGatewaysNumber) {
  take({attach_event('a', 41), line_event('a', 9, "x")});
  EXPECT_THAT(told(), testing::Contains("a42 heard x"));
}

TEST_F(SessionsTest, AStoreCarriesEverythingOverARestart) {
  store.emplace();
  begin();
  take({attach_event('a'), line_event('a', 1, "x"), line_event('a', 2, "keep castle"),
        line_event('a', 3, "y")});
  told();
  acknowledge('a', 1);
  begin();
  ASSERT_NE(sessions->find(session_id('a')), nullptr);
  EXPECT_EQ(sessions->find(session_id('a'))->state(), "castle");
  take({attach_event('a', 1), line_event('a', 3, "y")});
  EXPECT_THAT(told(), ElementsAre("a attached 3/3", "a2 heard y"));
  EXPECT_EQ(handler.heard.back(), "returned");
}

// Killed after any turn, the next process knows just what had been kept: nothing is taken twice, and the
// numbers of commands never start over.
TEST_F(SessionsTest, KilledAfterAnyTurnNothingIsDoubled) {
  for (int killed_after = 0; killed_after < 12; ++killed_after) {
    handler.heard.clear();
    store.emplace();
    begin();
    std::vector<std::string> shown;
    const auto hear = [&] {
      for (const std::string& word : told()) {
        if (!word.starts_with("a attached") && !word.starts_with("ack")) shown.push_back(word);
      }
    };
    const auto shown_count = [&] { return static_cast<std::uint64_t>(shown.size()); };
    take({attach_event('a')});
    for (std::uint64_t number = 1; number <= 12; ++number) {
      take({line_event('a', number, std::to_string(number))});
      if (number % 3 != 0) hear();  // else the words are lost with the process
      if (static_cast<int>(number) != killed_after) continue;
      begin();
      take({attach_event('a', shown_count()), line_event('a', number, std::to_string(number))});
      hear();
    }
    hear();
    ASSERT_EQ(shown.size(), 12u) << killed_after;
    for (int i = 0; i < 12; ++i) {
      const std::string number = std::to_string(i + 1);
      EXPECT_EQ(shown[static_cast<std::size_t>(i)], "a" + number + " heard " + number) << killed_after;
    }
  }
}

TEST_F(SessionsTest, AStoreThatFailsStopsTheWorldBeforeAWordIsSaid) {
  store.emplace();
  begin();
  take({attach_event('a')});
  told();
  store->broken = true;
  take({line_event('a', 1, "x")});
  EXPECT_EQ(failure, "The disk is full.");
  EXPECT_THAT(told(), IsEmpty());
  store->broken = false;
  take({line_event('a', 2, "y")});
  EXPECT_NE(failure, std::nullopt);
}

TEST_F(SessionsTest, ALongJournalIsRewrittenAndMeansTheSame) {
  store.emplace();
  store->turns_max = 10;
  begin();
  take({attach_event('a')});
  for (std::uint64_t number = 1; number <= 50; ++number) {
    take({line_event('a', number, "x")});
    acknowledge('a', number - 1);
  }
  EXPECT_GE(store->rewrites, 4);
  begin();
  take({attach_event('a', 49)});
  EXPECT_THAT(told(), ElementsAre("a attached 50/50", "a50 heard x"));
}

TEST_F(SessionsTest, ASessionThatIsOverStaysOver) {
  for (const bool with_store : {false, true}) {
    handler.heard.clear();
    if (with_store) store.emplace();
    begin();
    take({attach_event('a'), line_event('a', 1, "x"), detach_event('a', 2, v1::DETACH_REASON_CLOSED)});
    told();
    EXPECT_EQ(sessions->count(), 0u);
    if (with_store) {
      begin();
    } else {
      reconnect();
    }
    take({attach_event('a'), line_event('a', 1, "x"), detach_event('a', 2, v1::DETACH_REASON_CLOSED)});
    EXPECT_THAT(told(), ElementsAre("a attached 2/1"));
    EXPECT_THAT(handler.heard, ElementsAre("attached", "line x", "detached"));
  }
}

TEST_F(SessionsTest, AFarewellIsTheLastWordAndIsHeardAllTheSame) {
  for (const bool with_store : {false, true}) {
    handler.heard.clear();
    if (with_store) store.emplace();
    begin();
    take({attach_event('a'), line_event('a', 1, "leave"), line_event('a', 2, "x")});
    EXPECT_THAT(handler.heard, ElementsAre("attached", "line leave", "detached"));
    EXPECT_EQ(sessions->count(), 0u);
    if (with_store) {
      begin();
    } else {
      reconnect();
    }
    take({attach_event('a')});
    EXPECT_THAT(told(), ElementsAre("a attached 2/1", "a1 disconnect Goodbye."));
    acknowledge('a', 1);
    reconnect();
    take({attach_event('a', 1)});
    EXPECT_THAT(told(), ElementsAre("a attached 2/1"));
  }
}

TEST_F(SessionsTest, WhoGoesOnInASessionThatIsOverIsSentAway) {
  take({attach_event('a'), detach_event('a', 1, v1::DETACH_REASON_CLOSED)});
  reconnect();
  take({attach_event('a'), line_event('a', 2, "x"), line_event('a', 3, "y")});
  EXPECT_THAT(told(),
              ElementsAre("a attached 3/0", "a1 disconnect This session is over. Please connect again."));
  EXPECT_THAT(handler.heard, ElementsAre("attached", "detached"));
}

TEST_F(SessionsTest, AGatewayThatStopsKeepsItsSessions) {
  take({attach_event('a'), attach_event('b'), detach_event('a', 1, v1::DETACH_REASON_SHUTDOWN)});
  take({line_event('b', 1, "x")});
  EXPECT_THAT(told(), testing::Not(testing::Contains("a1 heard x")))
      << "not to a gateway that has let go of it";
  EXPECT_EQ(sessions->count(), 2u);
  reconnect();
  take({attach_event('a')});
  EXPECT_THAT(told(), ElementsAre("a attached 1/0", "a1 heard x"));
}

TEST_F(SessionsTest, TheEndOfAStoppingGatewaysSessionIsAcknowledged) {
  take({attach_event('a')});
  told();
  take({detach_event('a', 1, v1::DETACH_REASON_SHUTDOWN)});
  EXPECT_THAT(told(), ElementsAre("ack a1"));
}

TEST_F(SessionsTest, ASessionThatNoGatewayWantsAnyMoreIsOver) {
  take({attach_event('a')});
  sessions->close(stream, now);
  stream = sessions->open();
  now += options.forget_after - std::chrono::seconds(1);
  take({});
  EXPECT_EQ(sessions->count(), 1u);
  now += std::chrono::minutes(2);
  take({});
  EXPECT_EQ(sessions->count(), 0u);
  EXPECT_EQ(handler.heard.back(), "expired");
}

TEST_F(SessionsTest, OnlySoManyEndsAreRemembered) {
  options.ended_max = 2;
  store.emplace();
  begin();
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    take({attach_event(letter), detach_event(letter, 1, v1::DETACH_REASON_CLOSED)});
  }
  told();
  begin();
  take({attach_event('a'), attach_event('d')});
  EXPECT_THAT(told(), ElementsAre("a attached 0/0", "d attached 1/0"));
}

TEST_F(SessionsTest, AHandlerThatThrowsCostsWhatItsEventSaid) {
  take({attach_event('a'), line_event('a', 1, "throw"), line_event('a', 2, "x")});
  EXPECT_THAT(told(), testing::UnorderedElementsAre("a attached 2/2", "a2 heard x",
                                                    "a1 Something went wrong here. It has been noted.\n"));
  EXPECT_THAT(handler.heard, ElementsAre("attached", "line throw", "failed on purpose", "line x"));
}

TEST_F(SessionsTest, BeyondTheBoundTextIsLeftOutAndCounted) {
  options.unacknowledged_max = 10;
  begin();
  take({attach_event('a'), line_event('a', 1, "flood"), line_event('a', 2, "ask")});
  const std::vector<std::string> words = told();
  EXPECT_THAT(words, testing::Contains("a10 x"));
  EXPECT_THAT(words, testing::Contains("a11 edit poem")) << "what is no text has room of its own";
  acknowledge('a', 11);
  take({line_event('a', 3, "y")});
  EXPECT_THAT(told(), testing::IsSupersetOf({"a12 [90 messages were left out here.]\n", "a13 heard y"}));
}

TEST_F(SessionsTest, MessagesAreCutAtTheirBound) {
  options.message_bytes = 1000;
  begin();
  take({attach_event('a'), line_event('a', 1, "flood"), line_event('a', 2, "flood")});
  messages = 0;
  const std::vector<std::string> words = told();
  EXPECT_GT(messages, 3);
  EXPECT_THAT(words, testing::Contains("a200 x"));
}

TEST_F(SessionsTest, LongTextsLeaveInPieces) {
  take({attach_event('a')});
  ASSERT_EQ(sessions->turn([&] { sessions->find(session_id('a'))->output(std::string(150'000, 'x')); }, now),
            std::nullopt);
  std::size_t bytes = 0;
  v1::ConnectResponse message;
  while (sessions->next(stream, message)) {
    for (const v1::SessionCommand& command : message.commands()) {
      EXPECT_LE(command.output().text().size(), 64u * 1024);
      bytes += command.output().text().size();
    }
  }
  EXPECT_EQ(bytes, 150'000u);
}

TEST_F(SessionsTest, TooManySessionsAreSentAway) {
  options.sessions_max = 1;
  begin();
  take({attach_event('a'), attach_event('b')});
  EXPECT_THAT(told(), testing::Contains(testing::StartsWith("b1 disconnect The world is full")));
}

TEST_F(SessionsTest, NonsenseIsIgnoredAndCounted) {
  v1::SessionEvent short_id = attach_event('a');
  short_id.set_session_id("short");
  take({line_event('z', 1, "x"), v1::SessionEvent(), short_id});
  acknowledge('z', 1);
  take({attach_event('a')});
  acknowledge('a', 99);
  EXPECT_EQ(sessions->ignored_count(), 5u);
  EXPECT_THAT(handler.heard, ElementsAre("attached"));
}

TEST_F(SessionsTest, WhatALaterVersionSendsIsAcknowledged) {
  v1::SessionEvent unknown;
  unknown.set_session_id(session_id('a'));
  unknown.set_sequence(1);
  take({attach_event('a'), unknown});
  EXPECT_THAT(told(), ElementsAre("a attached 1/0"));
}

TEST_F(SessionsTest, ASecondStreamTakesASessionOver) {
  take({attach_event('a')});
  told();
  const StreamId first = stream;
  stream = sessions->open();
  take({attach_event('a')});
  stream = first;
  take({line_event('a', 1, "x")});
  EXPECT_THAT(told(), IsEmpty()) << "the first one has it no longer";
  EXPECT_THAT(handler.heard, ElementsAre("attached", "returned"));
}

TEST_F(SessionsTest, BroadcastsGoToEveryStreamOnce) {
  const StreamId other = sessions->open();
  ASSERT_EQ(sessions->turn(
                [&] {
                  sessions->broadcast("hear\xffye");
                  sessions->properties_changed();
                },
                now),
            std::nullopt);
  EXPECT_THAT(told(), ElementsAre("all hear\xEF\xBF\xBDye", "properties"));
  stream = other;
  EXPECT_THAT(told(), ElementsAre("all hear\xEF\xBF\xBDye", "properties"));
}

TEST_F(SessionsTest, NotesComeBackAndAreKept) {
  v1::SessionEvent event = attach_event('a');
  (*event.mutable_attach()->mutable_notes())["name"] = "Ada";
  take({event});
  Session& session = *sessions->find(session_id('a'));
  EXPECT_EQ(session.notes().at("name"), "Ada");
  ASSERT_EQ(sessions->turn(
                [&] {
                  session.note("room", "7");
                  session.note("name", "");
                },
                now),
            std::nullopt);
  EXPECT_THAT(told(), ElementsAre("a attached 0/0", "a1 note room=7", "a2 note name="));
  EXPECT_EQ(session.notes().size(), 1u);
}

TEST_F(SessionsTest, EverythingElseIsTold) {
  std::uint64_t number = 0;
  const auto event = [&] {
    v1::SessionEvent made;
    made.set_session_id(session_id('a'));
    made.set_sequence(++number);
    return made;
  };
  std::vector<v1::SessionEvent> events = {attach_event('a')};
  events.push_back(event());
  events.back().mutable_presence()->set_connected(false);
  events.push_back(event());
  events.back().mutable_presence()->set_connected(true);
  events.back().mutable_presence()->set_address("192.0.2.7");
  events.push_back(event());
  events.back().mutable_flow()->set_paused(true);
  events.push_back(event());
  events.back().mutable_interrupt();
  events.push_back(event());
  events.back().mutable_edited()->set_edit_id(7);
  events.back().mutable_edited()->set_text("poem");
  events.push_back(event());
  events.back().mutable_input()->set_line("pw");
  events.back().mutable_input()->set_secret(true);
  take(events);
  EXPECT_THAT(handler.heard, ElementsAre("attached", "held", "connected", "paused", "interrupt",
                                         "edited 7 poem", "secret pw"));
  EXPECT_EQ(sessions->find(session_id('a'))->address(), "192.0.2.7");
}

}  // namespace
}  // namespace wyldgate::world
