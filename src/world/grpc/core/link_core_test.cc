// The conversation with a world, without a network: what each side has taken, and what survives which fault.
#include "world/grpc/core/link_core.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <set>

#include "base/counters.h"
#include "base/log.h"
#include "testing/quiet_world_events.h"
#include "world/grpc/core/scripted_world_fixture.h"

namespace wyld::grpc_world {
namespace {

using session::SessionHandle;
using testing::ScriptedWorld;
using testing::proto::SessionCommand;

SessionId id_of(std::uint32_t number) {
  SessionId id;
  id.bytes = {0x01, 0x90, 0xf2, 0xb0, 0x7c, 0x3a, 0x70};
  id.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

// What a shard's sessions are told; and what the session layer does with lines that a world may not have.
struct Player final : wyld::testing::QuietWorldEvents {
  void on_output(SessionHandle, std::string_view text) override { heard += text; }
  void on_output_to(std::span<const SessionHandle> sessions, std::string_view text) override {
    for (std::size_t i = 0; i < sessions.size(); ++i) heard += text;
    broadcasts.emplace_back(sessions.begin(), sessions.end());
  }
  void on_prompt(SessionHandle) override { heard += "|"; }
  void on_side_channel(SessionHandle, std::string_view package, std::string_view body,
                       gmcp::Meaning meaning) override {
    constexpr const char* kMeanings[] = {"event", "state", "fields"};
    note("gmcp " + std::string(package) + " " + std::string(body) + " " +
         kMeanings[static_cast<std::size_t>(meaning)]);
  }
  void on_client_echo(SessionHandle, bool on) override { note(on ? "echo on" : "echo off"); }
  void on_notice(SessionHandle, std::string_view text) override { note("notice " + std::string(text)); }
  void on_entered(SessionHandle) override { note("entered"); }
  void on_input_blocked(SessionHandle, bool on) override {
    blocked = on;
    note(on ? "blocked" : "unblocked");
  }
  void on_left(SessionHandle, std::string_view text) override { note("left " + std::string(text)); }
  void on_away(SessionHandle, std::string_view text, std::span<const std::string>) override {
    away = true;
    note("away " + std::string(text));
  }
  void on_back(SessionHandle session, const session::WorldReturn& how) override {
    away = false;
    note("back " + std::to_string(how.last_input) + (how.takes_queue ? "" : " without queue"));
    if (back) back(session, how);
  }
  void on_input_taken(SessionHandle, std::uint64_t sequence) override { taken = sequence; }
  void on_note(SessionHandle, std::string_view key, std::string_view value) override {
    note("note " + std::string(key) + "=" + std::string(value));
  }
  void on_edit(SessionHandle, std::uint64_t edit, std::string_view title, std::string_view text) override {
    note("edit " + std::to_string(edit) + " " + std::string(title) + ": " + std::string(text));
  }
  void note(std::string text) { log.push_back(std::move(text)); }

  std::string heard;
  std::vector<std::string> log;
  std::vector<std::vector<SessionHandle>> broadcasts;
  std::uint64_t taken = 0;
  bool away = false;
  bool blocked = false;
  std::function<void(SessionHandle, const session::WorldReturn&)> back;
};

// A link and its world with a wire between them, on which whole messages travel one by one.
class Conversation {
 public:
  explicit Conversation(LinkCoreOptions options = {}) : options_(std::move(options)) { start_gateway(); }

  void start_gateway() {
    core.reset();
    routes = std::make_unique<Routes>();
    core = std::make_unique<LinkCore>(options_, player, *routes, [this](Due due) { dues.insert(due); });
  }
  void up() { core->stream_up(++stream); }
  void cut() {
    to_world.clear();
    to_gateway.clear();
    world.cut();
    core->stream_down("The game is away.");
  }
  // The turn ends: what is to be said goes on the wire.
  void flush(std::size_t bytes_max = 1 << 20) {
    std::string message;
    static_cast<void>(core->collect(message, bytes_max));
    if (!message.empty()) to_world.push_back(std::move(message));
  }
  // Delivers one message. False: there is none.
  bool step() {
    if (!to_world.empty()) {
      const std::string message = std::move(to_world.front());
      to_world.pop_front();
      if (std::string answer = world.take(message); !answer.empty()) to_gateway.push_back(std::move(answer));
      return true;
    }
    if (to_gateway.empty()) return false;
    const std::string message = std::move(to_gateway.front());
    to_gateway.pop_front();
    deliver(message);
    flush();
    return true;
  }
  void deliver(const std::string& message, std::uint64_t on_stream = 0) {
    Inbound inbound[1];
    const Heading heading = routes->split(message, inbound);
    ASSERT_FALSE(heading.malformed);
    inbound[0].stream = on_stream != 0 ? on_stream : stream;
    core->receive(inbound[0]);
  }
  void settle() {
    flush();
    while (step()) {
    }
  }
  // The world says something by itself.
  void says(SessionCommand command) {
    world.say(id, std::move(command));
    if (std::string message = world.take({}); !message.empty()) to_gateway.push_back(std::move(message));
  }

  void attach(bool returning = false, std::string_view account = {}) {
    core->attach(handle, {.id = id,
                          .address = "203.0.113.7",
                          .capabilities = capabilities,
                          .side_channel_hello = hello,
                          .side_channel_supports = supports,
                          .account = account,
                          .returning = returning,
                          .metadata = &metadata});
  }
  ScriptedWorld::Session& there() { return world.of(id); }

  Player player;
  ScriptedWorld world;
  std::unique_ptr<Routes> routes;
  std::unique_ptr<LinkCore> core;
  std::deque<std::string> to_world;
  std::deque<std::string> to_gateway;
  std::set<Due> dues;
  std::uint64_t stream = 0;
  SessionHandle handle{.shard = 0, .slot = 3, .generation = 1};
  SessionId id = id_of(1);
  Capabilities capabilities;
  std::map<std::string, std::string> metadata;
  std::string hello;
  std::string supports;

 private:
  LinkCoreOptions options_;
};

using Lines = std::vector<std::string>;

TEST(LinkCore, ALineGoesUpAndItsAnswerComesDown) {
  Conversation game;
  game.up();
  game.attach();
  game.core->input(game.handle, 1, "look", false);
  game.settle();
  EXPECT_EQ(game.there().lines, Lines{"look"});
  EXPECT_EQ(game.there().log, Lines{"attach"});
  EXPECT_EQ(game.player.heard, "<look>\n");
  EXPECT_EQ(game.player.taken, 1U);
  EXPECT_EQ(game.player.log, Lines{}) << "nobody was away";
  EXPECT_TRUE(game.there().unacknowledged.empty());
  EXPECT_EQ(game.core->unacknowledged_events(), 0U);
  EXPECT_TRUE(game.world.valid);
}

TEST(LinkCore, AttachTellsWhoPlays) {
  LinkCoreOptions options;
  options.protocol_of = [](const SessionId&) { return "websocket-json"; };
  Conversation game(std::move(options));
  game.capabilities.terminal_type = "XTERM";
  game.capabilities.window = {.columns = 100, .rows = 30};
  game.capabilities.mtts = mtts::kUtf8 | mtts::kScreenReader;
  game.capabilities.gmcp = true;
  game.hello = R"({"client":"Mudlet","version":"4.17"})";
  game.supports = R"(["Char 1","Room 2"])";
  game.metadata = {{"room", "cave"}};
  game.up();
  game.attach(false, "Ada");
  game.settle();
  const testing::proto::Attach& attach = game.there().attach;
  EXPECT_EQ(attach.address(), "203.0.113.7");
  EXPECT_EQ(attach.protocol(), "websocket-json");
  EXPECT_EQ(attach.account(), "Ada");
  EXPECT_FALSE(attach.returning());
  EXPECT_FALSE(attach.held());
  EXPECT_EQ(attach.notes().at("room"), "cave");
  EXPECT_EQ(attach.created().seconds(), 0x0190f2b07c3a / 1000);
  EXPECT_EQ(attach.capabilities().client_name(), "Mudlet");
  EXPECT_EQ(attach.capabilities().client_version(), "4.17");
  EXPECT_EQ(attach.capabilities().terminal_type(), "XTERM");
  EXPECT_EQ(attach.capabilities().columns(), 100U);
  EXPECT_EQ(attach.capabilities().charset(), "utf-8");
  EXPECT_TRUE(attach.capabilities().screen_reader());
  EXPECT_TRUE(attach.capabilities().side_channel());
  ASSERT_EQ(attach.capabilities().packages_size(), 2);
  EXPECT_EQ(attach.capabilities().packages(1), "Room 2");
}

TEST(LinkCore, EverythingAWorldCanSayIsPassedOn) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  SessionCommand command;
  command.mutable_prompt()->set_text("> ");
  game.says(command);
  command.mutable_echo()->set_on(false);
  game.says(command);
  command.mutable_entered();
  game.says(command);
  command.mutable_note()->set_key("room");
  command.mutable_note()->set_value("cave");
  game.says(command);
  command.mutable_edit()->set_edit_id(7);
  command.mutable_edit()->set_title("Letter");
  command.mutable_edit()->set_text("Dear");
  game.says(command);
  command.mutable_side_channel()->set_package("Char.Vitals");
  (*command.mutable_side_channel()->mutable_value()->mutable_map()->mutable_fields())["hp"].set_integer(3);
  game.says(command);
  game.settle();
  EXPECT_EQ(game.player.heard, "> |");
  EXPECT_EQ(game.player.log, (Lines{"echo off", "entered", "note room=cave", "edit 7 Letter: Dear",
                                    "gmcp Char.Vitals {\"hp\":3} fields"}));
  command.mutable_disconnect()->set_text("Bye.");
  game.says(command);
  game.settle();
  EXPECT_EQ(game.player.log.back(), "left Bye.");
  EXPECT_EQ(game.core->peer_count(), 0U);
  EXPECT_TRUE(game.there().unacknowledged.empty()) << "the farewell is acknowledged too";
}

TEST(LinkCore, WhatAWorldSaysOfAMessageCountsMoreThanItsName) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  SessionCommand command;
  const auto says = [&](const char* package, int kind) {
    command.mutable_side_channel()->set_package(package);
    command.mutable_side_channel()->set_kind(static_cast<testing::proto::SideChannelKind>(kind));
    game.says(command);
  };
  says("Room.Info", testing::proto::SIDE_CHANNEL_KIND_UNSPECIFIED);
  says("Room.Info", testing::proto::SIDE_CHANNEL_KIND_EVENT);
  says("Room.Info", testing::proto::SIDE_CHANNEL_KIND_STATE_FIELDS);
  says("My.Weather", testing::proto::SIDE_CHANNEL_KIND_UNSPECIFIED);
  says("My.Weather", testing::proto::SIDE_CHANNEL_KIND_STATE);
  says("My.Weather", 99);  // of a later version
  game.settle();
  EXPECT_EQ(game.player.log,
            (Lines{"gmcp Room.Info  state", "gmcp Room.Info  event", "gmcp Room.Info  fields",
                   "gmcp My.Weather  event", "gmcp My.Weather  state", "gmcp My.Weather  event"}));
}

TEST(LinkCore, WhatIsDroppedOnTheSideChannelIsLoggedOnceForTheSession) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  const std::uint64_t before = counted(Counter::kMalformedInput);
  ::testing::internal::CaptureStderr();
  SessionCommand command;
  command.mutable_side_channel()->set_package("no package");
  for (int i = 0; i < 3; ++i) game.says(command);
  game.settle();
  game.core->side_channel(game.handle, "no package", "{}");
  flush_log(std::chrono::minutes(1));
  const std::string logged = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(counted(Counter::kMalformedInput) - before, 4U) << "each time";
  EXPECT_NE(
      logged.find("warning side_channel_dropped session=" + game.id.text() + " from=world reason=malformed"),
      std::string::npos)
      << logged;
  EXPECT_EQ(logged.find("side_channel_dropped"), logged.rfind("side_channel_dropped")) << logged;
}

