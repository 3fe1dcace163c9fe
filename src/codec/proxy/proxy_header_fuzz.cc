// Any bytes as the beginning of a connection: the same result however they are cut, and what was read says
// the same when it is written again. Byte 0 of the input chooses the cuts.

#include "base/check.h"
#include "codec/proxy/proxy_header.h"
#include "testing/cuts.h"

namespace {

using namespace wyld;
using proxy::ProxyDecoder;
using proxy::ProxyHeader;
using Step = ProxyDecoder::Step;

void require_same(const ProxyHeader& a, const ProxyHeader& b) {
  WYLD_CHECK(a.kind == b.kind && a.source.text() == b.source.text() &&
             a.destination.text() == b.destination.text());
  WYLD_CHECK(a.tls == b.tls && a.client_certificate == b.client_certificate &&
             a.server_name == b.server_name && a.alpn == b.alpn);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string input(data + 1, data + size);
  ProxyDecoder whole;
  std::string_view rest = input;
  const Step step = whole.feed(rest);
  WYLD_CHECK(step != Step::kMore || rest.empty());
  WYLD_CHECK((step == Step::kFailed) == (*whole.problem() != 0));

  ProxyDecoder pieces;
  std::size_t left = 0;
  Step last = Step::kMore;
  for (std::string_view piece : testing::cut_in_pieces(input, data[0])) {
    last = pieces.feed(piece);
    left += piece.size();
  }
  WYLD_CHECK(last == step && std::string_view(whole.problem()) == pieces.problem());
  require_same(whole.header(), pieces.header());
  if (step != Step::kDone) return 0;
  WYLD_CHECK(left == rest.size());
  const ProxyHeader& header = whole.header();
  WYLD_CHECK(header.tls_version.size() <= ProxyDecoder::kTextBytesMax &&
             header.client_common_name.size() <= ProxyDecoder::kTextBytesMax);

  std::string again;
  proxy::append_proxy_v2(header, again);
  ProxyDecoder second;
  std::string_view wire = again;
  WYLD_CHECK(second.feed(wire) == Step::kDone && wire.empty());
  require_same(header, second.header());
  again.clear();
  proxy::append_proxy_v1(header.source, header.destination, again);
  ProxyDecoder third;
  wire = again;
  WYLD_CHECK(again.size() <= 107 && third.feed(wire) == Step::kDone && wire.empty());
  WYLD_CHECK(third.header().source.text() == header.source.text() ||
             header.kind != ProxyHeader::Kind::kAddresses);
  return 0;
}
