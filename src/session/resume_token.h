#pragma once
// What a client shows to come back to its session: a token that programs keep, or a code that people type.
// Pure functions; randomness is brought along.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "session/session_record.h"

namespace wyld::session {

using SecretHash = std::array<std::uint8_t, 32>;
using ResumeFamily = std::array<std::uint8_t, 16>;

// 64 characters of [A-Za-z0-9_-]: 128 bits that name the session's family of tokens and stay the same, and
// 256 secret ones that change with each use. The family part is what tells a token that was used before from
// one that never was.
struct ResumeToken {
  static constexpr std::size_t kTextBytes = 64;

  ResumeFamily family{};
  std::array<std::uint8_t, 32> secret{};

  [[nodiscard]] static std::optional<ResumeToken> parse(std::string_view text) noexcept;
  [[nodiscard]] std::string text() const;
};

// 60 bits as people can type them: "7KQ2-M9XP-4DTH", in Crockford's base 32 (no I, L, O, U).
struct ResumeCode {
  static constexpr std::size_t kTextBytes = 14;

  std::array<std::uint8_t, 12> digits{};  // 0 to 31

  // `random`: 60 of its bits are used.
  [[nodiscard]] static ResumeCode from(std::uint64_t random) noexcept;
  // Case, hyphens and spaces do not matter; O is 0, I and L are 1.
  [[nodiscard]] static std::optional<ResumeCode> parse(std::string_view text) noexcept;
  [[nodiscard]] std::string text() const;
};

// SHA-256.
[[nodiscard]] SecretHash hash_of(const ResumeToken& token) noexcept;
[[nodiscard]] SecretHash hash_of(const ResumeCode& code) noexcept;

enum class TokenVerdict : std::uint8_t {
  kCurrent,   // given out last
  kPrevious,  // the one before, while it may still be used: the reply with the new one was lost
  kReused,    // retired: somebody has a copy
};

// `keys` belong to the token's family. Takes the same time for every wrong secret.
[[nodiscard]] TokenVerdict judge(const ResumeKeys& keys, const ResumeToken& token,
                                 std::chrono::system_clock::time_point now) noexcept;

// How long the token before stays good, unless the client shows sooner that it has the new one. Long, because
// a reply that was lost is noticed when the client comes back, and that may be after a night's sleep.
inline constexpr std::chrono::hours kPreviousTokenLife{24};

// The secret that follows the one with this hash. The same for the same `key`: two connections that show one
// token, because an answer was late or a tab was copied, are given one and the same next.
using SuccessorKey = std::array<std::uint8_t, 32>;
[[nodiscard]] std::array<std::uint8_t, 32> successor(const SecretHash& shown,
                                                     const SuccessorKey& key) noexcept;

// Gives the family a new token. `shown`: what came with this resume, which becomes the previous one.
void rotate(ResumeKeys& keys, const SecretHash& shown, const ResumeToken& fresh,
            std::chrono::system_clock::time_point now) noexcept;
// The client has the current token: the one before is retired.
void retire_previous(ResumeKeys& keys) noexcept;

[[nodiscard]] constexpr bool is_set(const ResumeFamily& family) noexcept { return family != ResumeFamily{}; }
[[nodiscard]] constexpr bool is_set(const SecretHash& hash) noexcept { return hash != SecretHash{}; }

}  // namespace wyld::session
