// Records of a peer that has the keys and breaks the rules, and bytes of one that has not. The same bytes
// give the same text however they are cut, and no text but that of genuine records. Byte 0 of the input
// chooses suite and side, byte 1 the cuts; the rest are commands: what, how many bytes (two bytes), and that
// many bytes.

#include <cstdlib>

#include "codec/tls/forge_fixture.h"
#include "testing/cuts.h"

namespace {

using namespace wyld;
using namespace wyld::tls;

constexpr std::array<std::uint16_t, 6> kSuites{0x1301, 0x1302, 0x1303, 0xC02B, 0xC030, 0xCCA8};

struct Outcome {
  std::string text;
  Opened::Kind end = Opened::Kind::kMore;
  std::string problem;
  std::string closing;
};

template <typename Pieces>
Outcome run(const tls::testing::Forge& forge, const Pieces& pieces) {
  static const RecordOptions options;
  const auto layer = forge.layer(options);
  Outcome out;
  for (const std::string_view piece : pieces) {
    std::string copy(piece);
    std::span<char> input(copy);
    for (;;) {
      const Opened opened = layer->open(input);
      out.end = opened.kind;
      if (opened.kind != Opened::Kind::kText) break;
      WYLD_CHECK(!opened.text.empty() && opened.text.size() <= kTextBytesMax);
      out.text.append(opened.text.begin(), opened.text.end());
    }
    WYLD_CHECK(input.empty());
  }
  out.problem = layer->problem();
  WYLD_CHECK((out.end == Opened::Kind::kFailed) == !out.problem.empty());
  if (out.end != Opened::Kind::kFailed) WYLD_CHECK(layer->seal("text", out.closing));
  layer->close(out.closing);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2) return 0;
  tls::testing::Forge forge(kSuites[data[0] / 2 % kSuites.size()], (data[0] & 1) != 0);
  std::string wire;
  std::string promised;  // all text that a genuine record has
  std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  const bool tls13 = forge.suite().version == Version::kTls13;
  while (rest.size() >= 3 && wire.size() < 200000) {
    const auto what = static_cast<unsigned char>(rest[0]);
    const std::size_t count =
        static_cast<unsigned char>(rest[1]) | std::size_t{static_cast<unsigned char>(rest[2])} << 8;
    rest.remove_prefix(3);
    const std::string_view bytes = rest.substr(0, count);
    rest.remove_prefix(bytes.size());
    switch (what % 8) {
      case 0:
        wire += forge.text(bytes);
        promised += bytes;
        break;
      case 1:
        wire += forge.record(ContentType::kHandshake, bytes);
        break;
      case 2:
        wire += forge.record(ContentType::kAlert, bytes);
        break;
      case 3:
        wire += tls13 ? forge.key_update((count & 1) != 0) : forge.text("");
        break;
      case 4:
        wire += forge.record(ContentType::kApplicationData, bytes, count % 300);
        promised += bytes;
        break;
      case 5:
        wire += forge.raw(what, bytes);
        break;
      case 6:
        if (tls13) forge.next_keys();
        break;
      default:
        wire += bytes;
    }
  }
  const Outcome whole = run(forge, std::array<std::string_view, 1>{wire});
  const Outcome pieces = run(forge, wyld::testing::cut_in_pieces(wire, data[1]));
  WYLD_CHECK(whole.text == pieces.text && whole.end == pieces.end && whole.problem == pieces.problem &&
             whole.closing == pieces.closing);
  WYLD_CHECK(promised.starts_with(whole.text) || !tls13);
  return 0;
}
