#include "session/output_ring.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace wyld::session {
namespace {

// Chunks grow while a session talks: who says one line owns little, who talks on pays little per line.
constexpr std::size_t kChunkBytesMin = 256;
constexpr std::size_t kChunkBytesMax = 4096;

// Before each piece: its length, and its kind in the two bits above.
using Header = std::uint32_t;
constexpr unsigned kKindShift = 30;
constexpr Header kLengthMax = (Header{1} << kKindShift) - 1;

}  // namespace

struct OutputBudget::Chunk {
  OutputRing* ring;
  Chunk* older;  // of the shard
  Chunk* newer;
  Chunk* next;  // of the ring
  std::uint64_t offset;
  std::uint64_t end;
  OutputRing::Time begun;
  std::uint32_t room;
  std::uint32_t used;
  std::uint32_t last_header;  // where the last piece begins

  [[nodiscard]] char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
  [[nodiscard]] const char* data() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  [[nodiscard]] Header header(std::size_t at) const noexcept {
    Header header = 0;
    std::memcpy(&header, data() + at, sizeof(header));
    return header;
  }
  void set_header(std::size_t at, Header header) noexcept {
    std::memcpy(data() + at, &header, sizeof(header));
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return sizeof(Chunk) + room; }
};

std::uint64_t OutputRing::begin() const noexcept { return first_ == nullptr ? 0 : first_->offset; }
std::uint64_t OutputRing::end() const noexcept { return last_ == nullptr ? 0 : last_->end; }
OutputRing::Time OutputRing::begun() const noexcept { return first_ == nullptr ? Time{} : first_->begun; }

void OutputRing::append(std::uint64_t offset, OutputKind kind, std::string_view text, Time now) {
  const std::uint64_t size = size_of(kind, text);
  if (size == 0) return;
  text = text.substr(0, kLengthMax);
  if (last_ != nullptr && last_->end != offset) clear();
  if (last_ == nullptr && dropped_to_ != offset) dropped_to_ = dropped_line_ = offset;
  const bool joins =
      last_ != nullptr && kind == OutputKind::kText &&
      last_->header(last_->last_header) >> kKindShift == static_cast<Header>(OutputKind::kText);
  const std::size_t needed = text.size() + (joins ? 0 : sizeof(Header));
  if (last_ == nullptr || last_->room - last_->used < needed) {
    add_chunk(text.size() + sizeof(Header), offset, now);
  } else if (joins) {
    std::memcpy(last_->data() + last_->used, text.data(), text.size());
    last_->used += static_cast<std::uint32_t>(text.size());
    last_->set_header(last_->last_header,
                      last_->header(last_->last_header) + static_cast<Header>(text.size()));
    last_->end += size;
    return;
  }
  last_->last_header = last_->used;
  last_->set_header(last_->used, static_cast<Header>(kind) << kKindShift | static_cast<Header>(text.size()));
  last_->used += sizeof(Header);
  if (!text.empty()) std::memcpy(last_->data() + last_->used, text.data(), text.size());
  last_->used += static_cast<std::uint32_t>(text.size());
  last_->end += size;
}

void OutputRing::add_chunk(std::size_t room, std::uint64_t offset, Time now) {
  const std::size_t usual = last_ == nullptr ? kChunkBytesMin
                                             : std::min({std::size_t{last_->room} * 2, kChunkBytesMax,
                                                         std::max(bytes_max_ / 4, kChunkBytesMin)});
  room = std::max(room, usual);
  auto* const chunk =
      new (::operator new(sizeof(Chunk) + room)) Chunk{.ring = this,
                                                       .older = budget_.newest_,
                                                       .newer = nullptr,
                                                       .next = nullptr,
                                                       .offset = offset,
                                                       .end = offset,
                                                       .begun = now,
                                                       .room = static_cast<std::uint32_t>(room),
                                                       .used = 0,
                                                       .last_header = 0};
  (budget_.newest_ == nullptr ? budget_.oldest_ : budget_.newest_->newer) = chunk;
  budget_.newest_ = chunk;
  (last_ == nullptr ? first_ : last_->next) = chunk;
  last_ = chunk;
  bytes_ += chunk->bytes();
  budget_.bytes_ += chunk->bytes();
  while (first_ != last_ && bytes_ > bytes_max_) drop_first();
  // The oldest chunk of the shard is the first one of its ring.
  while (budget_.oldest_ != chunk && budget_.bytes_ > budget_.bytes_max_) budget_.oldest_->ring->drop_first();
}

