#include "codec/tls/keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <memory>

namespace wyld::tls {
namespace {

constexpr std::array kSuites{
    Suite{0x1301, Version::kTls13, Aead::kAes128Gcm, false},
    Suite{0x1302, Version::kTls13, Aead::kAes256Gcm, true},
    Suite{0x1303, Version::kTls13, Aead::kChaCha20Poly1305, false},
    Suite{0xC02B, Version::kTls12, Aead::kAes128Gcm, false},         // ECDHE-ECDSA
    Suite{0xC02F, Version::kTls12, Aead::kAes128Gcm, false},         // ECDHE-RSA
    Suite{0xC02C, Version::kTls12, Aead::kAes256Gcm, true},          // ECDHE-ECDSA
    Suite{0xC030, Version::kTls12, Aead::kAes256Gcm, true},          // ECDHE-RSA
    Suite{0xCCA9, Version::kTls12, Aead::kChaCha20Poly1305, false},  // ECDHE-ECDSA
    Suite{0xCCA8, Version::kTls12, Aead::kChaCha20Poly1305, false},  // ECDHE-RSA
    Suite{0x009E, Version::kTls12, Aead::kAes128Gcm, false},         // DHE-RSA
    Suite{0x009F, Version::kTls12, Aead::kAes256Gcm, true},          // DHE-RSA
    Suite{0xCCAA, Version::kTls12, Aead::kChaCha20Poly1305, false},  // DHE-RSA
};

// HKDF-Expand-Label with an empty context. `out` is no longer than the hash, so the first block of
// HKDF-Expand (RFC 5869) is all of it.
bool expand_label(const Suite& suite, const TrafficKeys& keys, std::string_view label, unsigned char* out,
                  std::size_t out_bytes) noexcept {
  constexpr std::string_view kPrefix = "tls13 ";
  std::array<unsigned char, 32> info{};
  auto* at = info.data();
  *at++ = 0;
  *at++ = static_cast<unsigned char>(out_bytes);
  *at++ = static_cast<unsigned char>(kPrefix.size() + label.size());
  at = std::copy(kPrefix.begin(), kPrefix.end(), at);
  at = std::copy(label.begin(), label.end(), at);
  *at++ = 0;  // of the context
  *at++ = 1;  // the number of the block
  std::array<unsigned char, EVP_MAX_MD_SIZE> block{};
  const bool done = HMAC(suite.sha384 ? EVP_sha384() : EVP_sha256(), keys.secret.data(),
                         static_cast<int>(suite.secret_bytes()), info.data(),
                         static_cast<std::size_t>(at - info.data()), block.data(), nullptr) != nullptr;
  std::copy_n(block.begin(), out_bytes, out);
  OPENSSL_cleanse(block.data(), block.size());
  return done;
}

OSSL_PARAM octets(const char* name, std::string_view bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

// P_hash of TLS 1.2.
bool prf(const Suite& suite, std::string_view secret, std::string_view label, std::string_view seed_a,
         std::string_view seed_b, unsigned char* out, std::size_t out_bytes) noexcept {
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr),
                                                              &EVP_KDF_free);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(kdf.get()),
                                                                          &EVP_KDF_CTX_free);
  if (!context) return false;
  std::array<char, 8> digest{"SHA2256"};
  const std::string_view name = suite.sha384 ? "SHA384" : "SHA256";
  digest.fill(0);
  std::copy(name.begin(), name.end(), digest.begin());
  const std::array<OSSL_PARAM, 6> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      octets(OSSL_KDF_PARAM_SECRET, secret),
      octets(OSSL_KDF_PARAM_SEED, label),
      octets(OSSL_KDF_PARAM_SEED, seed_a),
      octets(OSSL_KDF_PARAM_SEED, seed_b),
      OSSL_PARAM_construct_end()};
  return EVP_KDF_derive(context.get(), out, out_bytes, parameters.data()) == 1;
}

}  // namespace

const Suite* find_suite(std::uint16_t id) noexcept {
  const auto* const found =
      std::find_if(kSuites.begin(), kSuites.end(), [id](const Suite& suite) { return suite.id == id; });
  return found == kSuites.end() ? nullptr : found;
}

void TrafficKeys::wipe() noexcept { OPENSSL_cleanse(this, sizeof(*this)); }

bool derive_tls13(const Suite& suite, TrafficKeys& keys) noexcept {
  keys.sequence = 0;
  return expand_label(suite, keys, "key", keys.key.data(), suite.key_bytes()) &&
         expand_label(suite, keys, "iv", keys.iv.data(), keys.iv.size());
}

bool update_tls13(const Suite& suite, TrafficKeys& keys) noexcept {
  return expand_label(suite, keys, "traffic upd", keys.secret.data(), suite.secret_bytes()) &&
         derive_tls13(suite, keys);
}

bool derive_tls12(const Suite& suite, std::string_view master, std::string_view client_random,
                  std::string_view server_random, TrafficKeys& client_writes,
                  TrafficKeys& server_writes) noexcept {
  // An AEAD has no MAC keys: both keys, then both ivs.
  const std::size_t key_bytes = suite.key_bytes();
  const std::size_t iv_bytes = suite.explicit_nonce() ? kNonceBytes - kExplicitNonceBytes : kNonceBytes;
  std::array<unsigned char, 2 * (kKeyBytesMax + kNonceBytes)> block{};
  const bool done = prf(suite, master, "key expansion", server_random, client_random, block.data(),
                        2 * (key_bytes + iv_bytes));
  const unsigned char* at = block.data();
  for (TrafficKeys* const keys : {&client_writes, &server_writes}) {
    std::copy_n(at, key_bytes, keys->key.begin());
    at += key_bytes;
  }
  for (TrafficKeys* const keys : {&client_writes, &server_writes}) {
    std::copy_n(at, iv_bytes, keys->iv.begin());
    at += iv_bytes;
  }
  OPENSSL_cleanse(block.data(), block.size());
  return done;
}

}  // namespace wyld::tls
