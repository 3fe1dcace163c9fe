#pragma once
// Numbers of the Telnet protocol (RFC 854, RFC 855) and of the options a text world meets.
// docs/protocols/telnet.md says what the gateway does with each.

#include <cstdint>

namespace wyld::telnet {

// The byte after IAC.
enum class Command : std::uint8_t {
  kEndOfFile = 236,  // RFC 1184
  kSuspend = 237,    // RFC 1184
  kAbort = 238,      // RFC 1184
  kEor = 239,        // RFC 885
  kSe = 240,
  kNop = 241,
  kDataMark = 242,
  kBreak = 243,
  kInterruptProcess = 244,
  kAbortOutput = 245,
  kAreYouThere = 246,
  kEraseCharacter = 247,
  kEraseLine = 248,
  kGoAhead = 249,
  kSb = 250,
  kWill = 251,
  kWont = 252,
  kDo = 253,
  kDont = 254,
  kIac = 255,
};

inline constexpr char kIac = '\xff';

namespace option {
inline constexpr std::uint8_t kBinary = 0;           // RFC 856
inline constexpr std::uint8_t kEcho = 1;             // RFC 857
inline constexpr std::uint8_t kSuppressGoAhead = 3;  // RFC 858
inline constexpr std::uint8_t kTimingMark = 6;       // RFC 860
inline constexpr std::uint8_t kTerminalType = 24;    // RFC 1091
inline constexpr std::uint8_t kEndOfRecord = 25;     // RFC 885
inline constexpr std::uint8_t kWindowSize = 31;      // RFC 1073
inline constexpr std::uint8_t kLinemode = 34;        // RFC 1184
inline constexpr std::uint8_t kNewEnviron = 39;      // RFC 1572
inline constexpr std::uint8_t kCharset = 42;         // RFC 2066
inline constexpr std::uint8_t kGmcp = 201;           // Generic Mud Communication Protocol
}  // namespace option

}  // namespace wyld::telnet
