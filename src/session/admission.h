#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "runtime/address.h"
#include "session/refusal_log.h"
#include "session/token_bucket.h"

namespace wyld::session {

struct AdmissionOptions {
  std::size_t connections_max = 20'000;
  // Bounds per address (IPv6: per /64).
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

  // The player has logged in: no longer counted among the unauthenticated.
  void authenticated() noexcept;
  void release() noexcept;

 private:
  friend class Admission;
  Lease(Admission& admission, runtime::AddressKey key, bool exempt) noexcept
      : admission_(&admission), key_(key), exempt_(exempt) {}

  Admission* admission_ = nullptr;
  runtime::AddressKey key_;
  bool exempt_ = false;
  bool authenticated_ = false;
};

// Decides who may connect, for the whole process.
//
// Owner    apps/; outlives every Lease.
// Thread   any; one short lock.
// Errors   admit() refuses with a sentence fit for the player, counts which bound was hit, and logs it.
// Memory   one entry per address that has connections or has connected within the last seconds.
class Admission {
 public:
  explicit Admission(AdmissionOptions options) : options_(std::move(options)) {}

  // `host` is numeric, without port.
  [[nodiscard]] Result<Lease> admit(std::string_view host, std::chrono::steady_clock::time_point now);
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] RefusalLog& refusals() noexcept { return refusals_; }

 private:
  friend class Lease;
  struct Entry {
    std::uint32_t connections = 0;
    std::uint32_t unauthenticated = 0;
    TokenBucket arrivals;
    std::chrono::steady_clock::time_point last_arrival{};
  };

  [[nodiscard]] bool exempt(std::string_view host) const noexcept;
  void leave(const runtime::AddressKey& key, bool exempt, bool authenticated) noexcept;
  void mark_authenticated(const runtime::AddressKey& key) noexcept;
  void forget_idle(std::chrono::steady_clock::time_point now);

  const AdmissionOptions options_;
  RefusalLog refusals_;
  mutable std::mutex mutex_;
  std::size_t connections_ = 0;
  std::unordered_map<runtime::AddressKey, Entry, runtime::AddressKeyHash> entries_;
  std::size_t sweep_at_ = 1024;
};

}  // namespace wyld::session
