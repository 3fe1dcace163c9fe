#pragma once
// One player's presence: what survives the connection.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "session/channel.h"
#include "session/code_moment.h"
#include "session/editing.h"
#include "session/key_offer.h"
#include "session/output_log.h"
#include "session/paced_input.h"
#include "session/pending_commands.h"
#include "session/session_shard.h"
#include "session/side_channel_memory.h"
#include "session/world_link.h"

namespace wyld::session {

// The part of a session that exists only without a client.
struct Detachment {
  explicit Detachment(Session& session);
  runtime::Timer expires;
  std::chrono::system_clock::time_point since{};
  HeldPlace place;
  runtime::TimePoint echo_settles{};  // until then what waits may be a password
  bool takes_side_channel = false;    // the last client did
};

// A slot forgets this with its session: assigned as a whole, so that nothing of one is left for the next.
struct SessionState {
  // The part that a broadcast reads comes first, in one cache line.
  SessionRecord* record = nullptr;   // null: the slot is free
  std::unique_ptr<Channel> channel;  // null: detached
  SessionHandle handle;              // the slot's own, of its last session where it is free
  bool remembered = false;           // the store has heard of it
  bool attached = false;             // to its world
  bool entered = false;              // the world knows the player
  bool resumable = false;            // the client has a token or a code
  bool has_place = false;            // the player has logged in here or has a code: kept even if it is young
  bool previous_token = false;       // the token before is still good
  bool client_echoes = true;
  bool character_mode = false;
  bool input_blocked = false;  // the world takes no more for now
  bool side_channel_loss_logged = false;
  WorldLink* world = nullptr;  // this session's own, from open() on
  SessionId id;
  std::uint64_t input_sequence = 0;  // of the last line that the world was given, or that waits for it
  CodeMoment code_moment;
  std::unique_ptr<SideChannelMemory> side_memory;  // null: the world has sent nothing there
  std::unique_ptr<Detachment> detachment;          // null: connected
  std::unique_ptr<PendingCommands> pending;        // while the world is away, and until all of them are gone
  std::unique_ptr<Editing> editing;
  std::unique_ptr<KeyOffer> offer;
};

// One player's presence in a world. It has a channel while a client is connected, and is detached (players
// say linkdead) otherwise. Its parts are objects with rules of their own; the functions here are what all
// that happens to a session needs: output, and what the store and the record hear.
//
// Owner    ShardSessions: a slot, reused.
// Thread   the shard's.
struct Session : SessionState {
  explicit Session(SessionShard& owner);
  // As new, but for the handle and the input that waits. Returns what was.
  SessionState clear();

  [[nodiscard]] bool is_held() const noexcept { return detachment != nullptr; }
  // Nothing has begun: neither a login, nor a world, nor a way back.
  [[nodiscard]] bool is_untouched() const noexcept {
    return !attached && channel && channel->login() == nullptr && !channel->is_resuming();
  }
  // Input waits for the accounts, or for the store.
  [[nodiscard]] bool waits_for_answer() const noexcept { return channel && channel->awaits_answer(); }

  // --- the connection ---
  // A new channel takes the place of the one before, if there is one.
  void connect(PlayerTransport& transport);
  void update_reading();

  // --- output ---
  // Numbers what is said, and keeps it for clients that come back.
  void note(OutputKind kind, std::string_view text) {
    output.note(kind, text, shard.clock.wall);
    was_said();
  }
  // The same for a text that several sessions have, and for the last broadcast of the shard's budget.
  void note(const SharedOutput& text, std::size_t bytes) {
    output.note(text, bytes);
    was_said();
  }
  void note_broadcast(std::size_t bytes) {
    output.note_broadcast(bytes);
    was_said();
  }
  // Everything up to here has been handed to the connection.
  void note_sent() {
    if (output.is_recording()) channel->transport().note_output(output.offset());
  }
  // The world's words. False: nobody is connected, or they read too slowly.
  bool say(std::string_view utf8);
  // The text since the last '\n' is a prompt.
  void prompt();
  // Ours.
  void tell(std::string_view text);
  // Tells `text`, and keeps `masked` of the same length in its place.
  void tell_secretly(std::string_view text, std::string_view masked);
  void tell_cut();
  [[nodiscard]] bool admits_output(std::size_t bytes);
  // Pauses the world if too much waits.
  void after_output();
  // Messages that wait on the side channel; `all`: to a client that may have forgotten what it had.
  void send_side_channel(bool all);
  // From here on output is kept, for a client that comes back.
  void start_recording();
  // The client is about to go: what it has, as far as its system says.
  void note_confirmed();

  // --- the store and the record ---
  void store_scrollback(bool complete);
  void note_capabilities();
  void note_account(const std::string& account);
  void change_details(const std::function<void(SessionDetails&)>& change, SessionStore::Done done = {});

  SessionShard& shard;
  OutputLog output;
  PacedInput input;

 private:
  void was_said() {
    if (is_held() && output.soil()) shard.mark_dirty(*this);
  }
  static void on_input_due(void* session);
};

}  // namespace wyld::session
