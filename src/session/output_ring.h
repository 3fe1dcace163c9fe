#pragma once
// The recent output of a session, kept so that a client that was away can be told what it missed.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "session/session_record.h"

namespace wyld::session {

class OutputBudget;
class OutputRing;

// A text that several rings refer to and that is in memory once. Moves only; the text goes with the last
// reference, whether that is this object or a ring.
class SharedOutput {
 public:
  SharedOutput() noexcept = default;
  SharedOutput(SharedOutput&& other) noexcept
      : budget_(other.budget_), text_(std::exchange(other.text_, nullptr)) {}
  SharedOutput& operator=(SharedOutput&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(text_, other.text_);
    return *this;
  }
  ~SharedOutput();

  [[nodiscard]] explicit operator bool() const noexcept { return text_ != nullptr; }

 private:
  friend class OutputBudget;
  friend class OutputRing;
  struct Text;
  SharedOutput(OutputBudget& budget, Text* text) noexcept : budget_(&budget), text_(text) {}

  OutputBudget* budget_ = nullptr;
  Text* text_ = nullptr;
};

// The memory that the rings of one shard share, and the broadcasts that all of them can read. When it is
// used up, the oldest output of the shard goes first, regardless of the session it belongs to; the broadcasts
// go last.
//
// Owner    ShardSessions, longer than the rings.
// Thread   the shard's; references are counted without atomics.
// Memory   bytes() is what is allocated: each chunk of a ring with its head, each shared text once with its
//          head, however many rings refer to it. Broadcasts lie many to a block, which stays counted, after
//          they are no longer kept for everybody, until no ring refers to it.
// Limits   `bytes_max` in all. Of the broadcasts the last ones stay, up to `broadcast_bytes_max` of text,
// where a
//          short one counts as kBroadcastBytesMin; the older ones go, and the rings that had not taken them
//          in begin after them. The newest is always kept.
class OutputBudget {
 public:
  using Time = std::chrono::system_clock::time_point;

  explicit OutputBudget(std::size_t bytes_max,
                        std::size_t broadcast_bytes_max = std::size_t{64} * 1024) noexcept
      : bytes_max_(bytes_max), broadcast_bytes_max_(broadcast_bytes_max) {}
  ~OutputBudget();
  OutputBudget(const OutputBudget&) = delete;
  OutputBudget& operator=(const OutputBudget&) = delete;

  // For OutputRing::append(). The text must not be empty.
  [[nodiscard]] SharedOutput share(std::string_view text, Time now);
  // Text for every ring that follows (OutputRing::follow()): from here on it is part of each of them, and
  // costs none of them anything. An empty text is none.
  void broadcast(std::string_view text, Time now);

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  friend class OutputRing;
  friend class SharedOutput;
  struct Chunk;
  using Text = SharedOutput::Text;
  // Broadcasts that lie together.
  struct Block {
    Text* text;
    std::uint64_t begin;  // bytes of all broadcasts before it
  };

  [[nodiscard]] Text* make(std::size_t room, Time now);
  void release(Text* text) noexcept;
  void drop_block() noexcept;
  // Makes room; `kept` stays, whatever it takes.
  void trim(const Chunk* kept) noexcept;

  // Of the broadcasts that are kept: where the first begins, and in which block `offset` is.
  [[nodiscard]] std::uint64_t first() const noexcept {
    return blocks_.empty() ? broadcast_end_ : blocks_.front().begin;
  }
  [[nodiscard]] std::size_t find(std::uint64_t offset) const noexcept;

  std::size_t bytes_max_;
  std::size_t broadcast_bytes_max_;
  std::size_t bytes_ = 0;
  Chunk* oldest_ = nullptr;
  Chunk* newest_ = nullptr;
  std::deque<Block> blocks_;          // in order, without gaps
  std::size_t broadcast_bytes_ = 0;   // of text in them
  std::uint64_t broadcast_end_ = 0;   // bytes of all broadcasts ever
  std::uint64_t last_broadcast_ = 0;  // where the last one begins
  std::uint64_t dropped_line_ = 0;  // where the last '\n' ended of those that were dropped; 0: there was none
};

// The output of one session, from some offset up to its end, without gaps. Owns memory only while it holds
// something of its own. Offsets are those of OutputPosition.
//
// A ring that follows the broadcasts notes up to which one it has taken them in. The session's next own
// output first takes in those that came between, by reference; until then they are read where the budget
// keeps them.
//
// Owner    a session.
// Thread   its shard's.
// Limits   bytes_max of text, shared or not, and what the chunks cost besides; a single text larger than that
//          is kept alone.
class OutputRing {
 public:
  using Time = OutputBudget::Time;

  OutputRing(OutputBudget& budget, std::size_t bytes_max) noexcept;
  ~OutputRing() { clear(); }
  OutputRing(const OutputRing&) = delete;
  OutputRing& operator=(const OutputRing&) = delete;

