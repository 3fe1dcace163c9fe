#pragma once
// Numbers of TLS 1.2 (RFC 5246) and 1.3 (RFC 8446). docs/design/tls.md

#include <cstddef>
#include <cstdint>

namespace wyld::tls {

enum class Version : std::uint8_t { kTls12, kTls13 };

enum class ContentType : std::uint8_t {
  kChangeCipherSpec = 20,
  kAlert = 21,
  kHandshake = 22,
  kApplicationData = 23,
};

enum class Alert : std::uint8_t {
  kCloseNotify = 0,
  kUnexpectedMessage = 10,
  kBadRecordMac = 20,
  kRecordOverflow = 22,
  kIllegalParameter = 47,
  kDecodeError = 50,
  kInternalError = 80,
  kUserCanceled = 90,
  kNoRenegotiation = 100,
};
inline constexpr unsigned char kAlertWarning = 1;
inline constexpr unsigned char kAlertFatal = 2;

// Handshake messages that may follow a finished handshake.
inline constexpr unsigned char kHelloRequest = 0;
inline constexpr unsigned char kClientHello = 1;
inline constexpr unsigned char kNewSessionTicket = 4;
inline constexpr unsigned char kKeyUpdate = 24;

inline constexpr std::size_t kHeaderBytes = 5;
inline constexpr std::size_t kTextBytesMax = std::size_t{1} << 14;   // of one record
inline constexpr std::size_t kRecordBytesMax = kTextBytesMax + 256;  // after the header
inline constexpr std::size_t kTagBytes = 16;                         // of all three AEADs
inline constexpr std::size_t kNonceBytes = 12;                       // of all three AEADs
inline constexpr std::size_t kExplicitNonceBytes = 8;                // TLS 1.2 with AES-GCM
inline constexpr std::size_t kSecretBytesMax = 48;                   // SHA-384
inline constexpr std::size_t kKeyBytesMax = 32;

}  // namespace wyld::tls
