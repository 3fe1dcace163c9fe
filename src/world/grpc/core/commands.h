#pragma once
// What a world says, read from the wire form of proto/wyldgate/world/v1. Views are parts of what is read.
// Text is valid UTF-8, else the message counts as malformed.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/session_id.h"

namespace wyld::grpc_world {

// The members of the oneof in SessionCommand, by field number.
enum class CommandKind : std::uint8_t {
  kUnknown = 0,  // of a newer world: taken, acknowledged, ignored
  kAttached = 3,
  kOutput = 4,
  kPrompt = 5,
  kSideChannel = 6,
  kEcho = 7,
  kDisconnect = 8,
  kEdit = 9,
  kNote = 10,
  kEntered = 11,
};

struct Command {
  SessionId id;
  std::uint64_t number = 0;
  CommandKind kind = CommandKind::kUnknown;
  std::string_view body;  // the message of that kind
};

struct Acknowledgement {
  SessionId id;
  std::uint64_t number = 0;
};

struct Attached {
  std::uint64_t last_event = 0;
  std::uint64_t last_line = 0;
};

// SideChannelKind. Numbers that are not here, of a newer world, count as kUnspecified.
enum class SideChannelKind : std::uint8_t { kUnspecified = 0, kEvent = 1, kState = 2, kStateFields = 3 };

struct SideChannelBody {
  std::string_view package;
  std::string_view value;  // a Value, see value.h
  SideChannelKind kind = SideChannelKind::kUnspecified;
};

struct EditBody {
  std::uint64_t edit = 0;
  std::string_view title;
  std::string_view text;
};

struct NoteBody {
  std::string_view key;
  std::string_view value;
};

struct Broadcast {
  enum class Audience : std::uint8_t { kNobody, kAll, kSessions, kNotes };
  Audience audience = Audience::kNobody;
  std::vector<SessionId> sessions;                                   // of kSessions
  std::vector<std::pair<std::string_view, std::string_view>> notes;  // of kNotes: all of them must be so
  std::string_view text;
};

// Nothing: malformed.
[[nodiscard]] std::optional<Command> read_command(std::string_view message) noexcept;
[[nodiscard]] std::optional<Acknowledgement> read_acknowledgement(std::string_view message) noexcept;
[[nodiscard]] std::optional<Broadcast> read_broadcast(std::string_view message);

// The bodies.
[[nodiscard]] std::optional<Attached> read_attached(std::string_view body) noexcept;
[[nodiscard]] std::optional<std::string_view> read_text(
    std::string_view body) noexcept;  // of Output and Prompt
[[nodiscard]] std::optional<SideChannelBody> read_side_channel(std::string_view body) noexcept;
[[nodiscard]] std::optional<bool> read_echo(std::string_view body) noexcept;
[[nodiscard]] std::optional<std::string_view> read_disconnect(
    std::string_view body) noexcept;  // the farewell
[[nodiscard]] std::optional<EditBody> read_edit(std::string_view body) noexcept;
[[nodiscard]] std::optional<NoteBody> read_note(std::string_view body) noexcept;

}  // namespace wyld::grpc_world
