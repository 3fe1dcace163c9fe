#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wyld::account {

// Turns passwords into strings that can be kept.
//
// Owner    apps/.
// Thread   any.
// Errors   kUnavailable from hash(): there is not the memory for it just now.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;

  [[nodiscard]] virtual Result<std::string> hash(std::string_view password) const = 0;
  // False also for a hash that cannot be read, and without the memory: the libraries do not tell them apart.
  [[nodiscard]] virtual bool verify(std::string_view hash, std::string_view password) const = 0;
  // Whether `hash` was made at another cost than hash() would take now.
  [[nodiscard]] virtual bool needs_rehash(std::string_view hash) const = 0;
};

struct Argon2Options {
  // What one guess costs the one who has stolen the table, and one login costs us. These are libsodium's
  // for logins while somebody waits (crypto_pwhash_*_INTERACTIVE): some 100 ms of a core.
  std::size_t memory_bytes = 64 * 1024 * 1024;
  unsigned passes = 2;
};

// argon2id by libsodium, in its string form: algorithm, cost and salt stand with the hash.
//
// Limits   `memory_bytes` while a call runs, given back at its end.
class Argon2Hasher final : public PasswordHasher {
 public:
  // The least that libsodium takes, for tests.
  static constexpr Argon2Options kCheapest{.memory_bytes = 8 * 1024, .passes = 1};

  // Stops the process when libsodium cannot start: the system has no random numbers.
  explicit Argon2Hasher(const Argon2Options& options);

  [[nodiscard]] Result<std::string> hash(std::string_view password) const override;
  [[nodiscard]] bool verify(std::string_view hash, std::string_view password) const override;
  [[nodiscard]] bool needs_rehash(std::string_view hash) const override;

 private:
  const Argon2Options options_;
};

}  // namespace wyld::account
