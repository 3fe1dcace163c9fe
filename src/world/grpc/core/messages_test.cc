// Our reading and writing of the wire format, held against the generated code.
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "world/grpc/core/commands.h"
#include "world/grpc/core/frames.h"
#include "world/grpc/core/routes.h"
#include "world/grpc/core/scripted_world_fixture.h"
#include "world/grpc/core/value.h"
#include "world/grpc/core/wire.h"
#include "wyldgate/world/v1/account.pb.h"

namespace wyld::grpc_world {
namespace {

namespace proto = testing::proto;

SessionId some_id() {
  SessionId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(0xF0 + i);
  return id;
}

// A frame as the world reads it.
proto::SessionEvent read(const std::string& frame, std::uint64_t number = 5) {
  std::string bytes;
  put_event(bytes, some_id(), number, frame);
  proto::ConnectRequest request;
  EXPECT_TRUE(request.ParseFromString(bytes));
  EXPECT_EQ(request.events_size(), 1);
  EXPECT_EQ(request.SerializeAsString(), bytes) << "written as the generated code does";
  if (request.events_size() != 1) return {};
  EXPECT_EQ(request.events(0).session_id(), testing::id_bytes(some_id()));
  EXPECT_EQ(request.events(0).sequence(), number);
  return request.events(0);
}

TEST(Wire, NumbersAreWrittenInAsManyBytesAsTheyNeed) {
  for (const std::uint64_t value : {0ULL, 1ULL, 127ULL, 128ULL, 16383ULL, 16384ULL, 1ULL << 35, ~0ULL}) {
    std::string bytes;
    wire::put_varint(bytes, value);
    EXPECT_EQ(bytes.size(), wire::varint_bytes(value)) << value;
    std::string message;
    wire::put_tag(message, 1, wire::Type::kVarint);
    message += bytes;
    wire::Reader reader(message);
    wire::Field field;
    ASSERT_TRUE(reader.next(field));
    EXPECT_EQ(field.value, value);
    EXPECT_FALSE(reader.next(field));
    EXPECT_TRUE(reader.ok());
  }
}

TEST(Wire, ADurationIsWrittenAsTheGeneratedCodeDoes) {
  using std::chrono::milliseconds;
  for (const std::int64_t count : {1LL, 999LL, 1000LL, 1500LL, 86'400'000LL, 9'000'000'000'000LL}) {
    std::string bytes;
    wire::put_duration(bytes, 4, milliseconds(count));
    proto::LogInRequest request;
    ASSERT_TRUE(request.ParseFromString(bytes));
    EXPECT_EQ(google::protobuf::util::TimeUtil::DurationToMilliseconds(request.waited()), count);
    EXPECT_EQ(request.SerializeAsString(), bytes) << count;
  }
  for (const std::int64_t count : {0LL, -1LL}) {
    std::string bytes;
    wire::put_duration(bytes, 4, milliseconds(count));
    EXPECT_EQ(bytes, "");
  }
}

TEST(Wire, AMessageMayBeOfAnySize) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 16383U, 16384U, 70000U}) {
    std::string out = "before";
    {
      const wire::Nested message(out, 3);
      out.append(size, 'x');
    }
    wire::Reader reader(std::string_view(out).substr(6));
    wire::Field field;
    ASSERT_TRUE(reader.next(field)) << size;
    EXPECT_EQ(field.bytes, std::string(size, 'x'));
    EXPECT_FALSE(reader.next(field));
    EXPECT_TRUE(reader.ok());
  }
}

