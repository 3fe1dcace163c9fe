#include "codec/proxy/proxy_header.h"

#include <gtest/gtest.h>

#include <array>

namespace wyld::proxy {
namespace {

using namespace std::string_literals;
using Kind = ProxyHeader::Kind;
using Step = ProxyDecoder::Step;

std::string hex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 3)
    out += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  return out;
}

const std::string kSignature = hex("0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A");
const std::string kTcp4Addresses = hex("CB 00 71 07 C6 33 64 01 C7 38 0F A0");

// A header of version 2 with its length filled in.
std::string version_2(unsigned char command, unsigned char family, const std::string& rest) {
  return kSignature + static_cast<char>(command) + static_cast<char>(family) +
         static_cast<char>(rest.size() >> 8) + static_cast<char>(rest.size()) + rest;
}
std::string tlv(unsigned char type, const std::string& value) {
  return ""s + static_cast<char>(type) + static_cast<char>(value.size() >> 8) +
         static_cast<char>(value.size()) + value;
}
std::string tcp4(const std::string& tlvs) { return version_2(0x21, 0x11, kTcp4Addresses + tlvs); }

// Independent of the decoder's: from a table, as the specification of iSCSI has it.
std::uint32_t crc32c(std::string_view bytes) {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0x82F63B78U : value >> 1;
    table[i] = value;
  }
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<unsigned char>(byte)) & 0xFF] ^ crc >> 8;
  return ~crc;
}
std::string with_checksum(const std::string& tlvs_before, const std::string& tlvs_after,
                          std::uint32_t change = 0) {
  std::string header = tcp4(tlvs_before + tlv(3, std::string(4, '\0')) + tlvs_after);
  const std::uint32_t crc = crc32c(header) ^ change;
  const std::size_t at = 16 + 12 + tlvs_before.size() + 3;
  for (std::size_t i = 0; i < 4; ++i) header[at + i] = static_cast<char>(crc >> (24 - 8 * i));
  return header;
}

struct Decoded {
  Step step = Step::kMore;
  ProxyHeader header;
  std::string problem;
  std::string rest;
};
Decoded decode(std::string_view wire, std::size_t cut = std::string_view::npos) {
  ProxyDecoder decoder;
  Decoded out;
  for (std::string_view piece :
       {wire.substr(0, cut), cut < wire.size() ? wire.substr(cut) : std::string_view()}) {
    out.step = decoder.feed(piece);
    out.rest += piece;
  }
  out.header = decoder.header();
  out.problem = decoder.problem();
  return out;
}

std::string shown(const ProxyHeader& header) {
  switch (header.kind) {
    case Kind::kLocal:
      return "local";
    case Kind::kUnknown:
      return "unknown";
    case Kind::kAddresses:
      break;
  }
  std::string out = header.source.text() + " > " + header.destination.text();
  if (header.tls) out += " tls " + header.tls_version;
  if (header.client_certificate) out += " cn " + header.client_common_name;
  if (!header.server_name.empty()) out += " sni " + header.server_name;
  if (!header.alpn.empty()) out += " alpn " + header.alpn;
  return out;
}