TEST(LinkCore, WhatAClientSaysTooFastForTheWorldIsLoggedOnceForTheSession) {
  LinkCoreOptions options;
  options.session_events_high = 4;
  Conversation game(options);
  game.up();
  game.attach();
  game.settle();
  game.world.acknowledges = false;
  const std::uint64_t before = counted(Counter::kSideChannelSkipped);
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 6; ++i) game.core->side_channel(game.handle, "Core.Ping", "");
  flush_log(std::chrono::minutes(1));
  const std::string logged = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(counted(Counter::kSideChannelSkipped) - before, 2U);
  EXPECT_NE(logged.find("info side_channel_dropped session=" + game.id.text() +
                        " from=client reason=world_too_slow"),
            std::string::npos)
      << logged;
  EXPECT_EQ(logged.find("side_channel_dropped"), logged.rfind("side_channel_dropped")) << logged;
}

TEST(LinkCore, EverythingAPlayerDoesIsPassedOn) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  game.core->side_channel(game.handle, "Char.Login", R"({"name":"Ada"})");
  game.core->side_channel(game.handle, "Core.Ping", "");
  game.core->interrupt(game.handle);
  game.capabilities.window.columns = 80;
  game.core->capabilities_changed(game.handle, game.capabilities);
  game.core->capabilities_changed(game.handle, game.capabilities);
  game.core->edited(game.handle, 7, false, "Dear Bob");
  game.core->pause(game.handle);
  game.core->resume(game.handle);
  game.core->connection_lost(game.handle);
  game.core->connection_restored(game.handle, {.id = game.id,
                                               .address = "203.0.113.9",
                                               .capabilities = game.capabilities,
                                               .side_channel_hello = {},
                                               .side_channel_supports = {}});
  game.core->detach(game.handle, session::DetachReason::kClosed);
  game.settle();
  EXPECT_EQ(game.there().log,
            (Lines{"attach", R"(Char.Login map { fields { key: "name" value { text: "Ada" } } })",
                   "Core.Ping ", "interrupt", "capabilities 80", "edited 7 Dear Bob", "paused", "resumed",
                   "presence lost", "presence back from 203.0.113.9", "detach 1"}));
  EXPECT_EQ(game.core->peer_count(), 0U) << "its end is acknowledged";
}

