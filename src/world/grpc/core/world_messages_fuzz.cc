// Whatever a world sends: our reading agrees with the generated code's on what the generated code has
// written, and nothing it says breaks a LinkCore.

#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "testing/quiet_world_events.h"
#include "world/grpc/core/link_core.h"
#include "world/grpc/core/scripted_world_fixture.h"
#include "world/grpc/core/value.h"

namespace {

using namespace wyld;
using namespace wyld::grpc_world;
namespace proto = wyld::grpc_world::testing::proto;

void require(bool held) {
  if (!held) std::abort();
}

SessionId id_of(std::uint8_t number) {
  SessionId id;
  id.bytes.fill(number);
  return id;
}

// Answers what it is asked, as a session layer may.
struct Events final : wyld::testing::QuietWorldEvents {
  void on_edit(session::SessionHandle session, std::uint64_t edit, std::string_view,
               std::string_view text) override {
    core->edited(session, edit, false, text);
  }
  void on_side_channel(session::SessionHandle session, std::string_view package, std::string_view body,
                       gmcp::Meaning /*meaning*/) override {
    core->side_channel(session, package, body);
  }
  void on_output(session::SessionHandle session, std::string_view text) override {
    if (text == "leave") core->detach(session, session::DetachReason::kClosed);
  }
  LinkCore* core = nullptr;
};

void compare(const proto::ConnectResponse& response) {
  Routes routes;
  for (std::uint8_t i = 0; i < 3; ++i) routes.add(id_of('0' + i), 0, {.index = i, .generation = 1});
  Inbound shards[1];
  const std::string bytes = response.SerializeAsString();
  bool ids_fit = true;
  for (const auto& command : response.commands()) ids_fit = ids_fit && command.session_id().size() == 16;
  for (const auto& one : response.acknowledgements()) ids_fit = ids_fit && one.session_id().size() == 16;
  for (const auto& broadcast : response.broadcasts()) {
    for (const auto& id : broadcast.sessions().session_ids()) ids_fit = ids_fit && id.size() == 16;
  }
  const Heading heading = routes.split(bytes, shards);
  require(heading.malformed != ids_fit);
  if (heading.malformed) return;
  require(heading.properties_changed == response.properties_changed());
  for (const auto& command : response.commands()) {
    const std::optional<Command> read = read_command(command.SerializeAsString());
    require(read && read->number == command.sequence());
    require(static_cast<int>(read->kind) == static_cast<int>(command.command_case()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto quiet = google::protobuf::SetLogHandler(nullptr);
  static_cast<void>(quiet);
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  proto::ConnectResponse response;
  if (response.ParseFromArray(data, static_cast<int>(size))) {
    response.DiscardUnknownFields();  // groups may be among them, which we refuse
    compare(response);
  }

  Routes routes;
  Events events;
  LinkCore core({}, events, routes, [](Due) {});
  events.core = &core;
  const Capabilities capabilities;
  for (std::uint8_t i = 0; i < 3; ++i) {
    core.attach({.shard = 0, .slot = i, .generation = 1}, {.id = id_of('0' + i),
                                                           .address = "",
                                                           .capabilities = capabilities,
                                                           .side_channel_hello = {},
                                                           .side_channel_supports = {}});
  }
  core.stream_up(1);
  std::string out;
  static_cast<void>(core.collect(out, 1 << 20));
  {
    proto::ConnectResponse attached;
    auto& command = *attached.add_commands();
    command.set_session_id(wyld::grpc_world::testing::id_bytes(id_of('0')));
    command.mutable_attached();
    const std::string bytes = attached.SerializeAsString();
    Inbound inbound[1];
    static_cast<void>(routes.split(bytes, inbound));
    inbound[0].stream = 1;
    core.receive(inbound[0]);
  }
  core.input({.shard = 0, .slot = 0, .generation = 1}, 1, "look", false);
  for (int i = 0; i < 2; ++i) {
    Inbound inbound[1];
    if (!routes.split(input, inbound).malformed) {
      inbound[0].stream = 1;
      core.receive(inbound[0]);
    }
    out.clear();
    static_cast<void>(core.collect(out, 1 << 20));
    proto::ConnectRequest request;
    require(request.ParseFromString(out));
  }
  core.stream_down("away");

  // The same bytes as a value, and as JSON.
  std::string json;
  proto::Value value;
  if (append_json(input, json)) {
    std::string again;
    require(json.size() > kValueBytesMax || append_value(json, again) || again.empty());
  }
  std::string made;
  if (append_value(input, made)) {
    require(value.ParseFromString(made));
    std::string back;
    std::string same;
    if (append_json(made, back)) require(append_value(back, same));
  }
  return 0;
}