struct Good {
  std::string wire;
  const char* expected;
};
const std::vector<Good>& good_headers() {
  static const std::vector<Good> rows{
      {hex("50 52 4F 58 59 20 54 43 50 34 20 32 30 33 2E 30 2E 31 31 33 2E 37 20 31 39 38 2E 35 31 2E 31 30 "
           "30 2E 31 20 35 "
           "31 30 30 30 20 34 30 30 30 0D 0A"),
       "203.0.113.7:51000 > 198.51.100.1:4000"},
      {"PROXY TCP6 2001:db8::7 2001:db8::1 51000 4000\r\n", "[2001:db8::7]:51000 > [2001:db8::1]:4000"},
      {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
       "65535\r\n",
       "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535 > [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
      {"PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0:0 > 255.255.255.255:65535"},
      {hex("50 52 4F 58 59 20 55 4E 4B 4E 4F 57 4E 0D 0A"), "unknown"},
      {"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
       "65535\r\n",
       "unknown"},
      {hex("0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A 21 11 00 0C CB 00 71 07 C6 33 64 01 C7 38 0F A0"),
       "203.0.113.7:51000 > 198.51.100.1:4000"},
      {hex("0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A 21 21 00 24 20 01 0D B8 00 00 00 00 00 00 00 00 00 00 00 07 "
           "20 01 0D B8 00 "
           "00 00 00 00 00 00 00 00 00 00 01 C7 38 0F A0"),
       "[2001:db8::7]:51000 > [2001:db8::1]:4000"},
      {hex("0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A 20 00 00 00"), "local"},
      {hex("0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A 21 11 00 1E CB 00 71 07 C6 33 64 01 C7 38 0F A0 20 00 0F 01 "
           "00 00 00 01 21 "
           "00 07 54 4C 53 76 31 2E 33"),
       "203.0.113.7:51000 > 198.51.100.1:4000 tls TLSv1.3"},
      {version_2(0x20, 0x11, "anything, of any length"), "local"},
      {version_2(0x21, 0x00, "addresses of a family that nobody knows"), "unknown"},
      {version_2(0x21, 0x31, std::string(216, '\0')), "unknown"},
      {tcp4(tlv(0x20, "\7\0\0\0\0"s + tlv(0x21, "TLSv1.2") + tlv(0x22, "Ada") + tlv(0x23, "ECDHE-X"))),
       "203.0.113.7:51000 > 198.51.100.1:4000 tls TLSv1.2 cn Ada"},
      {tcp4(tlv(0x20, "\7\0\0\0\1"s + tlv(0x22, "Eve, not verified"))),
       "203.0.113.7:51000 > 198.51.100.1:4000 tls "},
      {tcp4(tlv(0x20, "\0\0\0\0\0"s)), "203.0.113.7:51000 > 198.51.100.1:4000"},
      {tcp4(tlv(1, "http/1.1") + tlv(2, "play.example.org") + tlv(4, "") + tlv(5, std::string(128, 'u')) +
            tlv(0xE5, "x")),
       "203.0.113.7:51000 > 198.51.100.1:4000 sni play.example.org alpn http/1.1"},
      {with_checksum(tlv(2, "a.example"), tlv(4, "pad")),
       "203.0.113.7:51000 > 198.51.100.1:4000 sni a.example"},
      {tcp4([] {
         std::string all;
         for (std::size_t i = 0; i < ProxyDecoder::kTlvsMax; ++i) all += tlv(4, "");
         return all;
       }()),
       "203.0.113.7:51000 > 198.51.100.1:4000"},
      {tcp4(tlv(4, std::string(ProxyDecoder::kBytesMax - 16 - 12 - 3, 'x'))),
       "203.0.113.7:51000 > 198.51.100.1:4000"},
  };
  return rows;
}

TEST(ProxyDecoder, ReadsEveryHeaderHoweverItIsCutAndLeavesWhatFollows) {
  for (const Good& row : good_headers()) {
    const std::string wire = row.wire + "look\r\n";
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
      const Decoded decoded = decode(wire, cut);
      EXPECT_EQ(decoded.step, Step::kDone) << decoded.problem;
      EXPECT_EQ(shown(decoded.header), row.expected) << "cut at byte " << cut;
      EXPECT_EQ(decoded.rest, "look\r\n") << "cut at byte " << cut;
    }
    for (std::size_t count = 0; count < row.wire.size(); ++count)
      EXPECT_EQ(decode(std::string_view(row.wire).substr(0, count)).step, Step::kMore);
  }
}