TEST(LinkCore, WithoutAStreamPlayersAreToldAtOnce) {
  Conversation game;
  game.core->stream_down("Nobody answers.");
  game.attach();
  EXPECT_EQ(game.player.log, Lines{"away Nobody answers."});
  game.core->stream_down("Nobody answers.");
  EXPECT_EQ(game.player.log.size(), 1U) << "the same words once";
  game.core->stream_down("The versions do not meet.");
  EXPECT_EQ(game.player.log.back(), "away The versions do not meet.");
  game.up();
  game.settle();
  EXPECT_EQ(game.player.log.back(), "back 0");
  EXPECT_EQ(game.there().log, Lines{"attach"});
}

// Eight lines typed in five turns, with a fault behind the n-th message for every n there is. `fault` is what
// happens then; afterwards the conversation goes on as before.
int with_a_fault_everywhere(const std::function<void(Conversation&)>& fault,
                            const std::function<void(Conversation&, int)>& check) {
  int points = 0;
  for (int point = 0;; ++point) {
    Conversation game;
    int delivered = 0;
    bool done = false;
    Lines waiting;  // typed while the world was away: the session layer's queue
    std::uint64_t sequence = 0;
    const auto at_the_point = [&] {
      if (delivered++ != point) return;
      done = true;
      fault(game);
      game.flush();
    };
    game.player.back = [&](SessionHandle session, const session::WorldReturn& how) {
      sequence = std::max(sequence, how.last_input);
      for (const std::string& line : std::exchange(waiting, {})) {
        game.core->input(session, ++sequence, line, false);
      }
    };
    game.up();
    game.attach();
    at_the_point();
    int typed = 0;
    for (const int burst : {1, 2, 1, 3, 1}) {
      for (int i = 0; i < burst; ++i) {
        std::string line = "line " + std::to_string(++typed);
        if (game.player.away) {
          waiting.push_back(std::move(line));
        } else {
          game.core->input(game.handle, ++sequence, line, false);
        }
      }
      game.flush();
      // Half of what is on the way arrives before the next lines are typed.
      for (int i = 0; i < 3 && game.step(); ++i) at_the_point();
    }
    game.flush();
    while (game.step()) at_the_point();
    EXPECT_TRUE(game.world.valid) << "fault behind message " << point;
    check(game, point);
    if (::testing::Test::HasFailure() || !done) return points;
    ++points;
  }
}

