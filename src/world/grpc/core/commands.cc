#include "world/grpc/core/commands.h"

#include <algorithm>
#include <cstring>

#include "base/utf8.h"
#include "world/grpc/core/wire.h"

namespace wyld::grpc_world {
namespace {

using wire::Field;
using wire::Reader;
using wire::Type;

bool read_id(std::string_view bytes, SessionId& id) noexcept {
  if (bytes.size() != id.bytes.size()) return false;
  std::memcpy(id.bytes.data(), bytes.data(), id.bytes.size());
  return true;
}

// A message whose fields are handled by `on_field`, which says false to what is malformed.
template <typename OnField>
bool read(std::string_view message, OnField&& on_field) {
  Reader reader(message);
  Field field;
  while (reader.next(field)) {
    if (!on_field(field)) return false;
  }
  return reader.ok();
}

bool take_text(const Field& field, std::uint32_t number, std::string_view& text) noexcept {
  if (!field.is(number, Type::kBytes)) return true;
  text = field.bytes;
  return is_valid_utf8(text);
}

void take_number(const Field& field, std::uint32_t number, std::uint64_t& value) noexcept {
  if (field.is(number, Type::kVarint)) value = field.value;
}

std::optional<std::string_view> read_one_text(std::string_view body, std::uint32_t number) noexcept {
  std::string_view text;
  if (!read(body, [&](const Field& field) { return take_text(field, number, text); })) return std::nullopt;
  return text;
}

bool read_pair(std::string_view entry, std::string_view& key, std::string_view& value) noexcept {
  return read(entry,
              [&](const Field& field) { return take_text(field, 1, key) && take_text(field, 2, value); });
}

}  // namespace

std::optional<Command> read_command(std::string_view message) noexcept {
  Command command;
  bool named = false;
  const bool fine = read(message, [&](const Field& field) {
    if (field.is(1, Type::kBytes)) return named = read_id(field.bytes, command.id);
    take_number(field, 2, command.number);
    if (field.type == Type::kBytes && field.number >= static_cast<std::uint32_t>(CommandKind::kAttached) &&
        field.number <= static_cast<std::uint32_t>(CommandKind::kEntered)) {
      command.kind = static_cast<CommandKind>(field.number);
      command.body = field.bytes;
    }
    return true;
  });
  if (!fine || !named) return std::nullopt;
  return command;
}

std::optional<Acknowledgement> read_acknowledgement(std::string_view message) noexcept {
  Acknowledgement acknowledgement;
  bool named = false;
  const bool fine = read(message, [&](const Field& field) {
    if (field.is(1, Type::kBytes)) return named = read_id(field.bytes, acknowledgement.id);
    take_number(field, 2, acknowledgement.number);
    return true;
  });
  if (!fine || !named) return std::nullopt;
  return acknowledgement;
}

std::optional<Broadcast> read_broadcast(std::string_view message) {
  Broadcast broadcast;
  const auto add_session = [&](const Field& field) {
    if (!field.is(1, Type::kBytes)) return true;
    return read_id(field.bytes, broadcast.sessions.emplace_back());
  };
  const auto add_note = [&](const Field& field) {
    if (!field.is(1, Type::kBytes)) return true;
    auto& [key, value] = broadcast.notes.emplace_back();
    return read_pair(field.bytes, key, value);
  };
  const bool fine = read(message, [&](const Field& field) {
    if (field.is(1, Type::kBytes)) {
      broadcast.audience = Broadcast::Audience::kAll;
    } else if (field.is(2, Type::kBytes)) {
      broadcast.audience = Broadcast::Audience::kSessions;
      return read(field.bytes, add_session);
    } else if (field.is(3, Type::kBytes)) {
      broadcast.audience = Broadcast::Audience::kNotes;
      return read(field.bytes, add_note);
    }
    return take_text(field, 4, broadcast.text);
  });
  if (!fine) return std::nullopt;
  return broadcast;
}

std::optional<Attached> read_attached(std::string_view body) noexcept {
  Attached attached;
  const bool fine = read(body, [&](const Field& field) {
    take_number(field, 1, attached.last_event);
    take_number(field, 2, attached.last_line);
    return true;
  });
  if (!fine) return std::nullopt;
  return attached;
}

std::optional<std::string_view> read_text(std::string_view body) noexcept { return read_one_text(body, 1); }

std::optional<SideChannelBody> read_side_channel(std::string_view body) noexcept {
  SideChannelBody message;
  std::uint64_t kind = 0;
  const bool fine = read(body, [&](const Field& field) {
    if (field.is(2, Type::kBytes)) message.value = field.bytes;
    take_number(field, 3, kind);
    return take_text(field, 1, message.package);
  });
  if (!fine) return std::nullopt;
  if (kind <= static_cast<std::uint64_t>(SideChannelKind::kStateFields))
    message.kind = static_cast<SideChannelKind>(kind);
  return message;
}

std::optional<bool> read_echo(std::string_view body) noexcept {
  std::uint64_t on = 0;
  const bool fine = read(body, [&](const Field& field) {
    take_number(field, 1, on);
    return true;
  });
  if (!fine) return std::nullopt;
  return on != 0;
}

std::optional<std::string_view> read_disconnect(std::string_view body) noexcept {
  return read_one_text(body, 2);
}

std::optional<EditBody> read_edit(std::string_view body) noexcept {
  EditBody edit;
  const bool fine = read(body, [&](const Field& field) {
    take_number(field, 1, edit.edit);
    return take_text(field, 2, edit.title) && take_text(field, 3, edit.text);
  });
  if (!fine) return std::nullopt;
  return edit;
}

std::optional<NoteBody> read_note(std::string_view body) noexcept {
  NoteBody note;
  if (!read_pair(body, note.key, note.value)) return std::nullopt;
  return note;
}

}  // namespace wyld::grpc_world
