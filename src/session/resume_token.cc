#include "session/resume_token.h"

#include <sodium.h>

#include <algorithm>
#include <span>

namespace wyld::session {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kTokenBytes = 48;
static_assert(kTokenBytes * 4 / 3 == ResumeToken::kTextBytes);

SecretHash sha256(std::span<const std::uint8_t> bytes) noexcept {
  SecretHash hash{};
  crypto_hash_sha256(hash.data(), bytes.data(), bytes.size());
  return hash;
}

// Constant time.
bool same(const SecretHash& a, const SecretHash& b) noexcept {
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<ResumeToken> ResumeToken::parse(std::string_view text) noexcept {
  if (text.size() != kTextBytes) return std::nullopt;
  std::array<std::uint8_t, kTokenBytes> bytes{};
  for (std::size_t group = 0; group < kTextBytes / 4; ++group) {
    std::uint32_t bits = 0;
    for (const char c : text.substr(group * 4, 4)) {
      const std::size_t digit = kBase64.find(c);
      if (digit == std::string_view::npos) return std::nullopt;
      bits = bits << 6 | static_cast<std::uint32_t>(digit);
    }
    bytes[group * 3] = static_cast<std::uint8_t>(bits >> 16);
    bytes[group * 3 + 1] = static_cast<std::uint8_t>(bits >> 8);
    bytes[group * 3 + 2] = static_cast<std::uint8_t>(bits);
  }
  ResumeToken token;
  std::copy_n(bytes.begin(), token.family.size(), token.family.begin());
  std::copy_n(bytes.begin() + token.family.size(), token.secret.size(), token.secret.begin());
  sodium_memzero(bytes.data(), bytes.size());
  return token;
}

std::string ResumeToken::text() const {
  std::array<std::uint8_t, kTokenBytes> bytes{};
  std::copy(family.begin(), family.end(), bytes.begin());
  std::copy(secret.begin(), secret.end(), bytes.begin() + family.size());
  std::string text;
  text.reserve(kTextBytes);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::uint32_t bits =
        std::uint32_t{bytes[at]} << 16 | std::uint32_t{bytes[at + 1]} << 8 | bytes[at + 2];
    for (const unsigned shift : {18U, 12U, 6U, 0U}) text += kBase64[bits >> shift & 63U];
  }
  sodium_memzero(bytes.data(), bytes.size());
  return text;
}

ResumeCode ResumeCode::from(std::uint64_t random) noexcept {
  ResumeCode code;
  for (std::uint8_t& digit : code.digits) {
    digit = random & 31U;
    random >>= 5;
  }
  return code;
}

std::optional<ResumeCode> ResumeCode::parse(std::string_view text) noexcept {
  ResumeCode code;
  std::size_t count = 0;
  for (char c : text) {
    if (c == '-' || c == ' ') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    const std::size_t digit = kBase32.find(c);
    if (digit == std::string_view::npos || count == code.digits.size()) return std::nullopt;
    code.digits[count++] = static_cast<std::uint8_t>(digit);
  }
  if (count != code.digits.size()) return std::nullopt;
  return code;
}

std::string ResumeCode::text() const {
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % 4 == 0) text += '-';
    text += kBase32[digits[i]];
  }
  return text;
}

SecretHash hash_of(const ResumeToken& token) noexcept { return sha256(token.secret); }
SecretHash hash_of(const ResumeCode& code) noexcept { return sha256(code.digits); }

TokenVerdict judge(const ResumeKeys& keys, const ResumeToken& token,
                   std::chrono::system_clock::time_point now) noexcept {
  const SecretHash shown = hash_of(token);
  const bool current = same(shown, keys.current) && is_set(keys.current);
  const bool previous = same(shown, keys.previous) && is_set(keys.previous);
  if (current) return TokenVerdict::kCurrent;
  return previous && now < keys.previous_until ? TokenVerdict::kPrevious : TokenVerdict::kReused;
}

std::array<std::uint8_t, 32> successor(const SecretHash& shown, const SuccessorKey& key) noexcept {
  static_assert(crypto_auth_hmacsha256_KEYBYTES == SuccessorKey{}.size() &&
                crypto_auth_hmacsha256_BYTES == ResumeToken{}.secret.size());
  std::array<std::uint8_t, 32> secret{};
  crypto_auth_hmacsha256(secret.data(), shown.data(), shown.size(), key.data());
  return secret;
}

void rotate(ResumeKeys& keys, const SecretHash& shown, const ResumeToken& fresh,
            std::chrono::system_clock::time_point now) noexcept {
  keys.family = fresh.family;
  keys.previous = shown;
  keys.previous_until = now + kPreviousTokenLife;
  keys.current = hash_of(fresh);
}

void retire_previous(ResumeKeys& keys) noexcept {
  keys.previous = {};
  keys.previous_until = {};
}

}  // namespace wyld::session