Lines all_lines() {
  Lines lines;
  for (int i = 1; i <= 8; ++i) lines.push_back("line " + std::to_string(i));
  return lines;
}

std::string all_answers() {
  std::string answers;
  for (const std::string& line : all_lines()) answers += "<" + line + ">\n";
  return answers;
}

TEST(LinkCore, ACutAnywhereLosesAndDoublesNothing) {
  const int points = with_a_fault_everywhere(
      [](Conversation& game) {
        game.cut();
        game.up();
      },
      [](Conversation& game, int point) {
        EXPECT_EQ(game.there().lines, all_lines()) << "cut behind message " << point;
        EXPECT_EQ(game.player.heard, all_answers()) << "cut behind message " << point;
        EXPECT_EQ(game.there().doubled, 0);
        EXPECT_EQ(game.player.taken, 8U);
        EXPECT_EQ(game.core->unacknowledged_events(), 0U);
        EXPECT_TRUE(game.there().unacknowledged.empty());
      });
  EXPECT_GT(points, 10);
}

TEST(LinkCore, TwoCutsInARowLoseAndDoubleNothing) {
  with_a_fault_everywhere(
      [](Conversation& game) {
        game.cut();
        game.up();
        game.flush();
        game.step();
        game.cut();
        game.up();
      },
      [](Conversation& game, int point) {
        EXPECT_EQ(game.there().lines, all_lines()) << "cut behind message " << point;
        EXPECT_EQ(game.player.heard, all_answers()) << "cut behind message " << point;
      });
}