TEST(Wire, WhatIsCutShortOrNoFieldIsMalformed) {
  using namespace std::string_literals;
  for (const std::string& bytes :
       {"\x08"s, "\x08\x80"s, "\x0a\x05"s + "abcd", "\x09"s + "1234567", "\x0d"s + "123", "\x00\x01"s,
        "\x0b"s, "\x0c"s, "\x0e\x01"s, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s,
        "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s}) {
    wire::Reader reader(bytes);
    wire::Field field;
    while (reader.next(field)) {
    }
    EXPECT_FALSE(reader.ok()) << ::testing::PrintToString(bytes);
  }
}

TEST(Frames, AnInputOfAnyLengthIsRead) {
  for (const std::size_t size : {0U, 5U, 120U, 130U, 16400U}) {
    std::string frame;
    put_input(frame, std::string(size, 'x'), size == 5, 77);
    const proto::SessionEvent event = read(frame, 1ULL << 40);
    EXPECT_EQ(event.input().line(), std::string(size, 'x'));
    EXPECT_EQ(event.input().secret(), size == 5);
    EXPECT_EQ(event.input().line_number(), 77U);
  }
}

TEST(Frames, TheEmptyOnesAreThereToo) {
  std::string frame;
  put_interrupt(frame);
  EXPECT_TRUE(read(frame).has_interrupt());
  frame.clear();
  put_presence_lost(frame);
  EXPECT_TRUE(read(frame).has_presence());
  EXPECT_FALSE(read(frame).presence().connected());
  frame.clear();
  put_flow(frame, false);
  EXPECT_TRUE(read(frame).has_flow());
  frame.clear();
  put_input(frame, "", false, 0);
  EXPECT_TRUE(read(frame).has_input());
  frame.clear();
  put_side_channel(frame, "Core.Ping", "");
  EXPECT_FALSE(read(frame).side_channel().has_value());
}

TEST(Frames, EveryReasonToDetachHasItsName) {
  const std::pair<session::DetachReason, proto::DetachReason> reasons[] = {
      {session::DetachReason::kClosed, proto::DETACH_REASON_CLOSED},
      {session::DetachReason::kShutdown, proto::DETACH_REASON_SHUTDOWN},
      {session::DetachReason::kExpired, proto::DETACH_REASON_EXPIRED}};
  for (const auto& [ours, theirs] : reasons) {
    std::string frame;
    put_detach(frame, ours);
    EXPECT_EQ(read(frame).detach().reason(), theirs);
  }
}

TEST(Frames, APresenceTellsWhoIsBack) {
  ClientInfo client;
  client.capabilities.charset = Charset::kLatin1;
  client.capabilities.client_name = "TINTIN++";
  client.name = "not this one";
  std::string frame;
  put_presence_back(frame, {.address = "2001:db8::7", .protocol = "telnet", .account = {}}, client);
  const proto::Presence presence = read(frame).presence();
  EXPECT_TRUE(presence.connected());
  EXPECT_EQ(presence.address(), "2001:db8::7");
  EXPECT_EQ(presence.protocol(), "telnet");
  EXPECT_EQ(presence.capabilities().charset(), "iso-8859-1");
  EXPECT_EQ(presence.capabilities().client_name(), "TINTIN++");
}

TEST(Frames, PiecesJoinedAreOneRequest) {
  std::string frame;
  put_input(frame, "look", false, 1);
  std::string bytes;
  put_acknowledgement(bytes, some_id(), 300);
  put_event(bytes, some_id(), 1, frame);
  put_event(bytes, some_id(), 2, frame);
  put_acknowledgement(bytes, some_id(), 301);
  EXPECT_LE(bytes.size(), 2 * kAcknowledgementBytesMax + 80);
  proto::ConnectRequest request;
  ASSERT_TRUE(request.ParseFromString(bytes));
  EXPECT_EQ(request.events_size(), 2);
  ASSERT_EQ(request.acknowledgements_size(), 2);
  EXPECT_EQ(request.acknowledgements(1).sequence(), 301U);
}

// A response with everything in it.
proto::ConnectResponse full_response() {
  proto::ConnectResponse response;
  response.mutable_hello()->set_version(1);
  response.set_properties_changed(true);
  const auto add = [&]() -> proto::SessionCommand& {
    proto::SessionCommand& command = *response.add_commands();
    command.set_session_id(testing::id_bytes(some_id()));
    command.set_sequence(static_cast<std::uint64_t>(response.commands_size()));
    return command;
  };
  add().mutable_attached()->set_last_event(9);
  response.mutable_commands(0)->mutable_attached()->set_last_line(4);
  add().mutable_output()->set_text("Gr\xC3\xBC\xC3\x9F dich\n");
  add().mutable_prompt();
  add().mutable_side_channel()->set_package("Char.Vitals");
  response.mutable_commands(3)->mutable_side_channel()->mutable_value()->set_integer(-3);
  add().mutable_echo()->set_on(true);
  add().mutable_disconnect()->set_text("Bye");
  add().mutable_edit()->set_edit_id(1);
  response.mutable_commands(6)->mutable_edit()->set_title("t");
  response.mutable_commands(6)->mutable_edit()->set_text("x");
  add().mutable_note()->set_key("k");
  response.mutable_commands(7)->mutable_note()->set_value("v");
  add().mutable_entered();
  proto::Acknowledgement& acknowledgement = *response.add_acknowledgements();
  acknowledgement.set_session_id(testing::id_bytes(some_id()));
  acknowledgement.set_sequence(12);
  proto::Broadcast& broadcast = *response.add_broadcasts();
  (*broadcast.mutable_notes()->mutable_equal())["guild"] = "mages";
  broadcast.set_text("All mages");
  return response;
}

TEST(Routes, AMessageIsTakenApart) {
  Routes routes;
  routes.add(some_id(), 1, {.index = 7, .generation = 3});
  Inbound shards[3];
  const std::string bytes = full_response().SerializeAsString();
  const Heading heading = routes.split(bytes, shards);
  EXPECT_FALSE(heading.malformed);
  EXPECT_TRUE(heading.has_hello);
  EXPECT_TRUE(heading.properties_changed);
  ASSERT_EQ(shards[1].items.size(), 10U);
  const CommandKind kinds[] = {CommandKind::kAttached,    CommandKind::kOutput, CommandKind::kPrompt,
                               CommandKind::kSideChannel, CommandKind::kEcho,   CommandKind::kDisconnect,
                               CommandKind::kEdit,        CommandKind::kNote,   CommandKind::kEntered};
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(shards[1].items[i].kind, kinds[i]);
    EXPECT_EQ(shards[1].items[i].number, i + 1);
    EXPECT_EQ(shards[1].items[i].peer, (PeerRef{7, 3}));
  }
  EXPECT_EQ(read_attached(shards[1].items[0].body)->last_event, 9U);
  EXPECT_EQ(read_attached(shards[1].items[0].body)->last_line, 4U);
  EXPECT_EQ(read_text(shards[1].items[1].body), "Gr\xC3\xBC\xC3\x9F dich\n");
  EXPECT_EQ(read_text(shards[1].items[2].body), "");
  EXPECT_EQ(read_side_channel(shards[1].items[3].body)->package, "Char.Vitals");
  EXPECT_EQ(read_side_channel(shards[1].items[3].body)->kind, SideChannelKind::kUnspecified);
  EXPECT_EQ(read_echo(shards[1].items[4].body), true);
  EXPECT_EQ(read_disconnect(shards[1].items[5].body), "Bye");
  EXPECT_EQ(read_edit(shards[1].items[6].body)->text, "x");
  EXPECT_EQ(read_note(shards[1].items[7].body)->value, "v");
  EXPECT_TRUE(shards[1].items[9].acknowledgement);
  EXPECT_EQ(shards[1].items[9].number, 12U);
  for (const Inbound& shard : shards) EXPECT_EQ(shard.broadcasts.size(), 1U);
  EXPECT_TRUE(shards[0].items.empty());
}

