// Reads any bytes as an archive, in every way that a class may read a field: no step outside of the input,
// and an error that has a place. Whatever could be read is written again, and reads the same.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/archive.h"
#include "base/check.h"

namespace {

using namespace wyld;
using namespace wyld::archive;

enum class Sign : std::uint8_t { kOne, kTwo, kThree };

// Takes a field of each tag in another way; sections are read as this class, too.
struct Anything {
  static constexpr Schema kArchive{"anything", 3};

  void save(Writer& out) const {
    out.field(1, small);
    out.field(2, large);
    out.field(3, sign);
    out.flags(4, {bit, other_bit});
    out.field(5, text);
    out.secret(6, secret);
    out.field(7, time);
    for (const std::string& element : list) out.element(8, element);
    if (inner != nullptr) out.save(9, *inner);
  }
  void load(Reader& in) {
    Anything fresh;
    while (in.next()) {
      switch (in.tag()) {
        case 1:
          in.read(fresh.small, std::uint8_t{200});
          break;
        case 2:
          in.read(fresh.large);
          break;
        case 3:
          in.read(fresh.sign, Sign::kThree);
          break;
        case 4:
          in.flags({&fresh.bit, &fresh.other_bit});
          break;
        case 5:
          in.read(fresh.text, 16);
          break;
        case 6:
          in.read(fresh.secret, 1000);
          break;
        case 7:
          in.read(fresh.time);
          break;
        case 8:
          fresh.list.emplace_back(in.bytes());
          break;
        case 9:
          fresh.inner = std::make_unique<Anything>();
          in.load(*fresh.inner);
          break;
        default:
          break;
      }
    }
    in.require(fresh.small != 77, "seventy-seven");
    if (in.ok()) *this = std::move(fresh);
  }

  std::uint8_t small = 0;
  std::uint64_t large = 0;
  Sign sign = Sign::kOne;
  bool bit = false;
  bool other_bit = false;
  std::string text;
  std::string secret;
  TimePoint time{};
  std::vector<std::string> list;
  std::unique_ptr<Anything> inner;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const TimePoint now{std::chrono::hours(1)};
  WYLD_CHECK(outline(bytes).size() <= kOutlineBytesMax + 1000);

  Reader in(bytes, now);
  Anything top;
  top.load(in);
  WYLD_CHECK(in.ok() == in.problem().empty());
  if (!in.ok()) {
    WYLD_CHECK(in.error_at() <= size);
    WYLD_CHECK(top.small == 0 && top.list.empty() && top.inner == nullptr);
    return 0;
  }
  Writer out(now);
  top.save(out);
  const Buffer first = *out.finish();
  Reader again(first.view(), now);
  Anything copy;
  copy.load(again);
  WYLD_CHECK(again.ok());
  Writer second(now);
  copy.save(second);
  WYLD_CHECK(second.finish()->view() == first.view());
  return 0;
}