// What it had acknowledged is gone with its memory and is not said again; what it had not, is.
TEST(LinkCore, AWorldThatForgetsGetsWhatItNeverAcknowledged) {
  with_a_fault_everywhere(
      [](Conversation& game) {
        game.world.forget_everything();
        game.cut();
        game.up();
      },
      [](Conversation& game, int point) {
        // A line may come twice when the world died between taking it and saying so; it had no memory of it.
        Lines lines = game.there().lines;
        lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
        std::set<std::string> distinct(lines.begin(), lines.end());
        EXPECT_EQ(distinct.size(), 8U) << "cut behind message " << point;
        EXPECT_EQ(game.player.taken, 8U);
        EXPECT_EQ(game.core->unacknowledged_events(), 0U);
      });
}

// The session layer stores the lines that wait for the world, and gives those again that the world has not.
TEST(LinkCore, ARestartedGatewayGoesOnBehindWhatTheWorldHas) {
  Conversation game;
  game.up();
  game.attach();
  for (std::uint64_t line = 1; line <= 5; ++line) {
    game.core->input(game.handle, line, "line " + std::to_string(line), false);
  }
  game.flush();
  game.step();  // Attach is there
  game.step();
  game.step();  // the lines are there, their acknowledgement is not here
  EXPECT_EQ(game.there().lines.size(), 5U);
  game.to_gateway.clear();
  game.world.cut();
  game.player.log.clear();
  game.start_gateway();
  game.up();
  game.attach(/*returning=*/true);
  EXPECT_EQ(game.player.log, Lines{"away "}) << "without a word, until the world has told what it has";
  game.player.back = [&](SessionHandle session, const session::WorldReturn& how) {
    EXPECT_EQ(how.last_input, 5U);
    for (std::uint64_t line = 4; line <= 6; ++line) {
      game.core->input(session, line, "line " + std::to_string(line), false);
    }
  };
  game.settle();
  EXPECT_EQ(game.there().lines, (Lines{"line 1", "line 2", "line 3", "line 4", "line 5", "line 6"}));
  EXPECT_EQ(game.there().log, (Lines{"attach", "attach returning"}));
  EXPECT_EQ(game.player.taken, 6U);
  EXPECT_EQ(game.player.heard, "<line 1>\n<line 2>\n<line 3>\n<line 4>\n<line 5>\n<line 6>\n");
}

TEST(LinkCore, WhatWasTypedUnseenIsNotSaidToAWorldThatHasForgotten) {
  for (const bool forgets : {false, true}) {
    Conversation game;
    game.world.acknowledges = false;
    game.up();
    game.attach();
    game.core->input(game.handle, 1, "ada", false);
    game.settle();
    game.core->input(game.handle, 2, "swordfish", true);
    game.core->input(game.handle, 3, "look", false);
    game.flush();
    game.to_world.clear();  // lost
    if (forgets) game.world.forget_everything();
    game.there().lines.clear();
    game.cut();
    game.up();
    game.settle();
    EXPECT_EQ(game.there().lines, (forgets ? Lines{"ada", "look"} : Lines{"swordfish", "look"}));
    EXPECT_EQ(std::ranges::count_if(game.player.log,
                                    [](const std::string& line) { return line.starts_with("notice"); }),
              forgets ? 1 : 0);
  }
}

TEST(LinkCore, LinesGivenTwiceAreSaidOnce) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  game.core->input(game.handle, 1, "look", false);
  game.core->input(game.handle, 1, "look", false);
  game.settle();
  game.player.taken = 0;
  game.core->input(game.handle, 1, "look", false);
  EXPECT_EQ(game.player.taken, 1U) << "who asks again is told again";
  game.settle();
  EXPECT_EQ(game.there().lines, Lines{"look"});
}

TEST(LinkCore, CommandsThatComeTwiceAreTakenOnce) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  SessionCommand command;
  command.mutable_output()->set_text("once\n");
  game.world.say(game.id, command);
  const std::string message = game.world.take({});
  game.deliver(message);
  game.deliver(message);
  EXPECT_EQ(game.player.heard, "once\n");
  EXPECT_TRUE(game.dues.contains(Due::kAcknowledgements));
}

TEST(LinkCore, WhatComesFromAnEarlierStreamIsNotHeard) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  SessionCommand command;
  command.mutable_output()->set_text("late\n");
  game.world.say(game.id, command);
  const std::string message = game.world.take({});
  game.cut();
  game.up();
  game.deliver(message, 1);
  EXPECT_EQ(game.player.heard, "");
  game.settle();
  EXPECT_EQ(game.player.heard, "late\n") << "the world says it again";
}

