#pragma once
// The output of a session: where it stands, what is kept of it, and what a client that comes back must be
// told.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/timing_wheel.h"
#include "session/output_ring.h"
#include "session/session_record.h"

namespace wyld::session {

// Numbers everything that is said in a session, and keeps the latest of it from record() on. `offset` never
// decreases; it equals the bytes ever said. Output of previous processes is continued, so that clients that
// were away meanwhile are understood too. docs/design/resume.md has the invariant that this guards.
//
// Owner    a session.
// Thread   its shard's.
// Limits   those of its OutputRing.
class OutputLog {
 public:
  using Time = OutputRing::Time;
  using TimePoint = runtime::TimePoint;

  // The same for all sessions of a shard; outlives them.
  struct Shard {
    OutputBudget& budget;
    std::size_t bytes_max;  // of one session
    std::uint64_t epoch;    // names this process in positions
  };
  explicit OutputLog(const Shard& shard) noexcept : shard_(shard) {}

  // From here on output is kept. False: it was already.
  bool record();
  [[nodiscard]] bool is_recording() const noexcept { return kept_ != nullptr; }
  void note(OutputKind kind, std::string_view text, Time now) {
    if (kept_) kept_->ring.append(offset_, kind, text, now);
    offset_ += OutputRing::size_of(kind, text);
  }
  // A text that several sessions have; `bytes` long.
  void note(const SharedOutput& text, std::size_t bytes) {
    if (kept_) kept_->ring.append(offset_, text);
    offset_ += bytes;
  }
  // The last broadcast of the budget, `bytes` long. The ring is not touched: reading or writing a thousand of
  // them costs more than all the rest of a broadcast.
  void note_broadcast(std::size_t bytes) {
    if (kept_ && bytes != 0 && !std::exchange(follows_, true)) kept_->ring.follow(offset_);
    offset_ += bytes;
  }
  // The broadcasts after this one are not for this session.
  void stop_following() {
    if (std::exchange(follows_, false)) kept_->ring.stop_following(offset_);
  }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] OutputPosition position() const noexcept {
    return {.epoch = shard_.epoch, .offset = offset_};
  }
  // As new.
  void clear() noexcept;

  // --- while nobody is connected ---
  // The last client had everything before `delivered`, as far as its system says. A client that counts its
  // output will know better what it has when it is back. Not certain: that system may be a proxy's, which
  // took output that the client never got.
  void detached(std::uint64_t delivered, bool client_counts, bool is_certain = true);
  // Something was said: to be stored again. True: it was not before.
  [[nodiscard]] bool soil() noexcept { return kept_ && !std::exchange(kept_->dirty, true); }
  [[nodiscard]] bool is_dirty() const noexcept { return kept_ && kept_->dirty; }
  // Whether enough is new to write all that is kept again.
  [[nodiscard]] bool is_due(TimePoint now) const noexcept;
  // For the store, which has it from now on. `complete`: nothing will be said after it.
  [[nodiscard]] Scrollback to_store(bool complete, TimePoint now);
  // A client is here, and gets what is kept.
  void attached() {
    record();
    kept_->dirty = false;
  }

  // --- for a client that comes back ---
  // Goes on where a previous process ended; null: the store had nothing. `position`: where the client stands.
  void continue_from(const Scrollback* scrollback, const std::optional<OutputPosition>& position);
  struct Replay {
    std::uint64_t wanted = 0;  // where the client stands
    std::uint64_t from = 0;    // where what can be told begins
    bool sure = true;          // nothing else was said meanwhile
    bool in_transit = false;   // if not sure: only what was on its way to the last client may be missing
    std::uint64_t missing = 0;
    std::uint64_t bytes = 0;
    std::uint64_t lines = 0;
    [[nodiscard]] bool has_gap() const noexcept { return missing > 0 || !sure; }
  };
  [[nodiscard]] Replay replay_for(const std::optional<OutputPosition>& position) const;
  // The client is told of the gap before `replay.from`.
  void tells(const Replay& replay) noexcept {
    if (kept_ && kept_->previous) kept_->previous->told_from = replay.from;
  }
  // What is kept from `offset` on, with short texts joined.
  template <typename Visit>
  void visit(std::uint64_t offset, Visit&& visit) const {
    if (kept_) kept_->ring.visit_joined(offset, std::forward<Visit>(visit));
  }

  // What the player sees of a line that is not finished; empty when it is, or not kept.
  struct UnfinishedLine {
    std::string text = {};
    bool is_prompt = false;
  };
  [[nodiscard]] UnfinishedLine unfinished_line() const;

 private:
  // What previous processes have left. Their offsets go on here.
  struct Previous {
    std::vector<std::uint64_t> epochs;  // whose offsets are known to be these; none: nothing was stored
    std::uint64_t end = 0;
    bool complete = false;        // nothing was said after it
    bool told = false;            // that something may be missing
    std::uint64_t told_from = 0;  // where the output after that began
  };
  // What the store has of a session without a connection.
  struct Stored {
    std::uint64_t kept_from = 0;  // what of the ring a later process may need
    std::uint64_t end = 0;        // up to where the store has the output,
    std::size_t bytes = 0;        // how much of it,
    TimePoint at{};               // and since when
  };

  // Only sessions to which a player may come back pay for it.
  struct Kept {
    explicit Kept(const Shard& shard) noexcept : ring(shard.budget, shard.bytes_max) {}
    OutputRing ring;
    std::uint64_t confirmed = 0;  // what the last client had, as far as its system said
    bool is_certain = true;       // that system was the client's own, or the client has told by itself
    std::unique_ptr<Stored> stored;
    std::unique_ptr<Previous> previous;
    bool dirty = false;  // detached, and has said something since it was stored
  };

  const Shard& shard_;
  std::uint64_t offset_ = 0;  // of the output that comes next
  std::unique_ptr<Kept> kept_;
  bool follows_ = false;  // the ring has broadcasts without being told of each
};

}  // namespace wyld::session
