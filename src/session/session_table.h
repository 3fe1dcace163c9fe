#pragma once
// The sessions of the process in memory: found by id without a lock, changed under one of many.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/session_id.h"
#include "session/session_record.h"

namespace wyld::session {

// Times in the table count milliseconds since the epoch. Earlier times are the epoch.
using Milliseconds = std::uint64_t;
[[nodiscard]] inline Milliseconds to_milliseconds(std::chrono::system_clock::time_point time) noexcept {
  const auto count = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return count > 0 ? static_cast<Milliseconds>(count) : 0;
}
[[nodiscard]] inline std::chrono::system_clock::time_point to_time(Milliseconds milliseconds) noexcept {
  return std::chrono::system_clock::time_point(std::chrono::milliseconds(milliseconds));
}

// One session, at a fixed place in its table until it is removed; then the place may serve another one.
// Two cache lines; what touch() needs is in the first.
//
// Thread   any may read. Readers that do not own the session go through SessionTable::read(), because only
//          that notices a change half-way. Changes are SessionManager's, under the lock of the stripe; but
//          touch() needs none.
class alignas(128) SessionRecord {
 public:
  [[nodiscard]] SessionId id() const noexcept {
    const std::array<std::uint64_t, 2> words{load(id_[0]), load(id_[1])};
    return std::bit_cast<SessionId>(words);
  }
  [[nodiscard]] State state() const noexcept { return static_cast<State>(load(made_) & 0xff); }
  [[nodiscard]] Protocol protocol() const noexcept { return static_cast<Protocol>(load(made_) >> 8 & 0xff); }
  [[nodiscard]] SessionHandle handle() const noexcept { return std::bit_cast<SessionHandle>(load(handle_)); }
  [[nodiscard]] AddressText address() const noexcept;
  [[nodiscard]] bool is_expired(std::chrono::system_clock::time_point now) const noexcept {
    return state() == State::kDisconnected && to_milliseconds(now) >= load(expires_);
  }
  [[nodiscard]] SessionSnapshot snapshot() const noexcept;
  void copy_to(SessionSnapshot& session) const noexcept;
  // Has the processor fetch it, for a use that is coming.
  void prefetch() const noexcept {
    __builtin_prefetch(this, 1);
    __builtin_prefetch(&address_, 1);
  }

 private:
  friend class SessionTable;
  friend class SessionManager;
  using Word = std::atomic<std::uint64_t>;
  static constexpr unsigned kGenerationBits = 20;
  static constexpr std::uint64_t kGenerationMask = (1U << kGenerationBits) - 1;

  explicit SessionRecord(std::uint8_t stripe) noexcept : stripe_(stripe) {}

  // All loads acquire and all stores release: so a reader who sees any part of a change also sees that the
  // stripe's sequence has moved. On x86 both are plain moves.
  static std::uint64_t load(const Word& word) noexcept { return word.load(std::memory_order_acquire); }
  static void store(Word& word, std::uint64_t value) noexcept {
    word.store(value, std::memory_order_release);
  }

  [[nodiscard]] Milliseconds created() const noexcept { return load(made_) >> 16; }
  void set_made(Milliseconds created, Protocol protocol, State state) noexcept {
    store(made_, created << 16 | std::uint64_t{static_cast<std::uint8_t>(protocol)} << 8 |
                     static_cast<std::uint8_t>(state));
  }
  void set_address(const AddressText& address) noexcept;
  void set_handle(SessionHandle handle) noexcept { store(handle_, std::bit_cast<std::uint64_t>(handle)); }
  [[nodiscard]] Milliseconds last_activity() const noexcept { return load(activity_) >> kGenerationBits; }
  // Moves the last activity forward. False: it is no longer `seen`, which is now what stands there.
  bool touch(std::uint64_t& seen, Milliseconds now) noexcept {
    return now <= seen >> kGenerationBits ||
           activity_.compare_exchange_weak(seen, now << kGenerationBits | (seen & kGenerationMask),
                                           std::memory_order_relaxed);
  }
  void touch(Milliseconds now) noexcept {
    std::uint64_t seen = load(activity_);
    while (!touch(seen, now)) continue;
  }

