#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "codec/capabilities.h"
#include "runtime/address.h"

namespace wyld::telnet_game {

struct TelnetGameOptions {
  std::vector<runtime::SocketAddress> addresses;  // tried in order for every player
  std::string address;                            // "mud.example:4000", for the log
  std::string name = "The game";                  // for the players
  Charset charset_default = Charset::kUtf8;       // what the game speaks before it negotiates
  // Tells the game the player's address when it asks by NEW-ENVIRON IPADDRESS.
  bool send_address = false;
  // Sets the MTTS bit by which games recognise a proxy.
  bool announce_proxy = false;
  std::chrono::milliseconds connect_timeout{10'000};
};

}  // namespace wyld::telnet_game