  // Output that begins at `offset`. If that is neither the end of what was appended nor within the broadcasts
  // since, output was left out: everything kept before is dropped. A prompt has no text and counts one.
  void append(std::uint64_t offset, OutputKind kind, std::string_view text, Time now);
  // The same for a text that other rings have too.
  void append(std::uint64_t offset, const SharedOutput& text);
  // The last broadcast begins at `offset` here, and each one after it is part of this ring as well.
  void follow(std::uint64_t offset);
  // The session's output ends at `offset`; broadcasts beyond it, and later ones, are not part of it.
  void stop_following(std::uint64_t offset);
  void clear() noexcept;
  // For an empty ring whose output will begin at `offset`: the line that continues there began at `line` or
  // later, and its beginning is not kept.
  void continue_line(std::uint64_t line, std::uint64_t offset) noexcept {
    line_ = line;
    end_ = offset;
  }

  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr && unread() == 0; }
  // Meaningful unless empty().
  [[nodiscard]] std::uint64_t begin() const noexcept;
  [[nodiscard]] std::uint64_t end() const noexcept;
  // When the oldest output that is left was said.
  [[nodiscard]] Time begun() const noexcept;
  // Where the line begins that continues at `offset`, even if that beginning is no longer kept.
  [[nodiscard]] std::uint64_t line_begin(std::uint64_t offset) const;

  // Where the character begins of which a byte is at `offset`, as far as it is kept.
  [[nodiscard]] std::uint64_t character_begin(std::uint64_t offset) const;

  // Calls `visit(const PieceView&)` for everything from `offset` on. A text in which it lies is cut there, at
  // the beginning of a character.
  struct PieceView {
    OutputKind kind;
    std::uint64_t offset;
    std::string_view text;
    Time created;
  };
  template <typename Visit>
  void visit(std::uint64_t offset, Visit&& visit) const {
    PieceView piece;
    for (Cursor cursor = start(); next(cursor, piece);) {
      const std::uint64_t size = size_of(piece);
      if (piece.offset + size <= offset) continue;
      visit(piece.offset < offset ? cut(piece, offset) : piece);
    }
  }
  // The same, with short texts that follow one another joined to one piece.
  template <typename Visit>
  void visit_joined(std::uint64_t offset, Visit&& visit) const {
    constexpr std::size_t kShort = 1024;
    constexpr std::size_t kJoinedMax = 4096;
    std::string joined;
    PieceView first{};
    const auto flush = [&] {
      first.text = joined;
      if (!joined.empty()) visit(first);
      joined.clear();
    };
    this->visit(offset, [&](const PieceView& piece) {
      const bool is_short = piece.kind == OutputKind::kText && piece.text.size() < kShort;
      if (!is_short || joined.size() + piece.text.size() > kJoinedMax) flush();
      if (!is_short) return visit(piece);
      if (joined.empty()) first = piece;
      joined += piece.text;
    });
    flush();
  }
  // What visit_joined() gives, as copies.
  [[nodiscard]] std::vector<OutputPiece> pieces(std::uint64_t offset) const;

  [[nodiscard]] static std::uint64_t size_of(OutputKind kind, std::string_view text) noexcept {
    return kind == OutputKind::kPrompt ? 1 : text.size();
  }

 private:
  friend class OutputBudget;
  using Chunk = OutputBudget::Chunk;
  using Text = SharedOutput::Text;
  static constexpr std::uint64_t kNotFollowing = ~std::uint64_t{0};

  // Where reading is: in a chunk, or else in a block of broadcasts.
  struct Cursor {
    const Chunk* chunk;
    std::size_t block;  // by its place among those that are kept
    std::size_t at;     // in the chunk or block
    std::uint64_t offset;
    std::uint64_t line;  // where the line begins that continues at `offset`
  };

  [[nodiscard]] static std::uint64_t size_of(const PieceView& piece) noexcept {
    return size_of(piece.kind, piece.text);
  }
  // Bytes of broadcasts that are part of the ring and not in its chunks.
  [[nodiscard]] std::uint64_t unread() const noexcept {
    return taken_ == kNotFollowing ? 0 : budget_.broadcast_end_ - taken_;
  }
  [[nodiscard]] Cursor start() const noexcept;
  [[nodiscard]] bool next(Cursor& cursor, PieceView& piece) const noexcept;
  [[nodiscard]] static PieceView cut(const PieceView& piece, std::uint64_t offset) noexcept;

  // After this the ring ends at `offset`, having taken in the broadcasts up to there, or nothing is left.
  void take_in(std::uint64_t offset);
  void restart(std::uint64_t offset) noexcept;
  void add(OutputKind kind, std::string_view text, Time now);
  void add_shared(Text& text, std::size_t begin, std::size_t size);
  void add_chunk(std::size_t room, Time now);
  void keep_bound() noexcept;
  void drop_first() noexcept;
  // Follows lines: `line` is where the last one begins that has begun before `piece`, and then before its
  // end.
  static void follow_line(const PieceView& piece, std::uint64_t& line) noexcept;

  OutputBudget& budget_;
  const std::uint32_t bytes_max_;
  std::uint32_t bytes_ = 0;  // in all chunks, and of the shared texts they refer to
  Chunk* first_ = nullptr;
  Chunk* last_ = nullptr;
  std::uint64_t end_ = 0;                // of what is in the chunks, or was
  std::uint64_t line_ = 0;               // where the line begins that continues there
  std::uint64_t taken_ = kNotFollowing;  // the broadcasts that `end_` includes end here
};
static_assert(sizeof(OutputRing) == 56, "part of what a silent session costs");

}  // namespace wyld::session