TEST(LinkCore, ASessionThatEndsWhileTheWorldIsAwayIsToldAfterwards) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  game.core->input(game.handle, 1, "quit", false);
  game.cut();
  game.core->detach(game.handle, session::DetachReason::kClosed);
  EXPECT_EQ(game.core->peer_count(), 1U);
  game.up();
  game.settle();
  EXPECT_EQ(game.there().lines, Lines{"quit"});
  EXPECT_EQ(game.there().log, (Lines{"attach", "attach returning", "detach 1"}));
  EXPECT_EQ(game.core->peer_count(), 0U);
}

TEST(LinkCore, AWorldThatHasTakenTheEndAlreadyIsAskedNoMore) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  game.core->detach(game.handle, session::DetachReason::kExpired);
  game.flush();
  game.step();
  game.cut();  // the acknowledgement is lost
  game.up();
  game.settle();
  EXPECT_EQ(game.there().log, (Lines{"attach", "detach 3", "attach returning"}));
  EXPECT_EQ(game.core->peer_count(), 0U);
}

// The world has said it before it hears that the gateway stops: the session has ended here, and goes on in
// the next process.
TEST(LinkCore, WhatIsSaidToASessionThatIsParkedWaitsForTheNextProcess) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  SessionCommand command;
  command.mutable_output()->set_text("on its way\n");
  game.world.say(game.id, command);
  const std::string message = game.world.take({});
  game.core->detach(game.handle, session::DetachReason::kShutdown);
  game.deliver(message);
  game.settle();
  EXPECT_EQ(game.player.heard, "");
  EXPECT_EQ(game.there().log.back(), "detach 2");
  EXPECT_EQ(game.there().unacknowledged.size(), 1U) << "taken by nobody";
  EXPECT_EQ(game.core->peer_count(), 0U);
}

TEST(LinkCore, OfASessionTheWorldNeverHeardOfItHearsNoEnd) {
  Conversation game;
  game.attach();
  game.core->detach(game.handle, session::DetachReason::kClosed);
  EXPECT_EQ(game.core->peer_count(), 0U);
}

TEST(LinkCore, EndedSessionsThatWaitForTheWorldAreBounded) {
  LinkCoreOptions options;
  options.ended_max = 2;
  Conversation game(options);
  game.up();
  for (std::uint32_t i = 0; i < 4; ++i) {
    game.handle.slot = i & 0xff;
    game.id = id_of(i);
    game.attach();
  }
  game.settle();
  game.cut();
  for (std::uint32_t i = 0; i < 4; ++i) {
    game.handle.slot = i & 0xff;
    game.core->detach(game.handle, session::DetachReason::kClosed);
  }
  EXPECT_EQ(game.core->peer_count(), 2U);
}

TEST(LinkCore, AWorldThatAcknowledgesNothingStopsItsPlayersInput) {
  LinkCoreOptions options;
  options.session_events_high = 10;
  Conversation game(options);
  game.world.acknowledges = false;
  game.up();
  game.attach();
  game.settle();
  for (std::uint64_t line = 1; line <= 12; ++line) {
    game.core->input(game.handle, line, "x", false);
    EXPECT_EQ(game.player.blocked, line >= 10);
  }
  game.core->side_channel(game.handle, "Core.Ping", "");
  EXPECT_EQ(game.core->unacknowledged_events(), 12U) << "lines are kept, the side channel is not";
  game.settle();
  EXPECT_EQ(game.there().lines.size(), 12U);
  testing::proto::ConnectResponse response;
  response.add_acknowledgements()->set_session_id(testing::id_bytes(game.id));
  response.mutable_acknowledgements(0)->set_sequence(6);
  game.deliver(response.SerializeAsString());
  EXPECT_TRUE(game.player.blocked) << "six are left, and the low mark is five";
  response.mutable_acknowledgements(0)->set_sequence(7);
  game.deliver(response.SerializeAsString());
  EXPECT_FALSE(game.player.blocked);
  EXPECT_EQ(game.player.taken, 7U);
}

TEST(LinkCore, StatesThatChangeWhileTooMuchWaitsAreToldOnceThereIsRoom) {
  LinkCoreOptions options;
  options.session_events_high = 4;
  Conversation game(options);
  game.world.acknowledges = false;
  game.up();
  game.attach();
  game.settle();
  for (std::uint64_t line = 1; line <= 4; ++line) game.core->input(game.handle, line, "x", false);
  for (std::uint16_t columns = 1; columns <= 100; ++columns) {
    game.capabilities.window.columns = columns;
    game.core->capabilities_changed(game.handle, game.capabilities);
    game.core->pause(game.handle);
    game.core->interrupt(game.handle);
    if (columns < 100) game.core->resume(game.handle);
  }
  game.core->connection_lost(game.handle);
  EXPECT_EQ(game.core->unacknowledged_events(), 4U);
  game.settle();
  game.world.acknowledges = true;
  testing::proto::ConnectResponse response;
  response.add_acknowledgements()->set_session_id(testing::id_bytes(game.id));
  response.mutable_acknowledgements(0)->set_sequence(4);
  game.deliver(response.SerializeAsString());
  game.settle();
  EXPECT_EQ(game.there().log, (Lines{"attach", "presence lost", "capabilities 100", "paused"}));
}

