#pragma once
// What the gateway says, in the wire form of proto/wyldgate/world/v1. A *frame* is the part of a SessionEvent
// that tells what happened, without id and number: it is made when it happens, kept until the world
// acknowledges it, and gets its number when it is first sent.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/session_id.h"
#include "codec/capabilities.h"
#include "session/world_link.h"

namespace wyld::grpc_world {

// What is told of a client, beyond its Capabilities.
struct ClientInfo {
  Capabilities capabilities;
  std::string name;  // by Core.Hello; used where the capabilities have none
  std::string version;
  std::vector<std::string> packages;  // "Room 1"
};

// What Attach says and what does not change while the session lives.
struct AttachInfo {
  std::string address;
  std::string protocol;
  std::string account;
  std::int64_t created_milliseconds = 0;  // since 1970
};

using Notes = std::map<std::string, std::string, std::less<>>;

// Each appends one frame to `out`.
void put_input(std::string& out, std::string_view line, bool secret, std::uint64_t line_number);
void put_attach(std::string& out, const AttachInfo& info, const ClientInfo& client, bool returning, bool held,
                const Notes* notes, std::uint64_t last_command);
void put_detach(std::string& out, session::DetachReason reason);
// `value` is a Value (value.h), whole.
void put_side_channel(std::string& out, std::string_view package, std::string_view value);
void put_capabilities(std::string& out, const ClientInfo& client);
void put_presence_lost(std::string& out);
void put_presence_back(std::string& out, const AttachInfo& info, const ClientInfo& client);
void put_edited(std::string& out, std::uint64_t edit, bool cancelled, std::string_view text);
void put_interrupt(std::string& out);
void put_flow(std::string& out, bool paused);

// Appends a ConnectRequest with one SessionEvent. Such pieces joined are one request with all of them.
void put_event(std::string& out, const SessionId& id, std::uint64_t number, std::string_view frame);
// The same with one Acknowledgement.
void put_acknowledgement(std::string& out, const SessionId& id, std::uint64_t number);
inline constexpr std::size_t kAcknowledgementBytesMax = 2 + 18 + 11;

}  // namespace wyld::grpc_world