TEST(Commands, AKindOfSideChannelMessageThatIsNotKnownIsNone) {
  proto::SideChannel message;
  message.set_package("Char.Vitals");
  const std::pair<int, SideChannelKind> kinds[] = {
      {proto::SIDE_CHANNEL_KIND_UNSPECIFIED, SideChannelKind::kUnspecified},
      {proto::SIDE_CHANNEL_KIND_EVENT, SideChannelKind::kEvent},
      {proto::SIDE_CHANNEL_KIND_STATE, SideChannelKind::kState},
      {proto::SIDE_CHANNEL_KIND_STATE_FIELDS, SideChannelKind::kStateFields},
      {4, SideChannelKind::kUnspecified},
      {257, SideChannelKind::kUnspecified},
      {-1, SideChannelKind::kUnspecified}};
  for (const auto& [theirs, ours] : kinds) {
    message.set_kind(static_cast<proto::SideChannelKind>(theirs));
    EXPECT_EQ(read_side_channel(message.SerializeAsString())->kind, ours) << theirs;
  }
}

TEST(Routes, WhatIsForNobodyIsLeftOut) {
  Routes routes;
  routes.add(some_id(), 0, {.index = 1, .generation = 1});
  routes.remove(some_id(), 0, {.index = 1, .generation = 2});
  Inbound shards[1];
  static_cast<void>(routes.split(full_response().SerializeAsString(), shards));
  EXPECT_EQ(shards[0].items.size(), 10U) << "another's route stays";
  routes.remove(some_id(), 0, {.index = 1, .generation = 1});
  shards[0] = {};
  EXPECT_FALSE(routes.split(full_response().SerializeAsString(), shards).malformed);
  EXPECT_TRUE(shards[0].items.empty());
}

// A cut message is malformed, or it ends at the end of a field, and then it is a message too.
TEST(Routes, AMessageCutAnywhereIsJudgedAsTheGeneratedCodeJudgesIt) {
  Routes routes;
  routes.add(some_id(), 0, {.index = 1, .generation = 1});
  const std::string bytes = full_response().SerializeAsString();
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Inbound shards[1];
    proto::ConnectResponse response;
    EXPECT_EQ(!routes.split(std::string_view(bytes).substr(0, cut), shards).malformed,
              response.ParseFromString(bytes.substr(0, cut)))
        << "cut at byte " << cut;
  }
}