TEST(LinkCore, AllSessionsTogetherAreBoundedToo) {
  LinkCoreOptions options;
  options.events_high = 10;
  Conversation game(options);
  game.world.acknowledges = false;
  game.up();
  for (std::uint32_t i = 0; i < 12; ++i) {
    game.handle.slot = i & 0xff;
    game.id = id_of(i);
    game.attach();
  }
  game.settle();
  for (std::uint32_t i = 0; i < 12; ++i) {
    game.handle.slot = i & 0xff;
    game.core->input(game.handle, 1, "x", false);
  }
  EXPECT_EQ(game.player.log, (Lines{"blocked", "blocked", "blocked"})) << "the tenth and who comes after";
  game.settle();
  testing::proto::ConnectResponse response;
  for (std::uint32_t i = 0; i < 7; ++i) {
    auto& one = *response.add_acknowledgements();
    one.set_session_id(testing::id_bytes(id_of(i)));
    one.set_sequence(1);
  }
  game.deliver(response.SerializeAsString());
  EXPECT_EQ(game.player.log.size(), 6U);
  EXPECT_EQ(game.player.log.back(), "unblocked");
}

TEST(LinkCore, WhoWasBlockedIsReadAgainWhileTheWorldIsAway) {
  LinkCoreOptions options;
  options.session_events_high = 2;
  Conversation game(options);
  game.world.acknowledges = false;
  game.up();
  game.attach();
  game.settle();
  game.core->input(game.handle, 1, "x", false);
  game.core->input(game.handle, 2, "y", false);
  EXPECT_TRUE(game.player.blocked);
  game.cut();
  EXPECT_EQ(game.player.log, (Lines{"blocked", "unblocked", "away The game is away."}));
  game.up();
  game.world.acknowledges = true;
  game.settle();
  EXPECT_EQ(game.player.log.back(), "unblocked")
      << "blocked again by what was left, until that was acknowledged";
}

TEST(LinkCore, APausedPlayerIsPausedOnTheNextStreamToo) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  game.core->pause(game.handle);
  game.settle();
  game.cut();
  game.up();
  game.settle();
  EXPECT_EQ(game.there().log, (Lines{"attach", "paused", "attach returning", "paused"}));
  game.core->resume(game.handle);
  game.settle();
  EXPECT_EQ(game.there().log.back(), "resumed");
}

TEST(LinkCore, WhatChangesWhileTheWorldIsAwayIsInAttach) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  SessionCommand command;
  command.mutable_note()->set_key("room");
  command.mutable_note()->set_value("cave");
  game.says(command);
  game.settle();
  game.cut();
  game.core->connection_lost(game.handle);
  game.capabilities.window.columns = 132;
  game.core->capabilities_changed(game.handle, game.capabilities);
  game.core->side_channel(game.handle, "Core.Supports.Set", R"(["Room 1"])");
  game.up();
  game.settle();
  EXPECT_TRUE(game.there().attach.held());
  EXPECT_EQ(game.there().attach.capabilities().columns(), 132U);
  EXPECT_EQ(game.there().attach.capabilities().packages_size(), 1);
  EXPECT_EQ(game.there().attach.notes().at("room"), "cave");
  EXPECT_EQ(game.there().log, (Lines{"attach", "attach returning"}));
}

TEST(LinkCore, BroadcastsReachWhomTheyMean) {
  Conversation game;
  game.up();
  std::vector<SessionHandle> handles;
  for (std::uint32_t i = 0; i < 3; ++i) {
    game.handle.slot = i & 0xff;
    game.id = id_of(i);
    game.metadata = {{"guild", i == 1 ? "thieves" : "mages"}};
    game.attach();
    handles.push_back(game.handle);
  }
  game.settle();
  testing::proto::ConnectResponse response;
  auto& all = *response.add_broadcasts();
  all.mutable_all();
  all.set_text("A");
  auto& one = *response.add_broadcasts();
  one.mutable_sessions()->add_session_ids(testing::id_bytes(id_of(2)));
  one.mutable_sessions()->add_session_ids(testing::id_bytes(id_of(99)));
  one.set_text("B");
  auto& mages = *response.add_broadcasts();
  (*mages.mutable_notes()->mutable_equal())["guild"] = "mages";
  mages.set_text("C");
  game.deliver(response.SerializeAsString());
  ASSERT_EQ(game.player.broadcasts.size(), 3U);
  EXPECT_EQ(game.player.broadcasts[0], handles);
  EXPECT_EQ(game.player.broadcasts[1], std::vector<SessionHandle>{handles[2]});
  EXPECT_EQ(game.player.broadcasts[2], (std::vector<SessionHandle>{handles[0], handles[2]}));
}

