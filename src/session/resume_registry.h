#pragma once
// Who may come back to which session, and where it lives: for all shards.

#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/address.h"
#include "session/resume_token.h"
#include "session/session_handle.h"
#include "session/session_record.h"

namespace wyld::session {

struct ResumeRegistryOptions {
  // Wrong codes from one address (IPv6: one /64) that are answered as such: so many at once, and one more
  // every `wrong_code_interval`. Those beyond are told to wait. A right code always counts, whoever else has
  // guessed from there; tokens, of 256 random bits, are beyond guessing.
  std::uint32_t wrong_codes = 10;
  std::chrono::milliseconds wrong_code_interval{6'000};
  // Addresses in these networks are never told to wait: many players share them.
  std::vector<runtime::Network> exempt_networks = {};
  // Scrollback of the former process that waits for its players.
  std::size_t scrollback_bytes_max = std::size_t{64} * 1024 * 1024;
};

// Families of tokens, and codes, each bound to one session.
//
// Owner    apps/, one for the process.
// Thread   any; calls nobody while it holds its lock.
// Limits   one entry for each session that may be resumed, some 150 bytes.
class ResumeRegistry {
 public:
  using Time = std::chrono::system_clock::time_point;

  // `random`: cryptographically random bytes. Called once.
  using Random = std::function<void(std::span<std::uint8_t>)>;
  explicit ResumeRegistry(const Random& random, ResumeRegistryOptions options = {})
      : options_(std::move(options)) {
    random(key_);
  }

  // With which this process makes tokens that follow others.
  [[nodiscard]] const SuccessorKey& key() const noexcept { return key_; }

  struct Found {
    SessionId id;
    SessionHandle home;  // generation 0: left by a former process; nobody has it yet
  };

  // The token's session, if it is one that may be used now. A token that is retired revokes its family: who
  // has copied it must not get in, nor must the one who was copied stay unwarned (`revoked` names the
  // session, once; its keys are still to be taken out of the store).
  struct Lookup {
    std::optional<Found> found;
    std::optional<SessionId> revoked;
  };
  [[nodiscard]] Lookup find(const ResumeToken& token, Time now);
  [[nodiscard]] std::optional<Found> find(const ResumeCode& code) const;

  // Makes `home` the session's shard and slot, if nobody was faster. False: somebody was, or it is gone.
  [[nodiscard]] bool claim(const SessionId& id, SessionHandle home);

  // The session's keys as they are from now on. The first call enters it. False: its family is revoked, and
  // it gets no other.
  [[nodiscard]] bool set(const SessionId& id, SessionHandle home, const ResumeKeys& keys);
  // Ends everything by which one could come back.
  void remove(const SessionId& id);

  // What the store brought back. Scrollback beyond the bound is left out: it shows as a gap.
  void adopt(std::span<const SessionRow> rows);
  struct Kept {
    ResumeKeys keys;
    CommandsPtr commands;
    ScrollbackPtr scrollback;
  };
  // Keys, and once what the store brought back.
  [[nodiscard]] std::optional<Kept> take(const SessionId& id);

  // A session whose stored output says that nothing is missing stops to be whole with the first thing that is
  // said to whoever comes back. So the store hears of that before: what it must hold by then; null when there
  // is nothing to change, or opened() was called.
  [[nodiscard]] ScrollbackPtr to_open(const SessionId& id) const;
  // The store has it.
  void opened(const SessionId& id);

  // A code from `address` was wrong. False: there have been too many of them.
  [[nodiscard]] bool bears_wrong_code(std::string_view address, Time now);

  // Clients of one kind keep tokens and show them: one has done so. Kinds beyond kClientsMax are not noted.
  static constexpr std::size_t kClientsMax = 256;
  static constexpr std::size_t kClientBytesMax = 256;
  void note_replay(std::string_view client);
  [[nodiscard]] bool has_replayed(std::string_view client) const;

  [[nodiscard]] std::size_t count() const;

 private:
  using Slot = std::uint32_t;  // a place in entries_
  // What few sessions have.
  struct Rare {
    SecretHash code{};
    CommandsPtr commands;
    ScrollbackPtr scrollback;
  };
  struct Entry {
    SessionId id;
    SessionHandle home;
    ResumeFamily family{};
    SecretHash current{};
    SecretHash previous{};
    Time previous_until{};
    std::unique_ptr<Rare> rare;  // null: neither a code nor anything else of it
    Slot slot = 0;               // its own
    bool revoked = false;
    bool whole = false;  // the store says that nothing is missing

    [[nodiscard]] ResumeKeys keys() const;
    [[nodiscard]] Rare& make_rare();
  };
  static_assert(sizeof(Entry) == 128, "part of what a silent session costs");
  using Entries = std::deque<Entry>;

  // An index holds slots, found by one part of their entries. All of these parts are random in some bytes.
  template <typename Part>
  struct Hash {
    using is_transparent = void;
    const Entries* entries;
    template <typename Key>
    std::size_t operator()(const Key& key) const noexcept {
      std::size_t hash = 0;
      std::memcpy(&hash, reinterpret_cast<const char*>(&key) + sizeof(key) - sizeof(hash), sizeof(hash));
      return hash;
    }
    std::size_t operator()(Slot slot) const noexcept { return (*this)(Part::of((*entries)[slot])); }
  };
  template <typename Part>
  struct Equal {
    using is_transparent = void;
    const Entries* entries;
    bool operator()(Slot a, Slot b) const noexcept { return a == b; }
    template <typename Key>
    bool operator()(const Key& key, Slot slot) const noexcept {
      return Part::of((*entries)[slot]) == key;
    }
    template <typename Key>
    bool operator()(Slot slot, const Key& key) const noexcept {
      return Part::of((*entries)[slot]) == key;
    }
  };
  template <typename Part>
  using Index = boost::unordered_flat_set<Slot, Hash<Part>, Equal<Part>>;
  struct ById {
    static const SessionId& of(const Entry& entry) noexcept { return entry.id; }
  };
  struct ByFamily {
    static const ResumeFamily& of(const Entry& entry) noexcept { return entry.family; }
  };
  struct ByCode {
    static const SecretHash& of(const Entry& entry) noexcept { return entry.rare->code; }
  };

  // Null: there is none.
  [[nodiscard]] Entry* find_entry(const SessionId& id);
  [[nodiscard]] const Entry* find_entry(const SessionId& id) const;
  // The entry of a session that has none yet.
  [[nodiscard]] Entry& add_entry(const SessionId& id);
  void set_keys(Entry& entry, const ResumeKeys& keys);

  SuccessorKey key_{};
  const ResumeRegistryOptions options_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::vector<Slot> free_;
  Index<ById> by_id_{0, {&entries_}, {&entries_}};
  Index<ByFamily> by_family_{0, {&entries_}, {&entries_}};
  Index<ByCode> by_code_{0, {&entries_}, {&entries_}};
  std::size_t scrollback_bytes_ = 0;
  std::set<std::string, std::less<>> clients_that_replay_;
  // The time up to which an address has used its wrong codes ahead (generic cell rate).
  std::unordered_map<runtime::AddressKey, Time, runtime::AddressKeyHash> used_up_to_;
};

}  // namespace wyld::session
