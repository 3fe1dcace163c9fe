#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "codec/gmcp/message.h"
#include "codec/telnet/game_endpoint.h"
#include "runtime/stream.h"
#include "session/world_link.h"
#include "world/telnet_game/options.h"

namespace wyld::telnet_game {

class TelnetGameLink;

// One player's connection to the game.
//
// Owner    TelnetGameLink.
// Thread   the shard's.
class Upstream final : private runtime::StreamEvents, private telnet::GameEndpointEvents {
 public:
  // `address_index`: which of the options' addresses to try.
  Upstream(TelnetGameLink& link, session::SessionHandle session, runtime::Fd fd, std::size_t address_index,
           const Capabilities& capabilities, std::string_view player_address, std::string_view hello,
           std::string_view supports);

  [[nodiscard]] Status open();
  void send_line(std::string_view text);
  void send_characters(std::string_view text);
  void send_side_channel(std::string_view package, std::string_view body);
  void send_interrupt();
  void set_capabilities(const Capabilities& capabilities);
  void set_reading(bool on);
  // The player is gone: what was typed still goes out, then the connection ends.
  void finish();

  [[nodiscard]] session::SessionHandle session() const noexcept { return session_; }

 private:
  friend class TelnetGameLink;
  // runtime::StreamEvents:
  void on_bytes(char* data, std::size_t bytes) override;
  void on_drained() override;
  void on_end(int system_errno) override;
  // telnet::GameEndpointEvents:
  void on_text(std::string_view utf8) override;
  void on_prompt() override;
  void on_client_echo(bool client_echoes) override;
  void on_character_mode(bool on) override;
  void on_gmcp(std::string_view package, std::string_view body) override;
  void on_gmcp_enabled() override;
  void on_violation(telnet::Violation violation) override;

  template <typename Append>
  void write(Append&& append);
  void remember(std::string_view package, std::string_view body);

  TelnetGameLink& link_;
  const session::SessionHandle session_;
  const std::size_t address_index_;
  std::string* replies_ = nullptr;  // the endpoint's, while it is being fed
  runtime::Stream stream_;
  telnet::GameEndpoint endpoint_;
  std::string player_address_;
  std::string hello_;  // GMCP Core.Hello and Core.Supports as the client has them now
  gmcp::Supports supports_;
  bool finished_ = false;
  bool heard_ = false;  // the game has sent something
  bool entered_ = false;
  bool input_blocked_ = false;  // the game does not read; the player waits
};

}  // namespace wyld::telnet_game
