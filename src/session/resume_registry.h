#pragma once
// Who may come back to which session, and where it lives: for all shards.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
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
// Limits   one entry for each session that may be resumed, some 250 bytes.
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
  struct Entry {
    SessionHandle home;
    ResumeKeys keys;
    CommandsPtr commands;
    ScrollbackPtr scrollback;
    bool revoked = false;
    bool whole = false;  // the store says that nothing is missing
  };
  struct Hash {
    // Hashes and families are random: any part of them is a hash.
    template <std::size_t kSize>
    std::size_t operator()(const std::array<std::uint8_t, kSize>& bytes) const noexcept {
      std::size_t hash = 0;
      std::memcpy(&hash, bytes.data(), sizeof(hash));
      return hash;
    }
  };
  using Entries = std::unordered_map<SessionId, Entry>;

  void index(const SessionId& id, const ResumeKeys& keys);
  void unindex(const ResumeKeys& keys);
  void forget(Entries::iterator entry);

  SuccessorKey key_{};
  const ResumeRegistryOptions options_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<ResumeFamily, SessionId, Hash> families_;
  std::unordered_map<SecretHash, SessionId, Hash> codes_;
  std::size_t scrollback_bytes_ = 0;
  std::set<std::string, std::less<>> clients_that_replay_;
  // The time up to which an address has used its wrong codes ahead (generic cell rate).
  std::unordered_map<runtime::AddressKey, Time, runtime::AddressKeyHash> used_up_to_;
};

}  // namespace wyld::session
