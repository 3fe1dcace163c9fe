#include "session/output_ring.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <string>

#include "base/check.h"

namespace wyld::session {
namespace {

// Chunks grow while a session talks: one that says a single line owns little, one that talks on pays little
// for each line.
constexpr std::size_t kChunkBytesMin = 256;
constexpr std::size_t kChunkBytesMax = 4096;

// Before each piece: its length, and its kind in the two bits above.
using Header = std::uint32_t;
constexpr unsigned kKindShift = 30;
constexpr Header kLengthMax = (Header{1} << kKindShift) - 1;
// In the place of a kind: a Reference follows, and the length is that of its text.
constexpr Header kShared = 3;
static_assert(static_cast<Header>(OutputKind::kNotice) < kShared);

}  // namespace

// The characters lie behind it.
struct SharedOutput::Text {
  OutputBudget::Time created;
  std::uint32_t references;
  std::uint32_t size;
  std::uint32_t room;

  [[nodiscard]] std::string_view text(std::size_t begin, std::size_t count) const noexcept {
    return {reinterpret_cast<const char*>(this + 1) + begin, count};
  }
  void append(std::string_view more) noexcept {
    std::memcpy(reinterpret_cast<char*>(this + 1) + size, more.data(), more.size());
    size += static_cast<std::uint32_t>(more.size());
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return sizeof(Text) + room; }
};

struct OutputBudget::Chunk {
  OutputRing* ring;
  Chunk* older;  // of the shard
  Chunk* newer;
  Chunk* next;  // of the ring
  std::uint64_t offset;
  std::uint64_t line;  // where the line begins that continues at `offset`
  OutputRing::Time begun;
  std::uint32_t room;
  std::uint32_t used;
  std::uint32_t last_header;   // where the last piece begins
  std::uint32_t shared_bytes;  // of the texts it refers to

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
  // In the place of the text where the header says kShared.
  struct Reference {
    Text* text;
    std::uint32_t begin;
  };
  static constexpr std::size_t kReferenceBytes = sizeof(Text*) + sizeof(std::uint32_t);
  [[nodiscard]] Reference reference(std::size_t at) const noexcept {
    Reference reference{};
    std::memcpy(&reference, data() + at + sizeof(Header), kReferenceBytes);
    return reference;
  }
  void set_reference(std::size_t at, Reference reference) noexcept {
    std::memcpy(data() + at + sizeof(Header), static_cast<const void*>(&reference), kReferenceBytes);
  }
  // From its header to the next one.
  [[nodiscard]] static std::size_t extent(Header header) noexcept {
    return sizeof(header) + (header >> kKindShift == kShared ? kReferenceBytes : header & kLengthMax);
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return sizeof(Chunk) + room; }
};

// --- shared texts, and the broadcasts of the shard ---

SharedOutput::~SharedOutput() {
  if (text_ != nullptr) budget_->release(text_);
}

OutputBudget::~OutputBudget() {
  while (!blocks_.empty()) drop_block();
  WYLD_DCHECK(bytes_ == 0);
}

OutputBudget::Text* OutputBudget::make(std::size_t room, Time now) {
  auto* const made = new (::operator new(sizeof(Text) + room))
      Text{.created = now, .references = 1, .size = 0, .room = static_cast<std::uint32_t>(room)};
  bytes_ += made->bytes();
  return made;
}

void OutputBudget::release(Text* text) noexcept {
  if (--text->references > 0) return;
  bytes_ -= text->bytes();
  ::operator delete(text);
}

SharedOutput OutputBudget::share(std::string_view text, Time now) {
  WYLD_DCHECK(!text.empty());
  text = text.substr(0, kLengthMax);
  SharedOutput shared(*this, make(text.size(), now));
  shared.text_->append(text);
  trim(nullptr);
  return shared;
}

void OutputBudget::broadcast(std::string_view text, Time now) {
  if (text.empty()) return;
  text = text.substr(0, kLengthMax);
  last_broadcast_ = broadcast_end_;
  if (blocks_.empty() || blocks_.back().text->room - blocks_.back().text->size < text.size()) {
    const std::size_t usual = std::clamp(broadcast_bytes_max_ / 4, kChunkBytesMin, kChunkBytesMax);
    blocks_.push_back({.text = make(std::max(text.size(), usual), now), .begin = broadcast_end_});
    bytes_ += sizeof(Block);
  }
  blocks_.back().text->append(text);
  broadcast_end_ += text.size();
  broadcast_bytes_ += text.size();
  while (blocks_.size() > 1 && broadcast_bytes_ > broadcast_bytes_max_) drop_block();
  trim(nullptr);
}

void OutputBudget::drop_block() noexcept {
  const Block gone = blocks_.front();
  const std::size_t line = gone.text->text(0, gone.text->size).rfind('\n');
  if (line != std::string_view::npos) dropped_line_ = gone.begin + line + 1;
  broadcast_bytes_ -= gone.text->size;
  bytes_ -= sizeof(Block);
  release(gone.text);
  blocks_.pop_front();
}

void OutputBudget::trim(const Chunk* kept) noexcept {
  // The oldest chunk of the shard is the first one of its ring.
  while (bytes_ > bytes_max_ && oldest_ != kept) oldest_->ring->drop_first();
  while (bytes_ > bytes_max_ && blocks_.size() > 1) drop_block();
}

std::size_t OutputBudget::find(std::uint64_t offset) const noexcept {
  const auto after = std::ranges::upper_bound(blocks_, offset, {}, &Block::begin);
  return static_cast<std::size_t>(after - blocks_.begin()) - 1;
}

// --- appending ---

OutputRing::OutputRing(OutputBudget& budget, std::size_t bytes_max) noexcept
    : budget_(budget),
      bytes_max_(static_cast<std::uint32_t>(
          std::min<std::size_t>(bytes_max, std::numeric_limits<std::uint32_t>::max() / 4))) {}

void OutputRing::append(std::uint64_t offset, OutputKind kind, std::string_view text, Time now) {
  if (size_of(kind, text) == 0) return;
  take_in(offset);
  add(kind, text.substr(0, kLengthMax), now);
}

void OutputRing::append(std::uint64_t offset, const SharedOutput& text) {
  take_in(offset);
  add_shared(*text.text_, 0, text.text_->size);
}

void OutputRing::follow(std::uint64_t offset) {
  take_in(offset);
  taken_ = budget_.last_broadcast_;
}

void OutputRing::stop_following(std::uint64_t offset) {
  take_in(offset);
  taken_ = kNotFollowing;
}

void OutputRing::restart(std::uint64_t offset) noexcept {
  while (first_ != nullptr) drop_first();
  end_ = line_ = offset;
  if (taken_ != kNotFollowing) taken_ = budget_.broadcast_end_;
}

void OutputRing::take_in(std::uint64_t offset) {
  if (offset == end_) return;
  const std::uint64_t wanted = offset - end_;
  if (offset < end_ || wanted > unread()) return restart(offset);
  const std::uint64_t to = taken_ + wanted;
  if (budget_.first() > taken_) {
    // The ring begins where the broadcasts do that are left.
    if (budget_.first() > to) return restart(offset);
    const Cursor cursor = start();
    while (first_ != nullptr) drop_first();
    end_ = cursor.offset;
    line_ = cursor.line;
    taken_ = budget_.first();
  }
  while (taken_ < to) {
    // Making room for some of them may drop others.
    if (budget_.first() > taken_) return restart(offset);
    const OutputBudget::Block& block = budget_.blocks_[budget_.find(taken_)];
    const std::uint64_t begin = taken_ - block.begin;
    const std::uint64_t count = std::min(block.text->size - begin, to - taken_);
    const SharedOutput held(budget_, block.text);
    ++block.text->references;
    taken_ += count;
    add_shared(*held.text_, begin, count);
  }
}

void OutputRing::add(OutputKind kind, std::string_view text, Time now) {
  const bool joins =
      last_ != nullptr && kind == OutputKind::kText &&
      last_->header(last_->last_header) >> kKindShift == static_cast<Header>(OutputKind::kText);
  const std::size_t needed = text.size() + (joins ? 0 : sizeof(Header));
  if (last_ == nullptr || last_->room - last_->used < needed) {
    add_chunk(text.size() + sizeof(Header), now);
  } else if (joins) {
    std::memcpy(last_->data() + last_->used, text.data(), text.size());
    last_->used += static_cast<std::uint32_t>(text.size());
    last_->set_header(last_->last_header,
                      last_->header(last_->last_header) + static_cast<Header>(text.size()));
    follow_line({.kind = kind, .offset = end_, .text = text, .created = now}, line_);
    end_ += text.size();
    return;
  }
  last_->last_header = last_->used;
  last_->set_header(last_->used, static_cast<Header>(kind) << kKindShift | static_cast<Header>(text.size()));
  last_->used += sizeof(Header);
  if (!text.empty()) std::memcpy(last_->data() + last_->used, text.data(), text.size());
  last_->used += static_cast<std::uint32_t>(text.size());
  follow_line({.kind = kind, .offset = end_, .text = text, .created = now}, line_);
  end_ += size_of(kind, text);
}

void OutputRing::add_shared(Text& text, std::size_t begin, std::size_t size) {
  // What one chunk refers to goes at once, so it is kept to a part of the whole.
  const std::size_t most = std::max<std::size_t>(bytes_max_ / 4, kChunkBytesMin);
  constexpr std::size_t kNeeded = sizeof(Header) + Chunk::kReferenceBytes;
  const bool full = last_ != nullptr && last_->shared_bytes > 0 && last_->shared_bytes + size > most;
  const Header last = last_ != nullptr ? last_->header(last_->last_header) : 0;
  bool joins = false;
  if (last >> kKindShift == kShared && !full) {
    const Chunk::Reference before = last_->reference(last_->last_header);
    joins = before.text == &text && before.begin + (last & kLengthMax) == begin;
  }
  if (joins) {
    last_->set_header(last_->last_header, last + static_cast<Header>(size));
  } else {
    if (last_ == nullptr || full || last_->room - last_->used < kNeeded) add_chunk(kNeeded, text.created);
    last_->last_header = last_->used;
    last_->set_header(last_->used, kShared << kKindShift | static_cast<Header>(size));
    last_->set_reference(last_->used, {.text = &text, .begin = static_cast<std::uint32_t>(begin)});
    last_->used += kNeeded;
    ++text.references;
  }
  last_->shared_bytes += static_cast<std::uint32_t>(size);
  bytes_ += static_cast<std::uint32_t>(size);
  follow_line(
      {.kind = OutputKind::kText, .offset = end_, .text = text.text(begin, size), .created = text.created},
      line_);
  end_ += size;
  keep_bound();
}

void OutputRing::add_chunk(std::size_t room, Time now) {
  std::size_t usual = kChunkBytesMin;
  if (last_ != nullptr) {
    // One that referred to much and filled little is not followed by a larger one.
    const bool filled = last_->used >= last_->room / 2;
    usual = std::clamp(filled ? std::size_t{last_->room} * 2 : std::size_t{last_->room} / 2, kChunkBytesMin,
                       std::min(kChunkBytesMax, std::max<std::size_t>(bytes_max_ / 4, kChunkBytesMin)));
  }
  room = std::max(room, usual);
  auto* const chunk =
      new (::operator new(sizeof(Chunk) + room)) Chunk{.ring = this,
                                                       .older = budget_.newest_,
                                                       .newer = nullptr,
                                                       .next = nullptr,
                                                       .offset = end_,
                                                       .line = line_,
                                                       .begun = now,
                                                       .room = static_cast<std::uint32_t>(room),
                                                       .used = 0,
                                                       .last_header = 0,
                                                       .shared_bytes = 0};
  (budget_.newest_ == nullptr ? budget_.oldest_ : budget_.newest_->newer) = chunk;
  budget_.newest_ = chunk;
  (last_ == nullptr ? first_ : last_->next) = chunk;
  last_ = chunk;
  bytes_ += static_cast<std::uint32_t>(chunk->bytes());
  budget_.bytes_ += chunk->bytes();
  keep_bound();
  budget_.trim(chunk);
}

void OutputRing::keep_bound() noexcept {
  while (first_ != last_ && bytes_ > bytes_max_) drop_first();
}

void OutputRing::drop_first() noexcept {
  Chunk* const chunk = first_;
  for (std::size_t at = 0; chunk->shared_bytes > 0 && at < chunk->used;) {
    const Header header = chunk->header(at);
    if (header >> kKindShift == kShared) budget_.release(chunk->reference(at).text);
    at += Chunk::extent(header);
  }
  first_ = chunk->next;
  if (first_ == nullptr) last_ = nullptr;
  (chunk->older == nullptr ? budget_.oldest_ : chunk->older->newer) = chunk->newer;
  (chunk->newer == nullptr ? budget_.newest_ : chunk->newer->older) = chunk->older;
  bytes_ -= static_cast<std::uint32_t>(chunk->bytes()) + chunk->shared_bytes;
  budget_.bytes_ -= chunk->bytes();
  ::operator delete(chunk);
}

void OutputRing::clear() noexcept {
  while (first_ != nullptr) drop_first();
  end_ = line_ = 0;
  taken_ = kNotFollowing;
}

// --- reading ---

std::uint64_t OutputRing::begin() const noexcept { return empty() ? 0 : start().offset; }
std::uint64_t OutputRing::end() const noexcept { return empty() ? 0 : end_ + unread(); }

OutputRing::Time OutputRing::begun() const noexcept {
  Cursor cursor = start();
  PieceView piece;
  return next(cursor, piece) ? piece.created : Time{};
}

OutputRing::Cursor OutputRing::start() const noexcept {
  const std::uint64_t unread_bytes = unread();
  const std::uint64_t first = budget_.first();
  if (unread_bytes > 0 && first > taken_) {
    const std::uint64_t line = budget_.dropped_line_;
    return {.chunk = nullptr,
            .block = 0,
            .at = 0,
            .offset = end_ + (first - taken_),
            .line = line > taken_ ? end_ + (line - taken_) : line_};
  }
  // Broadcasts that were not taken in count toward the bound as well.
  const Chunk* chunk = first_;
  for (std::uint64_t bytes = bytes_ + unread_bytes;
       chunk != nullptr && bytes > bytes_max_ && (chunk != last_ || unread_bytes > 0); chunk = chunk->next)
    bytes -= chunk->bytes() + chunk->shared_bytes;
  return {.chunk = chunk,
          .block = unread_bytes > 0 ? budget_.find(taken_) : budget_.blocks_.size(),
          .at = 0,
          .offset = chunk != nullptr ? chunk->offset : end_,
          .line = chunk != nullptr ? chunk->line : line_};
}

bool OutputRing::next(Cursor& cursor, PieceView& piece) const noexcept {
  if (cursor.chunk != nullptr) {
    const Chunk& chunk = *cursor.chunk;
    const Header header = chunk.header(cursor.at);
    piece = {.kind = static_cast<OutputKind>(header >> kKindShift),
             .offset = cursor.offset,
             .text = {chunk.data() + cursor.at + sizeof(header), header & kLengthMax},
             .created = chunk.begun};
    if (header >> kKindShift == kShared) {
      const Chunk::Reference shared = chunk.reference(cursor.at);
      piece.kind = OutputKind::kText;
      piece.text = shared.text->text(shared.begin, header & kLengthMax);
      piece.created = shared.text->created;
    }
    cursor.at += Chunk::extent(header);
    if (cursor.at >= chunk.used) {
      cursor.chunk = chunk.next;
      cursor.at = 0;
    }
  } else if (cursor.block < budget_.blocks_.size()) {
    const OutputBudget::Block& block = budget_.blocks_[cursor.block++];
    const std::size_t begin = taken_ > block.begin ? taken_ - block.begin : 0;
    piece = {.kind = OutputKind::kText,
             .offset = cursor.offset,
             .text = block.text->text(begin, block.text->size - begin),
             .created = block.text->created};
  } else {
    return false;
  }
  cursor.offset += size_of(piece);
  return true;
}

void OutputRing::follow_line(const PieceView& piece, std::uint64_t& line) noexcept {
  if (piece.kind == OutputKind::kNotice) {
    line = piece.offset + piece.text.size();
  } else if (const std::size_t end = piece.text.rfind('\n'); end != std::string_view::npos) {
    line = piece.offset + end + 1;
  }
}

std::uint64_t OutputRing::line_begin(std::uint64_t offset) const {
  Cursor cursor = start();
  if (offset < cursor.offset || (empty() && offset != cursor.offset)) return offset;
  std::uint64_t line = cursor.line;
  for (PieceView piece; cursor.offset < offset && next(cursor, piece);) {
    piece.text = piece.text.substr(0, offset - piece.offset);
    follow_line(piece, line);
  }
  return line;
}

std::uint64_t OutputRing::character_begin(std::uint64_t offset) const {
  Cursor cursor = start();
  for (PieceView piece; cursor.offset < offset && next(cursor, piece);) {
    if (cursor.offset > offset) return cut(piece, offset).offset;
  }
  return offset;
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

std::vector<OutputPiece> OutputRing::pieces(std::uint64_t offset) const {
  std::vector<OutputPiece> pieces;
  visit_joined(offset, [&pieces](const PieceView& piece) {
    pieces.push_back({.kind = piece.kind,
                      .offset = piece.offset,
                      .text = std::string(piece.text),
                      .created = piece.created});
  });
  return pieces;
}

}  // namespace wyld::session