  std::array<Word, 2> id_{};
  Word made_{0};  // when created << 16 | protocol << 8 | state
  // When last active << kGenerationBits | how often this place has been used: a late touch, meant for the
  // session that was here before, fails its exchange.
  Word activity_{0};
  Word stored_{0};  // when its row was last given to the store
  Word handle_{0};
  Word expires_{0};
  // Under the stripe's lock:
  std::uint32_t queued_second_ = 0;  // where ExpiryQueue has this place; 0: nowhere
  std::atomic<bool> has_details_{false};
  bool in_use_ = false;
  bool unstored_ = false;  // the store has not heard of it
  const std::uint8_t stripe_;
  std::array<Word, 6> address_{};
  DetailsPtr details_;
};
static_assert(sizeof(SessionRecord) == 128);
static_assert(sizeof(AddressText) == 6 * sizeof(std::uint64_t));

// A hash table in kStripes parts. Each has an index, one word a session, with linear probing; its records lie
// in chunks of up to 16 KiB, never move and stay until the table ends. So do index arrays that were
// outgrown, which together are smaller than the present one. A reader takes no lock: it reads, and reads
// again when the stripe's sequence says that somebody wrote meanwhile.
//
// Owner    SessionManager.
// Thread   read(): any. A Stripe: under its mutex.
// Memory   for each session 128 bytes, 11 to 43 for the index, 8 for the list of free places. Nothing is
//          given back before the end.
class SessionTable {
 public:
  static constexpr std::size_t kStripes = 64;

  // Where an id belongs.
  struct Key {
    explicit Key(const SessionId& id) noexcept;
    std::array<std::uint64_t, 2> words;
    std::uint32_t stripe;
    std::uint32_t tag;  // 23 bits
  };

  class alignas(64) Stripe {
   public:
    Stripe();
    ~Stripe();
    Stripe(const Stripe&) = delete;
    Stripe& operator=(const Stripe&) = delete;

    [[nodiscard]] SessionRecord* find(const Key& key) const noexcept;
    // Makes a session of `key`: `fill(SessionRecord&)` sets the rest before anybody can find it. Null: there
    // is such a session.
    template <typename Fill>
    SessionRecord* insert(const Key& key, Fill&& fill) {
      SessionRecord& record = next_free();
      if (find(key) != nullptr) return nullptr;
      free_.pop_back();
      ++count_;
      record.in_use_ = true;
      write([&] {
        for (std::size_t i = 0; i < key.words.size(); ++i) SessionRecord::store(record.id_[i], key.words[i]);
        fill(record);
        enter(*indexes_.back(), word_of(key.tag, record));
      });
      return &record;
    }
    void erase(SessionRecord& record) noexcept;
    // Runs `change` so that readers see all of it or nothing.
    template <typename Change>
    void write(Change&& change) noexcept {
      const std::uint64_t before = sequence_.load(std::memory_order_relaxed);
      sequence_.store(before + 1, std::memory_order_relaxed);
      change();
      sequence_.store(before + 2, std::memory_order_release);
    }
    template <typename Visit>
    void for_each(Visit&& visit) const {
      for (std::size_t chunk = 0, left = places_; left > 0; ++chunk) {
        const std::size_t here = std::min(left, places_in(chunk));
        left -= here;
        for (std::size_t i = 0; i < here; ++i) {
          if (const SessionRecord& record = chunks_[chunk][i]; record.in_use_) visit(record);
        }
      }
    }
    // Has the processor fetch what find() will look at first.
    void prefetch(const Key& key) const noexcept;
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

    mutable std::mutex mutex;

   private:
    friend class SessionTable;
    static constexpr std::size_t kFirstPlaces = 16;  // in the first chunk
    static constexpr std::size_t kMostPlaces = 128;  // in any
    static constexpr std::size_t places_in(std::size_t chunk) noexcept {
      return chunk < 3 ? kFirstPlaces << chunk : kMostPlaces;
    }
    static_assert(kFirstPlaces << 3 == kMostPlaces);

    struct Index {
      explicit Index(std::size_t count) : mask(count - 1), words(new SessionRecord::Word[count]()) {}
      std::size_t mask;
      std::unique_ptr<SessionRecord::Word[]> words;  // 0: empty
    };

    // An index word is the address of a record, with the tag in the bits that are zero in every such address:
    // 16 above (user space has 47 bits or 48) and 7 below (records are 128 bytes apart).
    static constexpr std::uint64_t kTagBits = 0xffff'0000'0000'007f;
    static std::uint64_t tag_word(std::uint32_t tag) noexcept {
      return (std::uint64_t{tag} >> 7 << 48) | (tag & 0x7f);
    }
    static std::uint64_t word_of(std::uint32_t tag, const SessionRecord& record) noexcept {
      return reinterpret_cast<std::uintptr_t>(&record) | tag_word(tag);
    }
    static SessionRecord* record_of(std::uint64_t word) noexcept {
      return std::bit_cast<SessionRecord*>(word & ~kTagBits);
    }
    static std::size_t home_of(std::uint64_t word) noexcept { return word >> 48 << 7 | (word & 0x7f); }

    SessionRecord& next_free();
    void new_place();
    void grow();
    static void enter(Index& index, std::uint64_t word) noexcept;

