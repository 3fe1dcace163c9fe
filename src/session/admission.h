#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "runtime/address.h"
#include "session/refusal_log.h"
#include "session/session_handle.h"
#include "session/token_bucket.h"

namespace wyld::session {

struct AdmissionOptions {
  std::size_t connections_max = 20'000;
  // Bounds per address (IPv6: per /64). Sessions that are held without a connection count as one, beside
  // those who have logged in.
  std::uint32_t connections_per_address = 50;
  std::uint32_t unauthenticated_per_address = 20;
  std::uint32_t new_per_second_per_address = 5;
  std::uint32_t new_burst_per_address = 20;
  // Addresses in these networks are not bound by the four above.
  std::vector<runtime::Network> exempt_networks;
};

class Admission;

// One admitted connection; counted until this is destroyed.
class Lease {
 public:
  Lease() noexcept = default;
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { release(); }

  // The player has logged in, or is back in a session: no longer counted among the unauthenticated. Held
  // sessions give way where there are too many beside those who are in now.
  void authenticated() noexcept;
  void release() noexcept;

 private:
  friend class Admission;
  Lease(Admission& admission, runtime::AddressKey key, bool exempt, bool web = false) noexcept
      : admission_(&admission), key_(key), exempt_(exempt), web_(web) {}

  Admission* admission_ = nullptr;
  runtime::AddressKey key_;
  bool exempt_ = false;
  bool web_ = false;
  bool authenticated_ = false;
};

// One held session's place among the connections; given back when this is destroyed, or taken by a connection
// that needs it.
class HeldPlace {
 public:
  HeldPlace() noexcept = default;
  HeldPlace(HeldPlace&& other) noexcept;
  HeldPlace& operator=(HeldPlace&& other) noexcept;
  ~HeldPlace() { release(); }
  void release() noexcept;

 private:
  friend class Admission;
  HeldPlace(Admission& admission, std::uint64_t ticket) noexcept : admission_(&admission), ticket_(ticket) {}

  Admission* admission_ = nullptr;
  std::uint64_t ticket_ = 0;
};

// Decides who may connect, for the whole process. A held session keeps the place of the connection it has
// lost: it holds memory, and a descriptor where its game has a connection for each player. When a place is
// needed, the session that has been held longest gives way: of the same address where that is full, of all
// where the gateway is.
//
// Nobody knows of a new connection whether it comes back to a session that is held. So none gives way to it
// before its player has logged in: whoever comes back has taken the place of that session by then. Until then
// it is one of the few that are logging in; and in all, a held session counts half for those who come,
// because it has one descriptor where a player has two, and kReturnDescriptors are theirs alone.
//
// Owner    apps/; outlives every Lease and HeldPlace.
// Thread   any; one short lock.
// Errors   admit() refuses with a sentence fit for the player, counts which bound was hit, and logs it.
// Memory   one entry per address that has connections or held sessions, or has connected within the last
//          seconds.
class Admission {
 public:
  explicit Admission(AdmissionOptions options) : options_(std::move(options)) {}

  // `host` is numeric, without port. kUnavailable: the gateway is full; kLimit: the address has too many.
  [[nodiscard]] Result<Lease> admit(std::string_view host, std::chrono::steady_clock::time_point now);
  // A web connection, which may load the page, ask for health or become a player's WebSocket (it is then
  // admitted once more, as a player). It counts in `connections_max`; of one address there may be as many as
  // players, apart from those, but never fewer than one page load needs. Errors as of admit().
  [[nodiscard]] Result<Lease> admit_web(std::string_view host, std::chrono::steady_clock::time_point now);
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] RefusalLog& refusals() noexcept { return refusals_; }

