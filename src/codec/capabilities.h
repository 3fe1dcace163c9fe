#pragma once
// What a player's client can do, whichever protocol told us. Plain data: copied, saved, compared.

#include <cstdint>
#include <string>

#include "base/archive.h"

namespace wyld {

// Columns and rows of the client's text area. 0 means unknown.
struct WindowSize {
  std::uint16_t columns = 0;
  std::uint16_t rows = 0;
  friend bool operator==(const WindowSize&, const WindowSize&) = default;
};

enum class Charset : std::uint8_t { kUtf8, kLatin1, kAscii };

// Bits of the Mud Terminal Type Standard, as the third TTYPE answer "MTTS <decimal>" carries them.
namespace mtts {
inline constexpr std::uint32_t kAnsi = 1;
inline constexpr std::uint32_t kVt100 = 2;
inline constexpr std::uint32_t kUtf8 = 4;
inline constexpr std::uint32_t k256Colors = 8;
inline constexpr std::uint32_t kMouseTracking = 16;
inline constexpr std::uint32_t kOscColorPalette = 32;
inline constexpr std::uint32_t kScreenReader = 64;
inline constexpr std::uint32_t kProxy = 128;
inline constexpr std::uint32_t kTruecolor = 256;
inline constexpr std::uint32_t kMnes = 512;
inline constexpr std::uint32_t kMslp = 1024;
inline constexpr std::uint32_t kSsl = 2048;
}  // namespace mtts

// Strings hold printable ASCII only, at most kCapabilityTextBytesMax; decoders see to it.
inline constexpr std::size_t kCapabilityTextBytesMax = 64;

struct Capabilities {
  static constexpr archive::Schema kArchive{"capabilities", 1};

  void save(archive::Writer& out) const;
  // Refuses texts that no decoder would have taken.
  void load(archive::Reader& in);

  std::string client_name;     // first TTYPE answer or MNES CLIENT_NAME, e.g. "MUDLET"; empty: unknown
  std::string client_version;  // MNES CLIENT_VERSION; empty: unknown
  std::string terminal_type;   // second TTYPE answer, e.g. "XTERM-256COLOR"; empty: unknown
  std::uint32_t mtts = 0;      // mtts:: bits; 0: the client never said
  WindowSize window;
  Charset charset = Charset::kUtf8;
  // False: the client has refused CHARSET, or every name offered, and has told its charset by no other means.
  bool charset_agreed = false;
  bool gmcp = false;  // the side channel is on
  friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

}  // namespace wyld
