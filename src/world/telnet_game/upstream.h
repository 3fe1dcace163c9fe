#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/telnet/game_endpoint.h"
#include "runtime/stream.h"
#include "world/telnet_game/options.h"

namespace wyld::telnet_game {

class TelnetGameLink;
struct Player;

// One connection to the game on a player's behalf.
//
// Owner    Player; once the player is gone, TelnetGameLink.
// Thread   the shard's.
class Upstream final : private runtime::StreamEvents, private telnet::GameEndpointEvents {
 public:
  // `address_index`: which of the options' addresses is tried.
  Upstream(TelnetGameLink& link, Player& player, runtime::Fd fd, std::size_t address_index);

  [[nodiscard]] Status open();
  void send_line(std::string_view text);
  void send_characters(std::string_view text);
  void send_side_channel(std::string_view package, std::string_view body);
  void send_interrupt();
  // `another_client`: the player's client is another one, so a game that speaks GMCP hears Core.Hello and
  // Core.Supports.
  void set_capabilities(const Capabilities& capabilities, bool another_client);
  void set_reading(bool on);
  // Calls TelnetGameLink::lasted() when it has stood for TelnetGameOptions::trial.
  void watch();
  // The player is gone: what was typed still goes out, then the connection ends.
  void finish();
  // Ends it at once.
  void close();

  [[nodiscard]] Player* player() const noexcept { return player_; }  // null: gone
  [[nodiscard]] std::size_t address_index() const noexcept { return address_index_; }
  // The game has said something, or has let the connection stand; on a redial, for long enough.
  [[nodiscard]] bool answered() const noexcept { return answered_; }
  // The game has said something on a redial, and may yet turn the player away.
  [[nodiscard]] bool on_trial() const noexcept { return trial_ != nullptr; }
  [[nodiscard]] bool shows_input() const noexcept { return endpoint_.client_echoes(); }
  // What was written in all, and what of it the game's machine has confirmed.
  [[nodiscard]] std::uint64_t written_bytes() const noexcept { return written_; }
  [[nodiscard]] std::uint64_t arrived_bytes() const noexcept;

 private:
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
  template <typename Append>
  void queue(Append&& append);
  void introduce(std::string& out);
  void log_drop(std::string_view reason);
  static void on_patience(void* self);
  void begin_trial();
  void end_trial();

  // A booting game may answer a redial by "try again later" and hang up. Until the connection has lasted,
  // what it says is kept here, and the player hears nothing of it.
  //
  // Limits   kTrialBytesMax; a game that says more is there, and the trial ends.
  struct Trial {
    enum class Kind : std::uint8_t { kText, kPrompt, kEcho, kCharacterMode, kGmcp };
    struct Event {
      Kind kind;
      bool on;  // of kEcho and kCharacterMode
      std::string text;
      std::string package;  // of kGmcp
    };
    std::vector<Event> events;
    std::size_t bytes = 0;
  };
  // True: kept for later.
  [[nodiscard]] bool keeps(Trial::Kind kind, bool on, std::string_view text, std::string_view package = {});

  TelnetGameLink& link_;
  Player* player_;
  const std::size_t address_index_;
  std::string* replies_ = nullptr;  // the endpoint's, while it is being fed
  runtime::Stream stream_;
  telnet::GameEndpoint endpoint_;
  runtime::Timer patience_;  // until the connection counts as accepted, or has lasted
  std::unique_ptr<Trial> trial_;
  runtime::TimePoint opened_at_;
  std::uint64_t written_ = 0;
  bool answered_ = false;
  bool spoken_to_ = false;  // a line has been sent
};

}  // namespace wyld::telnet_game
