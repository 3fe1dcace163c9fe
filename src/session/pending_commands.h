#pragma once
// Commands typed for a world that is away, and their release when it is back.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "session/command_queue.h"
#include "session/world_link.h"

namespace wyld::session {

struct PendingOptions {
  CommandQueueLimits limits = {};
  // The words by which the player rules over the commands that wait.
  std::string cancel_word = "cancel";
  std::string send_word = "send";
};

// "May not have arrived: look / north", for lines whose fate nobody knows.
[[nodiscard]] std::string unsure_words(std::span<const std::string> lines);

// Why a line may be a password, which must never wait.
struct PasswordRisk {
  bool masked = false;        // typed while echo was off
  bool echo_settles = false;  // the client may not have heard yet that it echoes again
  bool own_login = false;     // the world has a login that only it knows
  [[nodiscard]] bool covers(std::string_view line) const;
};

// The commands of one session that wait for its world: accepted, stored, released, in flight, sent. Decides
// only: each call returns what the session must do, in that order.
//
// A link that acknowledges input gets the commands at once, and they stay stored until the world has taken
// them. For other links the store is told first that they are in flight: after a crash nobody knows whether
// they were sent, so they are named to the player then, and never sent again. A player is told that a command
// waits only when it is stored.
//
// Owner    a session, from the first on_away() until is_done().
// Thread   its shard's.
// Limits   CommandQueueLimits, for what waits and again for what is typed while a release is being stored;
//          beyond them a command is refused with a sentence.
class PendingCommands {
 public:
  struct Action {
    enum class Kind : std::uint8_t {
      kTell,       // `text` to the player
      kShow,       // `number` commands wait: for clients that show it
      kWorldBack,  // the world is there again: tell the client if `number` is 1, and let the login go on
      kStore,      // `commands`, or those of now if it is null; then call stored()
      kSend,       // `text` to the world, with the sequence `number`; stop if the session ends by it
    };
    Kind kind;
    std::string text = {};
    std::uint64_t number = 0;
    CommandsPtr commands = {};
  };
  using Actions = std::vector<Action>;
  using Time = CommandQueue::Time;

  // `options` outlives this.
  explicit PendingCommands(const PendingOptions& options) noexcept : options_(options) {}

  // From the store: what a previous process has left.
  [[nodiscard]] Actions restore(const std::vector<QueuedCommand>& commands);
  // The link has lost the world, perhaps again. `sequence`, here and below: of the session's last input.
  [[nodiscard]] Actions world_away(const PasswordRisk& risk, Time now, std::uint64_t& sequence);
  [[nodiscard]] Actions world_back(const WorldReturn& how, Time now, std::uint64_t& sequence,
                                   bool acknowledges);
  // The player is in the world again: what waits goes out.
  [[nodiscard]] Actions logged_in(bool acknowledges);
  // Lines up to `sequence` are the world's.
  [[nodiscard]] Actions taken(std::uint64_t sequence);
  // One kStore is durable. `may_send`: no password is asked for.
  [[nodiscard]] Actions stored(std::uint64_t& sequence, bool may_send, bool acknowledges);
  // A release that waited for a password to be typed goes on.
  [[nodiscard]] Actions may_send_now(std::uint64_t& sequence);
  // The gateway stops: a release that the store may not know of does not happen.
  [[nodiscard]] Actions stop(const PasswordRisk& risk, Time now, std::uint64_t& sequence);

  // What becomes of a line.
  enum class Route : std::uint8_t {
    kToWorld,  // nothing holds it back
    kWord,     // it is for us: word()
    kWaits,    // add()
    kFollows,  // follow(): it goes out after what is being released
  };
  [[nodiscard]] Route route(std::string_view line, bool secret) const;
  [[nodiscard]] Actions word(std::string_view line, bool acknowledges);
  [[nodiscard]] Actions add(std::string_view line, const PasswordRisk& risk, Time now,
                            std::uint64_t& sequence);
  [[nodiscard]] Actions follow(std::string_view line);

  // For a client that has just come.
  [[nodiscard]] Actions remind();

  [[nodiscard]] bool world_is_here() const noexcept { return here_; }
  // world_away() was called, and world_back() not yet.
  [[nodiscard]] bool link_is_away() const noexcept { return link_is_away_; }
  // Nothing waits, and the store knows it.
  [[nodiscard]] bool is_done() const noexcept {
    return here_ && !releasing_ && stores_ == 0 && queue_.empty();
  }
  [[nodiscard]] CommandsPtr commands() const { return queue_.copy(); }
  [[nodiscard]] std::uint64_t last_sequence() const noexcept { return queue_.last_sequence(); }

 private:
  void tell(Actions& out, std::string text) const { out.push_back({Action::Kind::kTell, std::move(text)}); }
  void store(Actions& out);
  void add_to(Actions& out, std::string_view line, const PasswordRisk& risk, Time now,
              std::uint64_t& sequence);
  void tell_waiting(Actions& out);
  [[nodiscard]] std::string waiting_for_player() const;
  void release(Actions& out, bool acknowledges);
  void take_back_release(Actions& out, const PasswordRisk& risk, Time now, std::uint64_t& sequence);
  void send_released(Actions& out, std::uint64_t& sequence);

  const PendingOptions& options_;
  CommandQueue queue_;
  std::vector<std::string> following_;  // typed since the queue was released
  std::uint32_t stores_ = 0;            // changes that are being stored
  bool here_ = false;                   // the world is back
  bool link_is_away_ = false;
  bool releasing_ = false;     // the queue goes out when the store knows that it is in flight
  bool sent_ = false;          // the queue was sent, and stays until the world has taken it
  bool tell_waiting_ = false;  // when the change is stored
  bool release_due_ = false;   // when the change is stored
};

}  // namespace wyld::session
