#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/loop.h"
#include "runtime/random.h"
#include "session/world_link.h"
#include "world/telnet_game/closing.h"
#include "world/telnet_game/options.h"
#include "world/telnet_game/player.h"
#include "world/telnet_game/upstream.h"

namespace wyld::telnet_game {

// An unmodified telnet game as the world: one connection to it per player. When the game goes away the
// players stay, and are brought back; docs/design/world-restarts.md says how.
//
// Owner    the shard.
// Thread   the shard's.
// Errors   a game that cannot be reached or breaks off is told by on_away(); one that lets a player go, by
//          on_left().
// Limits   64 KiB and one read wait for a game that does not read; then its player's input is not read. One
//          connection a second is made only to learn whether the game is there, and `returning_max` at once
//          to bring players back.
class TelnetGameLink final : public session::WorldLink {
 public:
  TelnetGameLink(runtime::Loop& loop, session::WorldEvents& events, const TelnetGameOptions& options,
                 const std::array<std::uint64_t, 4>& seed = runtime::random_seed());

  [[nodiscard]] bool has_own_login() const override { return true; }
  void attach(session::SessionHandle session, const session::PlayerInfo& player) override;
  void connection_lost(session::SessionHandle session) override;
  void connection_restored(session::SessionHandle session, const session::PlayerInfo& player) override;
  void detach(session::SessionHandle session, session::DetachReason reason) override;
  void input(session::SessionHandle session, std::uint64_t sequence, std::string_view line,
             bool secret) override;
  void characters(session::SessionHandle session, std::string_view text) override;
  void side_channel(session::SessionHandle session, std::string_view package, std::string_view body) override;
  void capabilities_changed(session::SessionHandle session, const Capabilities& capabilities) override;
  void interrupt(session::SessionHandle session) override;
  void pause(session::SessionHandle session) override;
  void resume(session::SessionHandle session) override;

  // Connections to the game, those included whose players have left.
  [[nodiscard]] std::size_t upstream_count() const noexcept;

 private:
  friend class Upstream;
  [[nodiscard]] Player* find(session::SessionHandle session) noexcept;
  // Forgets the player; what they typed last still goes out.
  void remove(Player& player);
  // The player leaves by the game's doing, and is told `text`.
  void leave(Player& player, const std::string& text);
  void block(Player& player, Block reason, bool on);
  void set_blocks(Player& player, std::uint8_t blocks);
  void spoken(Player& player);

  // link_dial.cc: connections come and go. Events may end the player who is named; they are the last thing
  // each function does with it.
  // Tries the addresses from `address_index` on. The error is that of the last one, with its errno.
  [[nodiscard]] Status dial(Player& player, std::size_t address_index);
  void send_again(Player& player);
  static void forget_early(Player& player);
  // Whether the player's new connection has to last before it counts.
  [[nodiscard]] bool tries(const Player& player) const noexcept;
  void answered(Upstream& upstream);
  // A connection has stood for TelnetGameOptions::trial since it was answered.
  void lasted();
  void lost(Upstream& upstream, int system_errno);
  void refused(Player& player, int system_errno);
  void closed(Player& player, int system_errno);
  void judge_closings();
  // The player stays, and is brought back when the game is.
  void go_away(Player& player, const std::string& text);
  // The player's last connection did not last: the next one is made later each time.
  void rest(Player& player);
  // Learns whether the game is there, by one player's connection.
  void ask();
  void ask_at(runtime::TimePoint when);
  void game_is_there();
  void game_is_gone();
  void bring_back();
  [[nodiscard]] Player* next_away() noexcept;
  void set_phase(Player& player, Phase phase) noexcept;
  [[nodiscard]] std::chrono::milliseconds redial_delay_after(unsigned failures);

  // link_login.cc: the login script.
  void begin_login(Player& player);
  void go_on_logging_in(Player& player);
  void end_login(Player& player, std::string_view problem);
  void watch_login(Player& player) const;
  void learn_account(Player& player);

  static void on_judge(void* self);
  static void on_ask(void* self);
  static void on_rested(void* timer);
  static void on_login_timeout(void* timer);

  runtime::Loop& loop_;
  session::WorldEvents& events_;
  const TelnetGameOptions options_;
  std::mt19937_64 random_;
  std::string reply_buffer_;
  std::unordered_map<const Upstream*, std::unique_ptr<Upstream>> finishing_;

  Closings closings_;
  std::vector<session::SessionHandle> suspects_;  // in Phase::kClosed; some may be gone
  runtime::Timer judge_timer_;
  runtime::Timer ask_timer_;
  runtime::TimePoint ask_due_;
  runtime::TimePoint next_ask_;                   // not before
  std::optional<session::SessionHandle> asking_;  // whose connection is to tell
  unsigned failures_ = 0;                         // questions in a row without an answer
  std::size_t living_ = 0;                        // connections that the game has taken and not closed
  std::size_t away_ = 0;                          // players in Phase::kAway
  std::size_t returning_ = 0;                     // players in Phase::kReturning
  std::size_t search_from_ = 0;                   // slot at which next_away() goes on
  bool proven_ = true;                            // a connection has lasted since the game went away last
  bool speaks_first_ = false;                     // the game has greeted somebody
  bool down_ = false;                             // as the log has it

  std::vector<std::unique_ptr<Player>> by_slot_;  // indexed by SessionHandle::slot; null: none
};

}  // namespace wyld::telnet_game
