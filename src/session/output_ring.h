#pragma once
// What a session has said lately, kept so that a client that was away can be told it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "session/session_record.h"

namespace wyld::session {

class OutputRing;

// The memory that the rings of one shard share. When it is used up, the oldest output of the shard goes
// first, whosever it is.
//
// Owner    ShardSessions, longer than the rings.
// Thread   the shard's.
class OutputBudget {
 public:
  explicit OutputBudget(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}
  OutputBudget(const OutputBudget&) = delete;
  OutputBudget& operator=(const OutputBudget&) = delete;

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  friend class OutputRing;
  struct Chunk;

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Chunk* oldest_ = nullptr;
  Chunk* newest_ = nullptr;
};

// The output of one session, from some offset up to its end, without gaps. Owns memory only while it holds
// something. Offsets are those of OutputPosition.
//
// Owner    a session.
// Thread   its shard's.
// Limits   bytes_max of text and what the chunks cost besides; a single text larger than that is kept alone.
class OutputRing {
 public:
  using Time = std::chrono::system_clock::time_point;

  OutputRing(OutputBudget& budget, std::size_t bytes_max) noexcept : budget_(budget), bytes_max_(bytes_max) {}
  ~OutputRing() { clear(); }
  OutputRing(const OutputRing&) = delete;
  OutputRing& operator=(const OutputRing&) = delete;

  // Output that begins at `offset`. When that is not end(), output was left out: what was kept before goes.
  // A prompt has no text and counts one.
  void append(std::uint64_t offset, OutputKind kind, std::string_view text, Time now);
  void clear() noexcept;
  // For an empty ring whose output will begin at `offset`: the line that continues there began at `line` or
  // later, and its beginning is not kept.
  void continue_line(std::uint64_t line, std::uint64_t offset) noexcept {
    dropped_line_ = line;
    dropped_to_ = offset;
  }

  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  // Meaningful unless empty().
  [[nodiscard]] std::uint64_t begin() const noexcept;
  [[nodiscard]] std::uint64_t end() const noexcept;
  // When the oldest output that is left was said.
  [[nodiscard]] Time begun() const noexcept;
  // Where the line begins that goes on at `offset`; also when that beginning is no longer kept.
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
    for (Cursor cursor = start(); cursor.chunk != nullptr;) {
      const PieceView piece = next(cursor);
      const std::uint64_t size = size_of(piece);
      if (piece.offset + size <= offset) continue;
      visit(piece.offset < offset ? cut(piece, offset) : piece);
    }
  }

  [[nodiscard]] static std::uint64_t size_of(OutputKind kind, std::string_view text) noexcept {
    return kind == OutputKind::kPrompt ? 1 : text.size();
  }

 private:
  using Chunk = OutputBudget::Chunk;
  struct Cursor {
    const Chunk* chunk;
    std::size_t at;
    std::uint64_t offset;
  };

  [[nodiscard]] static std::uint64_t size_of(const PieceView& piece) noexcept {
    return size_of(piece.kind, piece.text);
  }
  [[nodiscard]] Cursor start() const noexcept;
  [[nodiscard]] static PieceView next(Cursor& cursor) noexcept;
  [[nodiscard]] static PieceView cut(const PieceView& piece, std::uint64_t offset) noexcept;
  void add_chunk(std::size_t room, std::uint64_t offset, Time now);
  void drop_first() noexcept;
  // Follows lines: `line` is where the last one begins that has begun before `piece`, and then before its
  // end.
  static void follow_line(const PieceView& piece, std::uint64_t& line) noexcept;

  OutputBudget& budget_;
  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;  // in all chunks
  Chunk* first_ = nullptr;
  Chunk* last_ = nullptr;
  std::uint64_t dropped_to_ = 0;    // what was let go ended here
  std::uint64_t dropped_line_ = 0;  // and the line that went on there began here
};

}  // namespace wyld::session
