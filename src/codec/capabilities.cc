#include "codec/capabilities.h"

#include <algorithm>

namespace wyld {
namespace {

namespace saved {
enum : std::uint32_t {
  kClientName = 1,
  kClientVersion = 2,
  kTerminalType = 3,
  kMtts = 4,
  kColumns = 5,
  kRows = 6,
  kCharset = 7,
  kFlags = 8,
};
}  // namespace saved

bool is_printable_ascii(const std::string& text) noexcept {
  return std::ranges::all_of(text, [](char byte) { return byte >= 0x20 && byte < 0x7F; });
}

}  // namespace

void Capabilities::save(archive::Writer& out) const {
  out.field(saved::kClientName, client_name);
  out.field(saved::kClientVersion, client_version);
  out.field(saved::kTerminalType, terminal_type);
  out.field(saved::kMtts, mtts);
  out.field(saved::kColumns, window.columns);
  out.field(saved::kRows, window.rows);
  out.field(saved::kCharset, charset);
  out.flags(saved::kFlags, {charset_agreed, gmcp});
}

void Capabilities::load(archive::Reader& in) {
  Capabilities fresh;
  while (in.next()) {
    switch (in.tag()) {
      case saved::kClientName:
        in.read(fresh.client_name, kCapabilityTextBytesMax);
        break;
      case saved::kClientVersion:
        in.read(fresh.client_version, kCapabilityTextBytesMax);
        break;
      case saved::kTerminalType:
        in.read(fresh.terminal_type, kCapabilityTextBytesMax);
        break;
      case saved::kMtts:
        in.read(fresh.mtts);
        break;
      case saved::kColumns:
        in.read(fresh.window.columns);
        break;
      case saved::kRows:
        in.read(fresh.window.rows);
        break;
      case saved::kCharset:
        in.read(fresh.charset, Charset::kAscii);
        break;
      case saved::kFlags:
        in.flags({&fresh.charset_agreed, &fresh.gmcp});
        break;
      default:
        break;
    }
  }
  for (const std::string* text : {&fresh.client_name, &fresh.client_version, &fresh.terminal_type})
    in.require(is_printable_ascii(*text), "a text is not printable ASCII");
  if (in.ok()) *this = std::move(fresh);
}

}  // namespace wyld
