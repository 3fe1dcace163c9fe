// The same bytes give the same heads, whole and cut, and none that is longer than allowed. Byte 0 of the
// input chooses the cuts; the rest is what the client sends.

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/head_reader.h"
#include "testing/cuts.h"

namespace {

using wyld::http::HeadReader;

constexpr std::size_t kHeadBytesMax = 256;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Heads {
  std::vector<std::string> requests;
  bool refused = false;
  bool has_more = false;
};

std::string written(const wyld::http::Request& request) {
  std::string text = std::string(request.method) + ' ' + std::string(request.target);
  text += request.http_1_1 ? " 1.1" : " 1.0";
  if (request.keep_alive) text += " keep-alive";
  if (request.has_body) text += " body";
  for (const wyld::http::Header& header : request.headers) {
    text += '\n';
    text += header.name;
    text += ':';
    text += header.value;
  }
  return text;
}

Heads read(const std::vector<std::string_view>& pieces) {
  HeadReader reader(kHeadBytesMax);
  Heads heads;
  for (const std::string_view piece : pieces) {
    reader.append(piece);
    for (;;) {
      const HeadReader::Outcome outcome = reader.read();
      if (outcome == HeadReader::Outcome::kNeedMore) break;
      if (outcome != HeadReader::Outcome::kHead) {
        heads.refused = true;
        return heads;
      }
      heads.requests.push_back(written(reader.request()));
    }
  }
  heads.has_more = reader.has_more();
  require(reader.take_rest().size() <= kHeadBytesMax);
  return heads;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t bytes) {
  if (bytes < 1) return 0;
  const std::string input(data + 1, data + bytes);
  const Heads whole = read({input});
  const Heads cut = read(wyld::testing::cut_in_pieces(input, data[0]));
  require(whole.requests == cut.requests);
  // A malformed head may be known as such at once, or only at its end.
  if (whole.refused || cut.refused) {
    require((whole.refused || whole.has_more) && (cut.refused || cut.has_more));
  } else {
    require(whole.has_more == cut.has_more);
  }
  return 0;
}
