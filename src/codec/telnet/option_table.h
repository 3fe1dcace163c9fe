#pragma once
// Which side may switch on which option: one row per option. A new option is one row here, its number
// in protocol.h and, if it has a payload, one pair of files in options/.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "codec/telnet/protocol.h"

namespace wyld::telnet {

// The two directions of an option (RFC 1143): "us" performs it, or "him", the peer.
enum class Side : std::uint8_t { kUs, kHim };

// Which end of a connection the gateway is.
enum class Role : std::uint8_t { kServerOfPlayer, kClientOfGame };

enum class Policy : std::uint8_t {
  kRefuse,     // never
  kAgree,      // when the peer asks
  kOffer,      // in the opening burst, and when the peer asks
  kIfWanted,   // when the peer asks and the application wants it just then
  kMomentary,  // answered each time, holds no state
};

struct OptionRow {
  std::uint8_t option;
  Policy player_us, player_him;  // toward a player's client
  Policy game_us, game_him;      // toward a game
};

// The order of the rows is the order of the opening burst.
inline constexpr std::array kOptionTable = {
    // Toward a player: our side, his side. Toward a game: our side, his side.
    OptionRow{option::kTerminalType, Policy::kRefuse, Policy::kOffer, Policy::kAgree, Policy::kRefuse},
    OptionRow{option::kWindowSize, Policy::kRefuse, Policy::kOffer, Policy::kAgree, Policy::kRefuse},
    OptionRow{option::kNewEnviron, Policy::kRefuse, Policy::kOffer, Policy::kAgree, Policy::kRefuse},
    OptionRow{option::kCharset, Policy::kOffer, Policy::kAgree, Policy::kIfWanted, Policy::kIfWanted},
    OptionRow{option::kEndOfRecord, Policy::kOffer, Policy::kAgree, Policy::kAgree, Policy::kAgree},
    OptionRow{option::kGmcp, Policy::kOffer, Policy::kAgree, Policy::kIfWanted, Policy::kIfWanted},
    OptionRow{option::kEcho, Policy::kIfWanted, Policy::kRefuse, Policy::kRefuse, Policy::kAgree},
    OptionRow{option::kSuppressGoAhead, Policy::kAgree, Policy::kAgree, Policy::kAgree, Policy::kIfWanted},
    OptionRow{option::kBinary, Policy::kAgree, Policy::kAgree, Policy::kAgree, Policy::kAgree},
    OptionRow{option::kTimingMark, Policy::kMomentary, Policy::kRefuse, Policy::kMomentary, Policy::kRefuse},
    OptionRow{option::kLinemode, Policy::kRefuse, Policy::kRefuse, Policy::kRefuse, Policy::kRefuse},
};

[[nodiscard]] constexpr Policy policy_of(const OptionRow& row, Role role, Side side) noexcept {
  if (role == Role::kServerOfPlayer) return side == Side::kUs ? row.player_us : row.player_him;
  return side == Side::kUs ? row.game_us : row.game_him;
}

// The row of `option`, or nothing for one we do not know.
[[nodiscard]] std::optional<std::size_t> option_row(std::uint8_t option) noexcept;

}  // namespace wyld::telnet
