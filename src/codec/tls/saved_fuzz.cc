// Loads any bytes into a record layer. Refused, they change nothing; taken, the layer keeps its promises, and
// saves what loads again.

#include <cstdint>

#include "base/check.h"
#include "codec/tls/savable_record_layer.h"

namespace {

using namespace wyld;
using namespace wyld::tls;

constexpr archive::TimePoint kNow{std::chrono::hours(1)};
const RecordOptions kOptions;

archive::Buffer frozen(SavableRecordLayer& layer) {
  layer.freeze();
  auto bytes = archive::save(layer, kNow);
  WYLD_CHECK(bytes.has_value());
  return std::move(*bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  SavableRecordLayer layer(kOptions);
  std::string out;
  if (!archive::load(bytes, kNow, layer)) {
    layer.wipe();  // what is still dead can be loaded into
    WYLD_CHECK(!layer.movable());
    return 0;
  }
  layer.take_over();
  WYLD_CHECK(layer.movable());
  const archive::Buffer once = frozen(layer);
  layer.wipe();
  SavableRecordLayer second(kOptions);
  WYLD_CHECK(archive::load(once.view(), kNow, second).has_value());
  second.take_over();
  const archive::Buffer twice = frozen(second);
  WYLD_CHECK(once.view() == twice.view());
  second.take_back();
  // Whatever record is under way ends, and the next one is not genuine.
  WYLD_CHECK(second.seal("You are standing at a crossroads.", out) || *second.problem() != 0);
  std::string input(40000, '\x17');
  std::span<char> rest(input);
  const Opened opened = second.open(rest);
  WYLD_CHECK(opened.kind == (second.peer_closed() ? Opened::Kind::kClosed : Opened::Kind::kFailed));
  second.close(out);
  return 0;
}