void OutputRing::drop_first() noexcept {
  Chunk* const chunk = first_;
  for (Cursor cursor = start(); cursor.chunk == chunk;) follow_line(next(cursor), dropped_line_);
  dropped_to_ = chunk->end;
  first_ = chunk->next;
  if (first_ == nullptr) last_ = nullptr;
  (chunk->older == nullptr ? budget_.oldest_ : chunk->older->newer) = chunk->newer;
  (chunk->newer == nullptr ? budget_.newest_ : chunk->newer->older) = chunk->older;
  bytes_ -= chunk->bytes();
  budget_.bytes_ -= chunk->bytes();
  ::operator delete(chunk);
}

void OutputRing::clear() noexcept {
  while (first_ != nullptr) drop_first();
  dropped_to_ = dropped_line_ = 0;
}

void OutputRing::follow_line(const PieceView& piece, std::uint64_t& line) noexcept {
  if (piece.kind == OutputKind::kNotice) {
    line = piece.offset + piece.text.size();
  } else if (const std::size_t end = piece.text.rfind('\n'); end != std::string_view::npos) {
    line = piece.offset + end + 1;
  }
}

std::uint64_t OutputRing::line_begin(std::uint64_t offset) const {
  if (offset < dropped_to_ || (empty() && offset != dropped_to_)) return offset;
  std::uint64_t line = dropped_line_;
  for (Cursor cursor = start(); cursor.chunk != nullptr && cursor.offset < offset;) {
    PieceView piece = next(cursor);
    piece.text = piece.text.substr(0, offset - piece.offset);
    follow_line(piece, line);
  }
  return line;
}

std::uint64_t OutputRing::character_begin(std::uint64_t offset) const {
  for (Cursor cursor = start(); cursor.chunk != nullptr && cursor.offset < offset;) {
    const PieceView piece = next(cursor);
    if (cursor.offset > offset) return cut(piece, offset).offset;
  }
  return offset;
}

OutputRing::Cursor OutputRing::start() const noexcept {
  return {.chunk = first_, .at = 0, .offset = begin()};
}

OutputRing::PieceView OutputRing::next(Cursor& cursor) noexcept {
  const Chunk& chunk = *cursor.chunk;
  const Header header = chunk.header(cursor.at);
  const PieceView piece{.kind = static_cast<OutputKind>(header >> kKindShift),
                        .offset = cursor.offset,
                        .text = {chunk.data() + cursor.at + sizeof(header), header & kLengthMax},
                        .created = chunk.begun};
  cursor.at += sizeof(header) + piece.text.size();
  cursor.offset += size_of(piece);
  if (cursor.at >= chunk.used) cursor = {.chunk = chunk.next, .at = 0, .offset = cursor.offset};
  return piece;
}

OutputRing::PieceView OutputRing::cut(const PieceView& piece, std::uint64_t offset) noexcept {
  auto at = static_cast<std::size_t>(offset - piece.offset);
  // Back to where the character begins: a client's number is not to be trusted with our UTF-8.
  while (at > 0 && (static_cast<unsigned char>(piece.text[at]) & 0xc0U) == 0x80U) --at;
  PieceView rest = piece;
  rest.offset += at;
  rest.text.remove_prefix(at);
  return rest;
}

}  // namespace wyld::session
