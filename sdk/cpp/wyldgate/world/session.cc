#include "wyldgate/world/session.h"

#include <utility>

#include "wyldgate/world/sessions.h"
#include "wyldgate/world/text.h"

namespace wyldgate::world {
namespace {

constexpr std::size_t kTextBytesMax = 64 * 1024;
constexpr std::size_t kEditBytesMax = 256 * 1024;

std::string bounded(std::string_view text, std::size_t bytes_max) {
  std::string clean = well_formed(text);
  clean.resize(first_piece(clean, bytes_max).size());
  return clean;
}

}  // namespace

v1::SessionCommand Session::command() const {
  v1::SessionCommand command;
  command.set_session_id(id_);
  return command;
}

void Session::say(v1::SessionCommand command, bool can_be_left_out) {
  if (ended_) return;
  const std::size_t room = sessions_.options_.unacknowledged_max;
  // What this turn has said already is not numbered yet.
  const std::size_t waiting = unacknowledged_.size() + said_in_turn_;
  if (waiting >= (can_be_left_out ? room : 2 * room)) {
    ++skipped_;
    return;
  }
  if (skipped_ > 0 && can_be_left_out) {
    v1::SessionCommand words = this->command();
    words.mutable_output()->set_text("[" + std::to_string(skipped_) + " messages were left out here.]\n");
    skipped_ = 0;
    ++said_in_turn_;
    sessions_.said_.emplace_back(this, std::move(words));
  }
  ++said_in_turn_;
  sessions_.said_.emplace_back(this, std::move(command));
}

void Session::output(std::string_view text) {
  const std::string clean = well_formed(text);
  for (std::string_view rest = clean; !rest.empty();) {
    const std::string_view piece = first_piece(rest, kTextBytesMax);
    v1::SessionCommand said = command();
    said.mutable_output()->set_text(piece.data(), piece.size());
    say(std::move(said), true);
    rest.remove_prefix(piece.size());
  }
}

void Session::prompt(std::string_view text) {
  v1::SessionCommand said = command();
  said.mutable_prompt()->set_text(bounded(text, kTextBytesMax));
  say(std::move(said), true);
}

void Session::side_channel(std::string_view package, v1::Value value, v1::SideChannelKind kind) {
  v1::SessionCommand said = command();
  said.mutable_side_channel()->set_package(well_formed(package));
  *said.mutable_side_channel()->mutable_value() = std::move(value);
  said.mutable_side_channel()->set_kind(kind);
  say(std::move(said), true);
}

void Session::echo(bool on) {
  v1::SessionCommand said = command();
  said.mutable_echo()->set_on(on);
  say(std::move(said), false);
}

void Session::entered() {
  v1::SessionCommand said = command();
  said.mutable_entered();
  say(std::move(said), false);
}

void Session::note(std::string_view key, std::string_view value) {
  v1::SessionCommand said = command();
  said.mutable_note()->set_key(well_formed(key));
  said.mutable_note()->set_value(well_formed(value));
  if (value.empty()) {
    notes_.erase(said.note().key());
  } else {
    notes_[said.note().key()] = said.note().value();
  }
  say(std::move(said), false);
}

void Session::edit(std::uint64_t edit, std::string_view title, std::string_view text) {
  v1::SessionCommand said = command();
  said.mutable_edit()->set_edit_id(edit);
  said.mutable_edit()->set_title(well_formed(title));
  said.mutable_edit()->set_text(bounded(text, kEditBytesMax));
  say(std::move(said), false);
}

void Session::disconnect(std::string_view text, v1::DisconnectReason reason) {
  v1::SessionCommand said = command();
  said.mutable_disconnect()->set_reason(reason);
  said.mutable_disconnect()->set_text(bounded(text, kTextBytesMax));
  say(std::move(said), false);
}

void Session::set_state(std::string state) {
  state_ = std::move(state);
  state_changed_ = true;
  sessions_.mark_changed(*this);
}

}  // namespace wyldgate::world