TEST(Routes, TextThatIsNotUtf8AndIdsOfTheWrongSizeAreRefused) {
  Routes routes;
  Inbound shards[1];
  proto::ConnectResponse response;
  response.add_commands()->set_session_id("short");
  EXPECT_TRUE(routes.split(response.SerializeAsString(), shards).malformed);
  response.Clear();
  response.add_acknowledgements();
  EXPECT_TRUE(routes.split(response.SerializeAsString(), shards).malformed) << "none at all";
  std::string body;
  wire::put_bytes(body, 1, "\xFF");
  EXPECT_EQ(read_text(body), std::nullopt);
}

// --- values ---

std::string there_and_back(std::string_view json) {
  std::string value;
  if (!append_value(json, value)) return "refused";
  proto::Value parsed;
  EXPECT_TRUE(parsed.ParseFromString(value)) << json;
  std::string back;
  return append_json(value, back) ? back : "unreadable";
}

TEST(Value, JsonGoesThereAndBack) {
  for (const char* json : {"null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808",
                           "1.5", "\"\"", R"("a\"b\\c\nd\u0001")", "[]", "{}", "[1,[2,[]],{}]",
                           R"({"a":{"b":[true,null]},"c":""})", "\"gr\xC3\xBC\xC3\x9F\""}) {
    EXPECT_EQ(there_and_back(json), json);
  }
  EXPECT_EQ(there_and_back(" { \"b\" : 1 , \"a\" : 2 } "), R"({"a":2,"b":1})");
  EXPECT_EQ(there_and_back("1e2"), "100");
  EXPECT_EQ(there_and_back("1E300"), "1e+300");
  EXPECT_EQ(there_and_back("18446744073709551615"), "1.8446744073709552e+19");
  EXPECT_EQ(there_and_back(R"({"a":1,"a":2})"), R"({"a":2})");
  EXPECT_EQ(there_and_back(R"("\u00e9\t")"), "\"\xC3\xA9\\u0009\"");
}

TEST(Value, WhatIsNotOneJsonValueIsRefused) {
  for (const char* json :
       {"", " ", "nul", "1 2", "{", "[1,]", "{\"a\"}", "'a'", "\"\xFF\"", "NaN", "1e999", "\"\x01\""}) {
    EXPECT_EQ(there_and_back(json), "refused") << json;
  }
}

TEST(Value, DepthIsBoundedOnBothWays) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(there_and_back(nested(kValueDepthMax)), nested(kValueDepthMax));
  EXPECT_EQ(there_and_back(nested(kValueDepthMax + 1)), "refused");
  proto::Value deep;
  for (std::size_t i = 0; i <= kValueDepthMax; ++i) {
    proto::Value outer;
    *outer.mutable_list()->add_values() = deep;
    deep = outer;
  }
  std::string json = "kept";
  EXPECT_FALSE(append_json(deep.SerializeAsString(), json));
  EXPECT_EQ(json, "kept");
  EXPECT_TRUE(append_json(deep.list().values(0).SerializeAsString(), json));
}

TEST(Value, SizeIsBoundedOnBothWays) {
  std::string value;
  EXPECT_TRUE(append_value("\"" + std::string(kValueBytesMax - 16, 'x') + "\"", value));
  EXPECT_FALSE(append_value("\"" + std::string(kValueBytesMax, 'x') + "\"", value));
  // Six bytes of JSON for one of text.
  proto::Value controls;
  controls.set_text(std::string(kValueBytesMax / 6 + 1, '\x01'));
  std::string json;
  EXPECT_FALSE(append_json(controls.SerializeAsString(), json));
  controls.set_text(std::string(kValueBytesMax / 6 - 16, '\x01'));
  EXPECT_TRUE(append_json(controls.SerializeAsString(), json));
}

TEST(Value, WhatJsonCannotSayIsRefused) {
  for (const double number :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    proto::Value value;
    value.mutable_list()->add_values()->set_number(number);
    std::string json;
    EXPECT_FALSE(append_json(value.SerializeAsString(), json));
  }
  std::string text;
  wire::put_bytes(text, 5, "\xFF");
  std::string json;
  EXPECT_FALSE(append_json(text, json));
  EXPECT_FALSE(append_json("\x32\x05", json)) << "cut short";
}

TEST(Value, AValueWithoutAKindIsNull) {
  proto::Value list;
  list.mutable_list()->add_values();
  std::string json;
  EXPECT_TRUE(append_json(list.SerializeAsString(), json));
  EXPECT_EQ(json, "[null]");
}

}  // namespace
}  // namespace wyld::grpc_world
