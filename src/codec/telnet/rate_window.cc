#include "codec/telnet/rate_window.h"

namespace wyld::telnet {
namespace {

namespace saved {
enum : std::uint32_t { kBegin = 1, kCount = 2 };
}

}  // namespace

void RateWindow::save(archive::Writer& out) const {
  out.field(saved::kBegin, begin_);
  out.field(saved::kCount, count_);
}

void RateWindow::load(archive::Reader& in) {
  RateWindow fresh;
  while (in.next()) {
    switch (in.tag()) {
      case saved::kBegin:
        in.read(fresh.begin_);
        break;
      case saved::kCount:
        in.read(fresh.count_);
        break;
      default:
        break;
    }
  }
  if (in.ok()) *this = fresh;
}

}  // namespace wyld::telnet
