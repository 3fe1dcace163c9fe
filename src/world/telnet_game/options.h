#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codec/capabilities.h"
#include "runtime/address.h"
#include "session/world_pulse.h"
#include "world/telnet_game/login_script.h"

namespace wyld::telnet_game {

// What an orderly close by the game means.
enum class OnClose : std::uint8_t {
  kAuto,       // found out: the game let the player go, or the game died
  kLeave,      // the player has left
  kReconnect,  // the game is about to come back
};

struct TelnetGameOptions {
  std::vector<runtime::SocketAddress> addresses;  // tried in order for every player
  std::string address;                            // "mud.example:4000", for the log
  std::string name = "The game";                  // for the players
  Charset charset_default = Charset::kUtf8;       // what the game speaks before it negotiates
  std::size_t subnegotiation_bytes_max = std::size_t{1024} * 1024;  // of the game's, GMCP messages among them
  // Tells the game the player's address when it asks by NEW-ENVIRON IPADDRESS.
  bool send_address = false;
  // Sets the MTTS bit by which games recognise a proxy.
  bool announce_proxy = false;
  std::chrono::milliseconds connect_timeout{10'000};

  OnClose on_close = OnClose::kAuto;
  // A game that is away is tried again after `redial_first`, then after twice as long each time, up to
  // `redial_max`. Lower the second where a restart should be noticed sooner.
  std::chrono::milliseconds redial_first{1'000};
  std::chrono::milliseconds redial_max{30'000};
  // How long closings are gathered before they are judged: a dying process closes its connections one by one.
  std::chrono::milliseconds settle{250};
  // At most one connection in this time is made only to learn whether the game is there.
  std::chrono::milliseconds ask_every{1'000};
  // A new connection that has stood for so long counts as accepted by a game that does not speak first.
  std::chrono::milliseconds patience{1'000};
  // A redial on which the game speaks has succeeded when it has stood for so long: a game that is booting may
  // accept, ask for patience and hang up.
  std::chrono::milliseconds trial{2'000};
  // A connection that lasted less does not show that the game is well: its player is brought back later
  // each time.
  std::chrono::milliseconds steady{10'000};
  // Players brought back at once by one shard; the next one's turn comes when the game has greeted one.
  std::size_t returning_max = 32;
  // How players are logged in who come back, or all of them; null: they do it themselves.
  std::shared_ptr<const LoginScript> login = nullptr;
  // Learns when the game was last heard; null: nobody wants to know.
  session::WorldPulse* pulse = nullptr;
};

}  // namespace wyld::telnet_game