TEST(ProxyDecoder, RefusesWhatIsNoHeaderHoweverItIsCut) {
  const std::string longest = "PROXY TCP4 203.0.113.7 198.51.100.1 51000 4000";
  struct Bad {
    std::string wire;
    const char* problem;
  };
  for (const Bad& row : {
           Bad{"look\r\n", "the connection does not begin with a PROXY header"},
           Bad{"PROXX TCP4", "the connection does not begin with a PROXY header"},
           Bad{"proxy TCP4 203.0.113.7 198.51.100.1 1 2\r\n",
               "the connection does not begin with a PROXY header"},
           Bad{"\x16\3\1", "the connection does not begin with a PROXY header"},
           Bad{"\r\n\r\nlook", "the connection does not begin with a PROXY header"},
           Bad{"\xFF\xFD\x01", "the connection does not begin with a PROXY header"},
           Bad{"PROXY TCP4 203.0.113.7 198.51.100.1 1 2\n", "a PROXY line ends with CR LF"},
           Bad{"PROXY TCP4 203.0.113.7 198.51.100.1 1 2\r \n", "a PROXY line ends with CR LF"},
           Bad{"PROXY UNKNOWN\rx", "a PROXY line ends with CR LF"},
           Bad{"PROXY \n", "a PROXY line ends with CR LF"},
           Bad{"PROXY UNKNOWN " + std::string(200, 'x'), "a PROXY line is too long"},
           Bad{"PROXY \r\n", "a PROXY line of an unknown protocol"},
           Bad{"PROXY UDP4 203.0.113.7 198.51.100.1 1 2\r\n", "a PROXY line of an unknown protocol"},
           Bad{"PROXY  TCP4 203.0.113.7 198.51.100.1 1 2\r\n", "a PROXY line of an unknown protocol"},
           Bad{"PROXY TCP4 203.0.113.7 198.51.100.1 1\r\n", "a PROXY line has two addresses and two ports"},
           Bad{"PROXY TCP4 203.0.113.7 198.51.100.1 1 2 3\r\n",
               "a PROXY line has two addresses and two ports"},
           Bad{"PROXY TCP4 203.0.113.7  198.51.100.1 1 2\r\n",
               "a PROXY line has two addresses and two ports"},
           Bad{"PROXY TCP4 203.0.113.7 198.51.100.1 01 2\r\n", "a PROXY line has a port that is none"},
           Bad{"PROXY TCP4 203.0.113.7 198.51.100.1 +1 2\r\n", "a PROXY line has a port that is none"},
           Bad{"PROXY TCP4 203.0.113.7 198.51.100.1 -1 2\r\n", "a PROXY line has a port that is none"},
           Bad{"PROXY TCP4 203.0.113.7 198.51.100.1 65536 2\r\n", "a PROXY line has a port that is none"},
           Bad{"PROXY TCP4 203.0.113.7 198.51.100.1 1 \r\n", "a PROXY line has a port that is none"},
           Bad{"PROXY TCP4 203.0.113 198.51.100.1 1 2\r\n",
               "a PROXY line has an address that is none of its protocol"},
           Bad{"PROXY TCP4 203.0.113.256 198.51.100.1 1 2\r\n",
               "a PROXY line has an address that is none of its protocol"},
           Bad{"PROXY TCP4 203.0.113.07 198.51.100.1 1 2\r\n",
               "a PROXY line has an address that is none of its protocol"},
           Bad{"PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n",
               "a PROXY line has an address that is none of its protocol"},
           Bad{"PROXY TCP6 203.0.113.7 198.51.100.1 1 2\r\n",
               "a PROXY line has an address that is none of its protocol"},
           Bad{"PROXY TCP4 203.0.113.7\0x 198.51.100.1 1 2\r\n"s,
               "a PROXY line has an address that is none of its protocol"},
           Bad{version_2(0x31, 0x11, kTcp4Addresses), "a PROXY header of an unknown version or command"},
           Bad{version_2(0x22, 0x11, kTcp4Addresses), "a PROXY header of an unknown version or command"},
           Bad{version_2(0x21, 0x12, kTcp4Addresses), "a PROXY header of a family that is no stream"},
           Bad{version_2(0x21, 0x41, kTcp4Addresses), "a PROXY header of a family that is no stream"},
           Bad{version_2(0x21, 0x11, kTcp4Addresses.substr(1)),
               "a PROXY header is too short for its addresses"},
           Bad{version_2(0x21, 0x21, kTcp4Addresses), "a PROXY header is too short for its addresses"},
           Bad{version_2(0x21, 0x31, std::string(215, '\0')),
               "a PROXY header is too short for its addresses"},
           Bad{kSignature + "\x21\x11\xFF\xFF", "a PROXY header is too long"},
           Bad{tcp4(tlv(4, std::string(ProxyDecoder::kBytesMax - 16 - 12 - 2, 'x'))),
               "a PROXY header is too long"},
           Bad{tcp4("\4"), "a field of a PROXY header reaches beyond it"},
           Bad{tcp4("\4\0\2x"s), "a field of a PROXY header reaches beyond it"},
           Bad{tcp4(tlv(0x20, "\1\0\0\0")), "the TLS field of a PROXY header is too short"},
           Bad{tcp4(tlv(0x20, "\1\0\0\0\0\x21\0\5x"s)), "a field of a PROXY header reaches beyond it"},
           Bad{tcp4(tlv(0x20, "\1\0\0\0\0"s + tlv(0x21, std::string(256, 'x')))),
               "a text in a PROXY header is too long"},
           Bad{tcp4(tlv(2, std::string(256, 'x'))), "a text in a PROXY header is too long"},
           Bad{tcp4(tlv(5, std::string(129, 'x'))), "an id in a PROXY header is too long"},
           Bad{tcp4(tlv(3, "abc")), "a checksum of a PROXY header has four bytes"},
           Bad{with_checksum("", tlv(4, "x"), 1), "the checksum of a PROXY header is wrong"},
           Bad{tcp4([] {
                 std::string all;
                 for (std::size_t i = 0; i <= ProxyDecoder::kTlvsMax; ++i) all += tlv(4, "");
                 return all;
               }()),
               "a PROXY header has too many fields"},
       }) {
    for (std::size_t cut = 0; cut <= row.wire.size(); ++cut) {
      const Decoded decoded = decode(row.wire, cut);
      EXPECT_EQ(decoded.step, Step::kFailed) << row.problem;
      EXPECT_EQ(decoded.problem, row.problem) << "cut at byte " << cut;
      EXPECT_EQ(shown(decoded.header), "unknown");
    }
  }
}

