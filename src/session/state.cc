#include "session/state.h"

#include <array>
#include <initializer_list>

namespace wyld::session {
namespace {

constexpr std::array<std::string_view, kStateCount> kNames{
    "Connecting", "Welcome",  "Username", "Password", "NewUsername",  "NewPassword",
    "NewConfirm", "NewEmail", "Playing",  "Editing",  "Disconnected", "Closed",
};

using Moves = std::array<std::uint16_t, kStateCount>;  // bit n: may move to state n

constexpr std::uint16_t to(std::initializer_list<State> states) {
  std::uint16_t bits = 0;
  for (const State state : states)
    bits = static_cast<std::uint16_t>(bits | (1U << static_cast<unsigned>(state)));
  return bits;
}

constexpr Moves make_moves() {
  using enum State;
  Moves moves{};
  const auto row = [&moves](State from, std::initializer_list<State> states) {
    moves[static_cast<std::size_t>(from)] = to(states);
  };
  row(kConnecting, {kWelcome, kDisconnected, kClosed});
  row(kWelcome, {kUsername, kPlaying, kDisconnected, kClosed});
  row(kUsername, {kPassword, kNewUsername, kDisconnected, kClosed});
  row(kPassword, {kUsername, kPlaying, kDisconnected, kClosed});
  row(kNewUsername, {kUsername, kNewPassword, kDisconnected, kClosed});
  row(kNewPassword, {kNewUsername, kNewConfirm, kDisconnected, kClosed});
  row(kNewConfirm, {kNewPassword, kNewEmail, kPlaying, kDisconnected, kClosed});
  row(kNewEmail, {kPlaying, kDisconnected, kClosed});
  row(kPlaying, {kEditing, kDisconnected, kClosed});
  row(kEditing, {kPlaying, kDisconnected, kClosed});
  row(kDisconnected, {kPlaying, kClosed});
  row(kClosed, {});
  return moves;
}

constexpr Moves kMoves = make_moves();

constexpr std::string_view kBefore = "a session cannot go from ";
constexpr std::string_view kBetween = " to ";
using Refusal = std::array<char, 64>;  // zero-terminated
using Refusals = std::array<std::array<Refusal, kStateCount>, kStateCount>;

constexpr Refusals make_refusals() {
  Refusals refusals{};
  for (std::size_t from = 0; from < kStateCount; ++from) {
    for (std::size_t to = 0; to < kStateCount; ++to) {
      std::size_t at = 0;
      for (const std::string_view part : {kBefore, kNames[from], kBetween, kNames[to]}) {
        for (const char c : part) refusals[from][to].at(at++) = c;
      }
    }
  }
  return refusals;
}

constexpr Refusals kRefusals = make_refusals();

}  // namespace

std::string_view state_name(State state) noexcept { return kNames[static_cast<std::size_t>(state)]; }

bool may_move(State from, State to) noexcept {
  return (kMoves[static_cast<std::size_t>(from)] >> static_cast<unsigned>(to) & 1U) != 0;
}

const char* refused_move(State from, State to) noexcept {
  return kRefusals[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)].data();
}

Status move(State& state, State to) noexcept {
  if (!may_move(state, to)) return fail(ErrorCode::kState, refused_move(state, to));
  state = to;
  return {};
}

}  // namespace wyld::session
