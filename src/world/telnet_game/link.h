#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/loop.h"
#include "session/world_link.h"
#include "world/telnet_game/options.h"
#include "world/telnet_game/upstream.h"

namespace wyld::telnet_game {

// An unmodified telnet game as the world: one connection to it per player.
//
// Owner    the shard.
// Thread   the shard's.
// Errors   a game that cannot be reached, or hangs up, ends the session with a sentence.
// Limits   64 KiB and one read wait for a game that does not read; then its player's input is not read.
class TelnetGameLink final : public session::WorldLink {
 public:
  TelnetGameLink(runtime::Loop& loop, session::WorldEvents& events, const TelnetGameOptions& options)
      : loop_(loop), events_(events), options_(options) {}

  void attach(session::SessionHandle session, const session::PlayerInfo& player) override;
  void detach(session::SessionHandle session, session::DetachReason reason) override;
  void input(session::SessionHandle session, std::uint64_t sequence, std::string_view line,
             bool secret) override;
  void characters(session::SessionHandle session, std::string_view text) override;
  void side_channel(session::SessionHandle session, std::string_view package, std::string_view body) override;
  void capabilities_changed(session::SessionHandle session, const Capabilities& capabilities) override;
  void interrupt(session::SessionHandle session) override;
  void pause(session::SessionHandle session) override;
  void resume(session::SessionHandle session) override;

  [[nodiscard]] std::size_t upstream_count() const noexcept { return by_slot_.size() + finishing_.size(); }

 private:
  friend class Upstream;
  void dial(session::SessionHandle session, std::size_t address_index, const Capabilities& capabilities,
            std::string_view player_address, std::string_view hello, std::string_view supports);
  void unreachable(session::SessionHandle session, int system_errno);
  [[nodiscard]] Upstream* find(session::SessionHandle session) noexcept;
  // Called by an upstream whose stream has ended.
  void lost(Upstream& upstream, int system_errno);

  runtime::Loop& loop_;
  session::WorldEvents& events_;
  const TelnetGameOptions options_;
  std::string reply_buffer_;
  std::vector<std::unique_ptr<Upstream>> by_slot_;  // indexed by SessionHandle::slot; null: none
  std::unordered_map<const Upstream*, std::unique_ptr<Upstream>> finishing_;
};

}  // namespace wyld::telnet_game
