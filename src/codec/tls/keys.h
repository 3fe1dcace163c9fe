#pragma once
// Suites of Mozilla's intermediate profile, and how keys follow from secrets.

#include <array>
#include <cstdint>
#include <string_view>

#include "codec/tls/protocol.h"

namespace wyld::tls {

enum class Aead : std::uint8_t { kAes128Gcm, kAes256Gcm, kChaCha20Poly1305 };
inline constexpr std::size_t kAeads = 3;

struct Suite {
  std::uint16_t id;  // as on the wire
  Version version;
  Aead aead;
  bool sha384;  // otherwise SHA-256

  [[nodiscard]] std::size_t key_bytes() const noexcept { return aead == Aead::kAes128Gcm ? 16 : 32; }
  [[nodiscard]] std::size_t secret_bytes() const noexcept { return sha384 ? 48 : 32; }
  [[nodiscard]] bool explicit_nonce() const noexcept {
    return version == Version::kTls12 && aead != Aead::kChaCha20Poly1305;
  }
};
// Null if the profile does not have it.
[[nodiscard]] const Suite* find_suite(std::uint16_t id) noexcept;

// What protects one direction of a connection.
struct TrafficKeys {
  std::array<unsigned char, kSecretBytesMax> secret{};  // TLS 1.3, from which the others follow
  std::array<unsigned char, kKeyBytesMax> key{};
  // TLS 1.2 with AES-GCM: 4 bytes that stay, and the explicit nonce of the record with sequence 0.
  std::array<unsigned char, kNonceBytes> iv{};
  std::uint32_t units_sealed =
      0;                       // TLS 1.2: units of kUnitBytes protected with this key, each record rounded up
  std::uint64_t sequence = 0;  // of the next record

  void wipe() noexcept;
};

// Fills key and iv from `secret` and begins at sequence 0 (RFC 8446 section 7.3). False: OpenSSL has failed.
[[nodiscard]] bool derive_tls13(const Suite& suite, TrafficKeys& keys) noexcept;
// The secret of the next generation, and what follows from it (RFC 8446 section 7.2).
[[nodiscard]] bool update_tls13(const Suite& suite, TrafficKeys& keys) noexcept;
// Keys and ivs of both directions (RFC 5246 section 6.3). False: OpenSSL has failed.
[[nodiscard]] bool derive_tls12(const Suite& suite, std::string_view master, std::string_view client_random,
                                std::string_view server_random, TrafficKeys& client_writes,
                                TrafficKeys& server_writes) noexcept;

}  // namespace wyld::tls