TEST(ProxyDecoder, ALineOfExactlyTheBoundIsRead) {
  const std::string line = "PROXY UNKNOWN " + std::string(107 - 14 - 2, 'x') + "\r\n";
  ASSERT_EQ(line.size(), 107U);
  EXPECT_EQ(decode(line).step, Step::kDone);
  EXPECT_EQ(decode("PROXY UNKNOWN " + std::string(107 - 14 - 1, 'x') + "\r\n").step, Step::kFailed);
}

runtime::SocketAddress address(std::string_view host, std::uint16_t port) {
  return *runtime::numeric_address(host, port);
}

TEST(ProxyEncoder, WritesVersion1) {
  const auto line = [](std::string_view source, std::string_view destination) {
    std::string out;
    append_proxy_v1(address(source, 51000), address(destination, 4000), out);
    return out;
  };
  EXPECT_EQ(line("203.0.113.7", "198.51.100.1"), good_headers()[0].wire);
  EXPECT_EQ(line("2001:db8::7", "2001:db8::1"), good_headers()[1].wire);
  EXPECT_EQ(line("::ffff:203.0.113.7", "198.51.100.1"), good_headers()[0].wire);
  EXPECT_EQ(line("203.0.113.7", "2001:db8::1"), "PROXY TCP6 ::ffff:203.0.113.7 2001:db8::1 51000 4000\r\n");
  EXPECT_EQ(line("2001:db8::7", "198.51.100.1"), "PROXY TCP6 2001:db8::7 ::ffff:198.51.100.1 51000 4000\r\n");
  std::string unknown;
  append_proxy_v1({}, address("198.51.100.1", 1), unknown);
  EXPECT_EQ(unknown, "PROXY UNKNOWN\r\n");
  for (const std::string& wire : {line("203.0.113.7", "2001:db8::1"), line("2001:db8::7", "198.51.100.1")})
    EXPECT_EQ(decode(wire).step, Step::kDone);
}

TEST(ProxyEncoder, WritesVersion2) {
  ProxyHeader header;
  const auto wire = [&] {
    std::string out;
    append_proxy_v2(header, out);
    return out;
  };
  EXPECT_EQ(wire(), version_2(0x21, 0x00, ""));
  header.kind = Kind::kLocal;
  EXPECT_EQ(wire(), hex("0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A 20 00 00 00"));
  header.kind = Kind::kAddresses;
  header.source = address("203.0.113.7", 51000);
  header.destination = address("198.51.100.1", 4000);
  EXPECT_EQ(wire(), tcp4(""));
  header.tls = true;
  header.tls_version = "TLSv1.3";
  EXPECT_EQ(wire(), good_headers()[9].wire);
  header.source = address("2001:db8::7", 51000);
  header.client_certificate = true;
  header.client_common_name = "Ada";
  header.server_name = "play.example.org";
  header.alpn = "http/1.1";
  const Decoded back = decode(wire());
  EXPECT_EQ(back.step, Step::kDone) << back.problem;
  EXPECT_EQ(shown(back.header),
            "[2001:db8::7]:51000 > 198.51.100.1:4000 tls TLSv1.3 cn Ada sni play.example.org alpn http/1.1");
  header.server_name = std::string(100000, 'x');
  header.client_common_name = header.server_name;
  header.alpn = header.server_name;
  EXPECT_EQ(decode(wire()).step, Step::kDone);
}

}  // namespace
}  // namespace wyld::proxy
