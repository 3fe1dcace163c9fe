#pragma once
// The states of a session and the moves between them: one constant table.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace wyld::session {

enum class State : std::uint8_t {
  kConnecting,  // the client's protocol is being negotiated
  kWelcome,     // the world is being reached; it greets
  kUsername,    // the gateway's own login, from here...
  kPassword,
  kNewUsername,  // ...or its new-account dialogue
  kNewPassword,
  kNewConfirm,
  kNewEmail,
  kPlaying,       // input goes to the world
  kEditing,       // input goes to an editor the world has opened
  kDisconnected,  // held without a connection
  kClosed,        // over
};
inline constexpr std::size_t kStateCount = 12;

[[nodiscard]] std::string_view state_name(State state) noexcept;
[[nodiscard]] bool may_move(State from, State to) noexcept;
// Why a move is not made; names both states. Lives as long as the process, so an Error can carry it.
[[nodiscard]] const char* refused_move(State from, State to) noexcept;
// Makes the move, or says why not (kState) and changes nothing.
[[nodiscard]] Status move(State& state, State to) noexcept;

// A live session has a connection.
[[nodiscard]] constexpr bool is_live(State state) noexcept {
  return state != State::kDisconnected && state != State::kClosed;
}

}  // namespace wyld::session
