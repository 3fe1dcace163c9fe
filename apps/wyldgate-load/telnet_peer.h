// Just enough Telnet to look like a common client or a common game: takes the commands out of the
// text and answers each option once. Written apart from the gateway's codec on purpose, so that
// the two cannot share a mistake.
//
// Owner    one per connection. Thread: the role's.
// Errors   none; malformed input is skipped as a command.
// Limits   a subnegotiation is remembered by its first two bytes only.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace wyld::load {

class TelnetPeer {
 public:
  enum class Manner : std::uint8_t {
    kSilent,  // Strips commands and never answers, as a raw socket would.
    kClient,  // Accepts what TinTin++ or Mudlet would, tells type and window.
    kGame,    // Asks for the terminal type when the client has one; refuses the rest.
  };

  explicit TelnetPeer(Manner manner) : manner_(manner) {}

  // Moves the text to the front of `bytes` and returns how much there is. Answers that became due
  // are appended to `answers`.
  std::size_t strip(std::span<char> bytes, std::string& answers);

  // Of a game: the client has told its terminal type and its window.
  bool client_known() const { return type_told_ && window_told_; }

  // What a game says as soon as a client connects.
  static std::string_view game_offers();

 private:
  enum class State : std::uint8_t { kText, kIac, kVerb, kSub, kSubIac };

  void on_option(std::uint8_t verb, std::uint8_t option, std::string& answers);
  void on_subnegotiation(std::string& answers);

  Manner manner_;
  State state_ = State::kText;
  std::uint8_t verb_ = 0;
  std::uint8_t sub_seen_ = 0;
  std::uint8_t sub_head_[2] = {};
  bool type_told_ = false, window_told_ = false;
  std::bitset<512> answered_;  // One bit per option and side: an answer is given once.
};

}  // namespace wyld::load