  // A session that was connected from `host` is held. Never refused: it takes the place of its connection.
  [[nodiscard]] HeldPlace hold(std::string_view host, SessionHandle session);
  [[nodiscard]] std::size_t held() const;
  // How a held session is told to end, on whichever shard it lives. Called under the lock: it must not come
  // back here. False: it cannot be told now, and keeps its place. Before the first connection.
  using GiveWay = std::function<bool(SessionHandle)>;
  void set_give_way(GiveWay give_way) { give_way_ = std::move(give_way); }
  // False: the address is exempt from the bounds per address.
  [[nodiscard]] bool bounds(std::string_view host) const noexcept { return !exempt(host); }

  // What connections that come back may have beyond `connections_max`, before they have taken the place of
  // their session.
  static constexpr std::size_t kReturnDescriptors = 32;

  // A refused connection may linger until it has read why: at most kRefusalsMax at one time, whose
  // descriptors are not counted above. False: close it at once.
  static constexpr std::size_t kRefusalsMax = 64;
  [[nodiscard]] bool begin_refusal() noexcept;
  void end_refusal() noexcept { refusals_in_progress_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  friend class Lease;
  friend class HeldPlace;
  struct Held {
    runtime::AddressKey key;
    bool exempt = false;
    SessionHandle session;
  };
  struct Entry {
    std::uint32_t connections = 0;
    std::uint32_t unauthenticated = 0;
    std::deque<std::uint64_t> held;  // tickets, the longest held first
    std::uint32_t web = 0;
    TokenBucket web_arrivals;
    TokenBucket arrivals;
    std::chrono::steady_clock::time_point last_arrival{};
  };

  struct Bound;
  static const Bound kFull;
  static const Bound kTooMany;
  static const Bound kTooManyLogins;
  static const Bound kTooFast;
  enum class Kind : std::uint8_t { kPlayer, kWeb };

  [[nodiscard]] bool exempt(std::string_view host) const noexcept;
  [[nodiscard]] Result<Lease> admit_as(Kind kind, std::string_view host,
                                       std::chrono::steady_clock::time_point now);
  // These are called under the lock. The bound that one more connection would break, or null: there is room
  // for it, if need be because a held session has given way.
  [[nodiscard]] const Bound* bound_broken(Kind kind, const runtime::AddressKey& key, bool exempt,
                                          std::chrono::steady_clock::time_point now);
  [[nodiscard]] const Bound* player_bound_broken(Entry& entry,
                                                 std::chrono::steady_clock::time_point now) const;
  [[nodiscard]] const Bound* web_bound_broken(Entry& entry, std::chrono::steady_clock::time_point now) const;
  void leave(const runtime::AddressKey& key, bool exempt, bool authenticated) noexcept;
  // Called under the lock. No room for one more connection, whose player may be about to come back.
  [[nodiscard]] bool is_full() const noexcept;
  // These are called under the lock. False: there is no room all the same. Nothing is held there, or it
  // cannot be told.
  [[nodiscard]] bool make_room();
  [[nodiscard]] bool make_way(std::uint64_t ticket);
  [[nodiscard]] bool make_way_in(const Entry& entry);
  [[nodiscard]] bool make_way_anywhere();
  void forget_held(std::uint64_t ticket) noexcept;
  void leave_web(const runtime::AddressKey& key, bool exempt) noexcept;
  void mark_authenticated(const runtime::AddressKey& key, bool exempt) noexcept;
  void forget_idle(std::chrono::steady_clock::time_point now);

  const AdmissionOptions options_;
  RefusalLog refusals_;
  mutable std::mutex mutex_;
  std::size_t connections_ = 0;    // web ones too
  std::size_t authenticated_ = 0;  // of these
  std::atomic<std::size_t> refusals_in_progress_{0};
  std::unordered_map<runtime::AddressKey, Entry, runtime::AddressKeyHash> entries_;
  std::size_t sweep_at_ = 1024;
  std::map<std::uint64_t, Held> held_;  // by ticket: the longest held first
  std::uint64_t last_ticket_ = 0;
  GiveWay give_way_;
};

}  // namespace wyld::session
