#include "account/password_hasher.h"

#include <sodium.h>

#include <array>

#include "base/check.h"

namespace wyld::account {
namespace {

static_assert(Argon2Hasher::kCheapest.memory_bytes >= crypto_pwhash_argon2id_MEMLIMIT_MIN);
static_assert(Argon2Hasher::kCheapest.passes >= crypto_pwhash_argon2id_OPSLIMIT_MIN);
static_assert(Argon2Options{}.memory_bytes == crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE);
static_assert(Argon2Options{}.passes == crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE);

}  // namespace

Argon2Hasher::Argon2Hasher(const Argon2Options& options) : options_(options) {
  WYLD_CHECK(sodium_init() >= 0);
}

Result<std::string> Argon2Hasher::hash(std::string_view password) const {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), options_.passes,
                            options_.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::kUnavailable, "not enough memory to hash a password");
  }
  return std::string(out.data());
}

bool Argon2Hasher::verify(std::string_view hash, std::string_view password) const {
  const std::string terminated(hash);
  return crypto_pwhash_str_verify(terminated.c_str(), password.data(), password.size()) == 0;
}

bool Argon2Hasher::needs_rehash(std::string_view hash) const {
  const std::string terminated(hash);
  return crypto_pwhash_str_needs_rehash(terminated.c_str(), options_.passes, options_.memory_bytes) != 0;
}

}  // namespace wyld::account
