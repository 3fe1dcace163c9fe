#pragma once
// Authenticated encryption of one record, by OpenSSL.

#include <array>
#include <cstddef>
#include <memory>

#include "codec/tls/keys.h"

struct evp_cipher_ctx_st;

namespace wyld::tls {

struct AeadContextDeleter {
  void operator()(evp_cipher_ctx_st* context) const noexcept;
};
using AeadContext = std::unique_ptr<evp_cipher_ctx_st, AeadContextDeleter>;

// Null if OpenSSL has failed.
[[nodiscard]] AeadContext make_aead_context(Aead aead, bool sealing) noexcept;
// For a context that keeps its key.
[[nodiscard]] bool set_key(evp_cipher_ctx_st* context, bool sealing, const unsigned char* key) noexcept;

using Nonce = std::array<unsigned char, kNonceBytes>;
// What is authenticated but not encrypted.
struct Additional {
  std::array<unsigned char, 13> bytes{};
  std::size_t count = 0;
};

// Encrypts or decrypts `text_bytes` at `text` in place; the tag follows them. `key` is null if the context
// keeps it. False: a forged record, or OpenSSL has failed; what lies there is of no use then, and must be
// wiped.
[[nodiscard]] bool protect(evp_cipher_ctx_st* context, bool sealing, const unsigned char* key,
                           const Nonce& nonce, const Additional& additional, char* text,
                           std::size_t text_bytes) noexcept;

}  // namespace wyld::tls
