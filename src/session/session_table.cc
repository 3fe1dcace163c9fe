#include "session/session_table.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <new>

#include "base/check.h"

namespace wyld::session {

AddressText SessionRecord::address() const noexcept {
  std::array<std::uint64_t, 6> words;
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = load(address_[i]);
  return std::bit_cast<AddressText>(words);
}

void SessionRecord::set_address(const AddressText& address) noexcept {
  const auto words = std::bit_cast<std::array<std::uint64_t, 6>>(address);
  for (std::size_t i = 0; i < words.size(); ++i) store(address_[i], words[i]);
}

SessionSnapshot SessionRecord::snapshot() const noexcept {
  SessionSnapshot session;
  copy_to(session);
  return session;
}

SessionTable::Stripe::Stripe() {
  indexes_.push_back(std::make_unique<Index>(kFirstPlaces));
  index_.store(indexes_.back().get(), std::memory_order_release);
}

SessionTable::Stripe::~Stripe() {
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    const std::size_t here = std::min(places_, places_in(chunk));
    std::destroy_n(chunks_[chunk], here);
    places_ -= here;
    ::operator delete(chunks_[chunk], std::align_val_t{alignof(SessionRecord)});
  }
}

// Where the next session will be; its lines are on their way when this returns.
SessionRecord& SessionTable::Stripe::next_free() {
  if ((count_ + 1) * 4 > (indexes_.back()->mask + 1) * 3) grow();
  if (free_.empty()) new_place();
  SessionRecord& record = *free_.back();
  record.prefetch();
  return record;
}

void SessionTable::Stripe::new_place() {
  if (places_ == room_) {
    // Left raw: a page of it costs nothing before its first session comes.
    const std::size_t count = places_in(chunks_.size());
    void* const raw = ::operator new(count * sizeof(SessionRecord), std::align_val_t{alignof(SessionRecord)});
    WYLD_CHECK((std::bit_cast<std::uint64_t>(raw) & kTagBits) == 0);
    chunks_.push_back(static_cast<SessionRecord*>(raw));
    room_ += count;
    if (free_.capacity() < room_) free_.reserve(std::max(room_, free_.capacity() * 2));
  }
  SessionRecord* const end = chunks_.back() + places_in(chunks_.size() - 1);
  free_.push_back(new (end - (room_ - places_)) SessionRecord(number_));
  ++places_;
}

void SessionTable::Stripe::enter(Index& index, std::uint64_t word) noexcept {
  std::size_t position = home_of(word) & index.mask;
  while (SessionRecord::load(index.words[position]) != 0) position = (position + 1) & index.mask;
  SessionRecord::store(index.words[position], word);
}

void SessionTable::Stripe::grow() {
  const Index& old = *indexes_.back();
  auto larger = std::make_unique<Index>((old.mask + 1) * 2);
  for (std::size_t i = 0; i <= old.mask; ++i) {
    if (const std::uint64_t word = SessionRecord::load(old.words[i]); word != 0) enter(*larger, word);
  }
  indexes_.push_back(std::move(larger));
  index_.store(indexes_.back().get(), std::memory_order_release);
}

void SessionTable::Stripe::erase(SessionRecord& record) noexcept {
  Index& index = *indexes_.back();
  const std::uint64_t gone = word_of(Key(record.id()).tag, record);
  std::size_t hole = home_of(gone) & index.mask;
  while (SessionRecord::load(index.words[hole]) != gone) hole = (hole + 1) & index.mask;
  write([&] {
    // Words behind move up where that brings them nearer to their home, so that no probe meets a gap.
    for (std::size_t next = (hole + 1) & index.mask;; next = (next + 1) & index.mask) {
      const std::uint64_t word = SessionRecord::load(index.words[next]);
      if (word == 0) break;
      const std::size_t home = home_of(word) & index.mask;
      if (((next - home) & index.mask) < ((next - hole) & index.mask)) continue;
      SessionRecord::store(index.words[hole], word);
      hole = next;
    }
    SessionRecord::store(index.words[hole], 0);
  });
  record.in_use_ = false;
  record.details_.reset();
  const std::uint64_t uses = SessionRecord::load(record.activity_) + 1;
  SessionRecord::store(record.activity_, uses & SessionRecord::kGenerationMask);
  free_.push_back(&record);
  --count_;
}

std::size_t SessionTable::Stripe::memory_bytes() const noexcept {
  std::size_t bytes = free_.capacity() * sizeof(SessionRecord*);
  for (const std::unique_ptr<Index>& index : indexes_) {
    bytes += sizeof(Index) + (index->mask + 1) * sizeof(SessionRecord::Word);
  }
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    bytes += places_in(chunk) * sizeof(SessionRecord);
  }
  return bytes;
}

SessionTable::SessionTable() {
  for (std::size_t i = 0; i < kStripes; ++i) stripes_[i].number_ = static_cast<std::uint8_t>(i);
}

std::size_t SessionTable::memory_bytes() const noexcept {
  std::size_t bytes = sizeof(SessionTable);
  for (const Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    bytes += stripe.memory_bytes();
  }
  return bytes;
}

}  // namespace wyld::session