    // What readers need has a line of its own, beside the mutex.
    alignas(64) std::atomic<std::uint64_t> sequence_{0};  // odd: a change is under way
    std::atomic<const Index*> index_;
    alignas(64) std::size_t count_ = 0;
    std::vector<std::unique_ptr<Index>> indexes_;  // the last one serves
    std::vector<SessionRecord*> chunks_;
    std::size_t room_ = 0;              // places in all of them
    std::size_t places_ = 0;            // that were ever used
    std::vector<SessionRecord*> free_;  // has room for all of them: erase() allocates nothing
    std::uint8_t number_ = 0;
  };

  SessionTable();
  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  // Runs `copy(SessionRecord&)` on the session, perhaps several times; what it took in the last run
  // belongs together. False: there is no such session (and what it took is worth nothing).
  template <typename Copy>
  [[nodiscard]] bool read(const SessionId& id, Copy&& copy) const {
    const Key key(id);
    const Stripe& stripe = stripes_[key.stripe];
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const std::uint64_t before = stripe.sequence_.load(std::memory_order_acquire);
      SessionRecord* const record = stripe.find(key);
      if (record != nullptr) copy(*record);
      if (before % 2 == 0 && stripe.sequence_.load(std::memory_order_relaxed) == before) {
        return record != nullptr;
      }
    }
    // The writer may be off the processor in mid-change: wait for it.
    const std::lock_guard lock(stripe.mutex);
    SessionRecord* const record = stripe.find(key);
    if (record != nullptr) copy(*record);
    return record != nullptr;
  }

  [[nodiscard]] Stripe& stripe_of(const Key& key) noexcept { return stripes_[key.stripe]; }
  [[nodiscard]] Stripe& stripe_of(const SessionRecord& record) noexcept { return stripes_[record.stripe_]; }
  [[nodiscard]] const Stripe& stripe_of(const Key& key) const noexcept { return stripes_[key.stripe]; }
  [[nodiscard]] const std::array<Stripe, kStripes>& stripes() const noexcept { return stripes_; }
  // Everything allocated, spare room included.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  static constexpr int kAttempts = 100;

  std::array<Stripe, kStripes> stripes_;
};

// The way of get() and touch(), inline.

inline void SessionRecord::copy_to(SessionSnapshot& session) const noexcept {
  // Word by word to where it belongs: a detour over the stack, read back in larger pieces than it was
  // written, costs as much as all the rest.
  for (std::size_t i = 0; i < address_.size(); ++i) {
    const std::uint64_t word = load(address_[i]);
    std::memcpy(reinterpret_cast<char*>(&session.address) + i * sizeof(word), &word, sizeof(word));
  }
  for (std::size_t i = 0; i < id_.size(); ++i) {
    const std::uint64_t word = load(id_[i]);
    std::memcpy(session.id.bytes.data() + i * sizeof(word), &word, sizeof(word));
  }
  const std::uint64_t made = load(made_);
  session.protocol = static_cast<Protocol>(made >> 8 & 0xff);
  session.state = static_cast<State>(made & 0xff);
  session.created = to_time(made >> 16);
  session.last_activity = to_time(last_activity());
  session.handle = handle();
  session.expires = to_time(load(expires_));
}

// The low half of an id is random. Ids made elsewhere need not be, so they are mixed.
inline SessionTable::Key::Key(const SessionId& id) noexcept : words(std::bit_cast<decltype(words)>(id)) {
  const std::uint64_t folded = words[1] ^ words[0] * 0xd6e8feb86659fd93ULL;
  const std::uint64_t hash = (folded ^ folded >> 32) * 0x9e3779b97f4a7c15ULL;
  stripe = static_cast<std::uint32_t>(hash >> 58);
  tag = static_cast<std::uint32_t>(hash >> 35 & 0x7f'ffff);
}

inline SessionRecord* SessionTable::Stripe::find(const Key& key) const noexcept {
  const Index& index = *index_.load(std::memory_order_acquire);
  const std::uint64_t tag = tag_word(key.tag);
  // A reader may meet words on the move; it looks at each at most once.
  for (std::size_t step = 0, position = key.tag & index.mask; step <= index.mask;
       ++step, position = (position + 1) & index.mask) {
    const std::uint64_t word = SessionRecord::load(index.words[position]);
    if (word == 0) return nullptr;
    if ((word & kTagBits) != tag) continue;
    SessionRecord* const record = record_of(word);
    if (SessionRecord::load(record->id_[1]) == key.words[1] &&
        SessionRecord::load(record->id_[0]) == key.words[0]) {
      return record;
    }
  }
  return nullptr;
}

inline void SessionTable::Stripe::prefetch(const Key& key) const noexcept {
  const Index& index = *index_.load(std::memory_order_acquire);
  __builtin_prefetch(&index.words[key.tag & index.mask]);
}

}  // namespace wyld::session