TEST(LinkCore, WhatCannotBeIsCountedAndHarmsNobody) {
  Conversation game;
  game.up();
  game.attach();
  const std::uint64_t before = counted(Counter::kMalformedInput);
  testing::proto::ConnectResponse response;
  auto& early = *response.add_commands();
  early.set_session_id(testing::id_bytes(game.id));
  early.set_sequence(1);
  early.mutable_output()->set_text("too early");
  game.deliver(response.SerializeAsString());
  game.settle();
  response.mutable_commands(0)->set_sequence(0);
  game.deliver(response.SerializeAsString());
  response.mutable_commands(0)->mutable_attached();
  game.deliver(response.SerializeAsString());
  game.core->side_channel(game.handle, "Char Login", "{}");
  response.mutable_commands(0)->set_sequence(1);
  response.mutable_commands(0)->mutable_side_channel()->set_package("not a package");
  game.there().last_command = 1;
  game.deliver(response.SerializeAsString());
  response.mutable_acknowledgements()->Add()->set_session_id(testing::id_bytes(game.id));
  response.mutable_acknowledgements(0)->set_sequence(1'000'000);
  response.clear_commands();
  game.deliver(response.SerializeAsString());
  EXPECT_EQ(counted(Counter::kMalformedInput) - before, 5U);
  EXPECT_EQ(game.player.heard, "");
  game.core->input(game.handle, 1, "look", false);
  game.settle();
  EXPECT_EQ(game.player.heard, "<look>\n");
}

TEST(LinkCore, ABurstLeavesInPieces) {
  Conversation game;
  game.up();
  game.attach();
  game.settle();
  for (std::uint64_t line = 1; line <= 100; ++line)
    game.core->input(game.handle, line, std::string(100, 'x'), false);
  std::string message;
  int pieces = 0;
  bool more = true;
  while (more) {
    message.clear();
    more = game.core->collect(message, 1000);
    EXPECT_LT(message.size(), 1200U);
    game.to_world.push_back(message);
    ++pieces;
  }
  EXPECT_GT(pieces, 9);
  game.settle();
  EXPECT_EQ(game.there().lines.size(), 100U);
}

// Players who leave when they are told something.
TEST(LinkCore, SessionsMayEndInsideEveryCallback) {
  struct Leaving final : wyld::testing::QuietWorldEvents {
    void on_output(SessionHandle session, std::string_view) override { leave(session); }
    void on_away(SessionHandle session, std::string_view, std::span<const std::string>) override {
      leave(session);
    }
    void on_back(SessionHandle session, const session::WorldReturn&) override { leave(session); }
    void on_input_taken(SessionHandle session, std::uint64_t) override { leave(session); }
    void leave(SessionHandle session) {
      if (--left_to_live == 0) core->detach(session, session::DetachReason::kClosed);
    }
    LinkCore* core = nullptr;
    int left_to_live = 0;
  };
  for (int life = 1; life <= 6; ++life) {
    Routes routes;
    Leaving leaving;
    LinkCore core({}, leaving, routes, [](Due) {});
    leaving.core = &core;
    leaving.left_to_live = life;
    ScriptedWorld world;
    const Capabilities capabilities;
    const auto exchange = [&](std::uint64_t stream) {
      for (int i = 0; i < 5; ++i) {
        std::string out;
        static_cast<void>(core.collect(out, 1 << 20));
        Inbound inbound[1];
        const std::string answer = world.take(out);
        static_cast<void>(routes.split(answer, inbound));
        inbound[0].stream = stream;
        core.receive(inbound[0]);
      }
    };
    core.attach({.shard = 0, .slot = 0, .generation = 1}, {.id = id_of(1),
                                                           .address = "",
                                                           .capabilities = capabilities,
                                                           .side_channel_hello = {},
                                                           .side_channel_supports = {}});
    core.stream_up(1);
    core.input({.shard = 0, .slot = 0, .generation = 1}, 1, "x", false);
    exchange(1);
    core.stream_down("gone");
    core.stream_up(2);
    world.cut();
    exchange(2);
    EXPECT_TRUE(world.valid);
  }
}

}  // namespace
}  // namespace wyld::grpc_world
