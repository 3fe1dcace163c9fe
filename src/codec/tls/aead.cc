#include "codec/tls/aead.h"

#include <openssl/err.h>
#include <openssl/evp.h>

namespace wyld::tls {
namespace {

const EVP_CIPHER* cipher_of(Aead aead) noexcept {
  switch (aead) {
    case Aead::kAes128Gcm:
      return EVP_aes_128_gcm();
    case Aead::kAes256Gcm:
      return EVP_aes_256_gcm();
    case Aead::kChaCha20Poly1305:
      return EVP_chacha20_poly1305();
  }
  return nullptr;
}

bool run(EVP_CIPHER_CTX* context, bool sealing, const unsigned char* key, const Nonce& nonce,
         const Additional& additional, unsigned char* bytes, std::size_t count) noexcept {
  int out = 0;
  if (context == nullptr ||
      EVP_CipherInit_ex(context, nullptr, nullptr, key, nonce.data(), sealing ? 1 : 0) != 1)
    return false;
  if (!sealing && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, bytes + count) != 1)
    return false;
  if (EVP_CipherUpdate(context, nullptr, &out, additional.bytes.data(), static_cast<int>(additional.count)) !=
      1)
    return false;
  if (count > 0 && EVP_CipherUpdate(context, bytes, &out, bytes, static_cast<int>(count)) != 1) return false;
  if (EVP_CipherFinal_ex(context, bytes + count, &out) != 1) return false;
  return !sealing || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, bytes + count) == 1;
}

}  // namespace

void AeadContextDeleter::operator()(evp_cipher_ctx_st* context) const noexcept {
  EVP_CIPHER_CTX_free(context);
}

AeadContext make_aead_context(Aead aead, bool sealing) noexcept {
  AeadContext context(EVP_CIPHER_CTX_new());
  if (context &&
      EVP_CipherInit_ex(context.get(), cipher_of(aead), nullptr, nullptr, nullptr, sealing ? 1 : 0) != 1)
    context.reset();
  return context;
}

bool set_key(evp_cipher_ctx_st* context, bool sealing, const unsigned char* key) noexcept {
  return context != nullptr &&
         EVP_CipherInit_ex(context, nullptr, nullptr, key, nullptr, sealing ? 1 : 0) == 1;
}

bool protect(evp_cipher_ctx_st* context, bool sealing, const unsigned char* key, const Nonce& nonce,
             const Additional& additional, char* text, std::size_t text_bytes) noexcept {
  const bool done =
      run(context, sealing, key, nonce, additional, reinterpret_cast<unsigned char*>(text), text_bytes);
  // OpenSSL's errors wait in a list of the thread, where a handshake would take them for its own.
  if (!done) ERR_clear_error();
  return done;
}

}  // namespace wyld::tls
