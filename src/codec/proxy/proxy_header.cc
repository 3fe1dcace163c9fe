#include "codec/proxy/proxy_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

namespace wyld::proxy {
namespace {

using runtime::SocketAddress;
using Bytes16 = std::array<char, 16>;

constexpr std::string_view kVersion1("PROXY ");
constexpr std::size_t kLineBytesMax = 107;  // with CR LF
constexpr std::string_view kVersion2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kHeaderBytes = 16;

constexpr unsigned char kLocalCommand = 0x20;
constexpr unsigned char kProxyCommand = 0x21;
constexpr unsigned char kUnspecified = 0x00;
constexpr unsigned char kTcp4 = 0x11;
constexpr unsigned char kTcp6 = 0x21;
constexpr unsigned char kUnixStream = 0x31;
constexpr std::size_t kTcp4Bytes = 12;
constexpr std::size_t kTcp6Bytes = 36;
constexpr std::size_t kUnixBytes = 216;

constexpr unsigned char kTlvAlpn = 0x01;
constexpr unsigned char kTlvAuthority = 0x02;
constexpr unsigned char kTlvChecksum = 0x03;
constexpr unsigned char kTlvUniqueId = 0x05;
constexpr std::size_t kUniqueIdBytesMax = 128;
constexpr unsigned char kTlvTls = 0x20;
constexpr unsigned char kTlvTlsVersion = 0x21;
constexpr unsigned char kTlvTlsCommonName = 0x22;
constexpr std::size_t kTlvHeaderBytes = 3;
constexpr std::size_t kTlsHeaderBytes = 5;  // flags and the result of verifying
constexpr unsigned char kClientTls = 0x01;
constexpr unsigned char kClientCertificates = 0x02 | 0x04;  // of this connection, of this session

unsigned char byte_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<unsigned char>(bytes[at]);
}
std::size_t number_at(std::string_view bytes, std::size_t at) noexcept {
  return std::size_t{byte_at(bytes, at)} << 8 | byte_at(bytes, at + 1);
}
void append_number(std::size_t value, std::string& out) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

// RFC 3720 section 12.1, one bit at a time: a header has few bytes.
std::uint32_t crc32c(std::string_view bytes, std::size_t skip_at) noexcept {
  std::uint32_t crc = 0xFFFFFFFF;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    // The checksum itself counts as zero.
    const bool skipped = i >= skip_at && i < skip_at + 4;
    crc ^= skipped ? 0U : byte_at(bytes, i);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

// Ports of version 1: no sign, no leading zero.
std::optional<std::uint16_t> port_of(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return port;
}

SocketAddress from_bytes(std::string_view host, std::uint16_t port) noexcept {
  SocketAddress address;
  const std::array<unsigned char, 2> network{static_cast<unsigned char>(port >> 8),
                                             static_cast<unsigned char>(port)};
  if (host.size() == 4) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, host.data(), host.size());
    std::memcpy(&in.sin_port, network.data(), network.size());
    std::memcpy(&address.storage, &in, sizeof(in));
    address.storage_bytes = sizeof(in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    std::memcpy(&in.sin6_addr, host.data(), sizeof(in.sin6_addr));
    std::memcpy(&in.sin6_port, network.data(), network.size());
    std::memcpy(&address.storage, &in, sizeof(in));
    address.storage_bytes = sizeof(in);
  }
  return address;
}

bool is_ip(const SocketAddress& address) noexcept {
  return address.storage.ss_family == AF_INET || address.storage.ss_family == AF_INET6;
}

// As IPv6; IPv4 as ::ffff:a.b.c.d.
Bytes16 ipv6_bytes(const SocketAddress& address) noexcept {
  Bytes16 bytes{};
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address.storage, sizeof(in));
    bytes[10] = bytes[11] = static_cast<char>(0xFF);
    std::memcpy(bytes.data() + 12, &in.sin_addr, 4);
  } else {
    sockaddr_in6 in{};
    std::memcpy(&in, &address.storage, sizeof(in));
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
  }
  return bytes;
}

// Whether it is IPv4, mapped into IPv6 or not.
bool is_ipv4(const SocketAddress& address) noexcept {
  const Bytes16 bytes = ipv6_bytes(address);
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](char byte) { return byte == 0; }) &&
         bytes[10] == static_cast<char>(0xFF) && bytes[11] == static_cast<char>(0xFF);
}

void append_tlv(unsigned char type, std::string_view value, std::string& out) {
  out += static_cast<char>(type);
  append_number(value.size(), out);
  out += value;
}

}  // namespace

ProxyDecoder::Step ProxyDecoder::feed(std::string_view& input) {
  if (step_ != Step::kMore) return step_;
  // The first byte tells the versions apart.
  if (bytes_.empty() && input.empty()) return step_;
  const char first = bytes_.empty() ? input.front() : bytes_.front();
  return first == kVersion2.front() ? feed_version_2(input) : feed_version_1(input);
}

ProxyDecoder::Step ProxyDecoder::fail(const char* what) {
  problem_ = what;
  bytes_ = {};
  header_ = {};
  return step_ = Step::kFailed;
}

ProxyDecoder::Step ProxyDecoder::feed_version_1(std::string_view& input) {
  while (!input.empty()) {
    const char byte = input.front();
    input.remove_prefix(1);
    bytes_ += byte;
    if (bytes_.size() <= kVersion1.size()) {
      if (byte != kVersion1[bytes_.size() - 1])
        return fail("the connection does not begin with a PROXY header");
    } else if (byte == '\n') {
      if (!bytes_.ends_with("\r\n")) return fail("a PROXY line ends with CR LF");
      return parse_version_1(std::string_view(bytes_).substr(0, bytes_.size() - 2));
    } else if (bytes_[bytes_.size() - 2] == '\r') {
      return fail("a PROXY line ends with CR LF");
    } else if (bytes_.size() == kLineBytesMax) {
      return fail("a PROXY line is too long");
    }
  }
  return Step::kMore;
}

ProxyDecoder::Step ProxyDecoder::parse_version_1(std::string_view line) {
  std::array<std::string_view, 6> words{};
  std::size_t count = 0;
  for (std::string_view rest = line;; ++count) {
    const std::size_t space = rest.find(' ');
    if (count < words.size()) words[count] = rest.substr(0, space);
    if (space == std::string_view::npos) break;
    rest.remove_prefix(space + 1);
  }
  ++count;
  if (words[1] == "UNKNOWN") return step_ = Step::kDone;  // whatever follows
  const bool ipv4 = words[1] == "TCP4";
  if (!ipv4 && words[1] != "TCP6") return fail("a PROXY line of an unknown protocol");
  if (count != words.size()) return fail("a PROXY line has two addresses and two ports");
  const std::array<std::optional<std::uint16_t>, 2> ports{port_of(words[4]), port_of(words[5])};
  if (!ports[0] || !ports[1]) return fail("a PROXY line has a port that is none");
  const std::optional<SocketAddress> source = runtime::numeric_address(words[2], *ports[0]);
  const std::optional<SocketAddress> destination = runtime::numeric_address(words[3], *ports[1]);
  const sa_family_t family = ipv4 ? AF_INET : AF_INET6;
  if (!source || !destination || source->storage.ss_family != family ||
      destination->storage.ss_family != family)
    return fail("a PROXY line has an address that is none of its protocol");
  header_.kind = ProxyHeader::Kind::kAddresses;
  header_.source = *source;
  header_.destination = *destination;
  return step_ = Step::kDone;
}

ProxyDecoder::Step ProxyDecoder::feed_version_2(std::string_view& input) {
  const auto take_until = [&](std::size_t bytes) {
    const std::size_t count = std::min(bytes - bytes_.size(), input.size());
    bytes_ += input.substr(0, count);
    input.remove_prefix(count);
    return bytes_.size() == bytes;
  };
  if (bytes_.size() < kHeaderBytes) {
    const bool whole = take_until(kHeaderBytes);
    const std::size_t known = std::min(bytes_.size(), kVersion2.size());
    if (std::string_view(bytes_).substr(0, known) != kVersion2.substr(0, known))
      return fail("the connection does not begin with a PROXY header");
    if (!whole) return Step::kMore;
    const unsigned char command = byte_at(bytes_, 12);
    if (command != kLocalCommand && command != kProxyCommand)
      return fail("a PROXY header of an unknown version or command");
  }
  const std::size_t bytes = kHeaderBytes + number_at(bytes_, 14);
  if (bytes > kBytesMax) return fail("a PROXY header is too long");
  return take_until(bytes) ? parse_version_2() : Step::kMore;
}

ProxyDecoder::Step ProxyDecoder::parse_version_2() {
  if (byte_at(bytes_, 12) == kLocalCommand) {
    header_.kind = ProxyHeader::Kind::kLocal;
    return step_ = Step::kDone;  // whatever follows
  }
  const unsigned char family = byte_at(bytes_, 13);
  std::string_view rest = std::string_view(bytes_).substr(kHeaderBytes);
  std::size_t address_bytes = 0;
  switch (family) {
    case kUnspecified:
      address_bytes = 0;
      break;
    case kTcp4:
      address_bytes = kTcp4Bytes;
      break;
    case kTcp6:
      address_bytes = kTcp6Bytes;
      break;
    case kUnixStream:
      address_bytes = kUnixBytes;
      break;
    default:
      return fail("a PROXY header of a family that is no stream");
  }
  if (rest.size() < address_bytes) return fail("a PROXY header is too short for its addresses");
  if (family == kTcp4 || family == kTcp6) {
    const std::size_t host_bytes = family == kTcp4 ? 4 : 16;
    const auto port = [&](std::size_t at) { return static_cast<std::uint16_t>(number_at(rest, at)); };
    header_.kind = ProxyHeader::Kind::kAddresses;
    header_.source = from_bytes(rest.substr(0, host_bytes), port(2 * host_bytes));
    header_.destination = from_bytes(rest.substr(host_bytes, host_bytes), port(2 * host_bytes + 2));
  }
  // Of an unspecified family nothing is known, not even how long its addresses are.
  if (family != kUnspecified && !take_tlvs(rest.substr(address_bytes))) return step_;
  return step_ = Step::kDone;
}

bool ProxyDecoder::take_tlvs(std::string_view tlvs) {
  for (std::size_t count = 0; !tlvs.empty(); ++count) {
    if (count == kTlvsMax) return fail("a PROXY header has too many fields"), false;
    if (tlvs.size() < kTlvHeaderBytes || tlvs.size() - kTlvHeaderBytes < number_at(tlvs, 1))
      return fail("a field of a PROXY header reaches beyond it"), false;
    const std::string_view value = tlvs.substr(kTlvHeaderBytes, number_at(tlvs, 1));
    bool taken = true;
    switch (byte_at(tlvs, 0)) {
      case kTlvAlpn:
        taken = keep_text(value, header_.alpn);
        break;
      case kTlvAuthority:
        taken = keep_text(value, header_.server_name);
        break;
      case kTlvTls:
        taken = take_tls(value);
        break;
      case kTlvUniqueId:
        if (value.size() > kUniqueIdBytesMax) taken = (fail("an id in a PROXY header is too long"), false);
        break;
      case kTlvChecksum: {
        if (value.size() != 4) return fail("a checksum of a PROXY header has four bytes"), false;
        const std::uint32_t said =
            static_cast<std::uint32_t>(number_at(value, 0) << 16 | number_at(value, 2));
        if (crc32c(bytes_, static_cast<std::size_t>(value.data() - bytes_.data())) != said)
          return fail("the checksum of a PROXY header is wrong"), false;
        break;
      }
      default:
        break;
    }
    if (!taken) return false;
    tlvs.remove_prefix(kTlvHeaderBytes + value.size());
  }
  return true;
}

bool ProxyDecoder::take_tls(std::string_view value) {
  if (value.size() < kTlsHeaderBytes) return fail("the TLS field of a PROXY header is too short"), false;
  const unsigned char client = byte_at(value, 0);
  const bool verified = value.substr(1, 4) == std::string_view("\0\0\0\0", 4);
  header_.tls = (client & kClientTls) != 0;
  header_.client_certificate = header_.tls && verified && (client & kClientCertificates) != 0;
  for (std::string_view rest = value.substr(kTlsHeaderBytes); !rest.empty();) {
    if (rest.size() < kTlvHeaderBytes || rest.size() - kTlvHeaderBytes < number_at(rest, 1))
      return fail("a field of a PROXY header reaches beyond it"), false;
    const std::string_view text = rest.substr(kTlvHeaderBytes, number_at(rest, 1));
    const unsigned char type = byte_at(rest, 0);
    if (type == kTlvTlsVersion && !keep_text(text, header_.tls_version)) return false;
    if (type == kTlvTlsCommonName && !keep_text(text, header_.client_common_name)) return false;
    rest.remove_prefix(kTlvHeaderBytes + text.size());
  }
  return true;
}

bool ProxyDecoder::keep_text(std::string_view value, std::string& out) {
  if (value.size() > kTextBytesMax) return fail("a text in a PROXY header is too long"), false;
  out = value;
  return true;
}

void append_proxy_v1(const SocketAddress& source, const SocketAddress& destination, std::string& out) {
  if (!is_ip(source) || !is_ip(destination)) {
    out += "PROXY UNKNOWN\r\n";
    return;
  }
  const bool ipv4 = is_ipv4(source) && is_ipv4(destination);
  const auto append = [&](const SocketAddress& address) {
    // host_text() shows a mapped address as IPv4.
    if (!ipv4 && is_ipv4(address)) out += "::ffff:";
    out += address.host_text();
    out += ' ';
  };
  out += ipv4 ? "PROXY TCP4 " : "PROXY TCP6 ";
  append(source);
  append(destination);
  out += std::to_string(source.port()) + ' ' + std::to_string(destination.port()) + "\r\n";
}

void append_proxy_v2(const ProxyHeader& header, std::string& out) {
  const bool local = header.kind == ProxyHeader::Kind::kLocal;
  const bool known =
      header.kind == ProxyHeader::Kind::kAddresses && is_ip(header.source) && is_ip(header.destination);
  out += kVersion2;
  out += static_cast<char>(local ? kLocalCommand : kProxyCommand);
  const std::size_t start = out.size() + 3;
  if (!known) {
    out.append(3, '\0');
    return;
  }
  const bool ipv4 = is_ipv4(header.source) && is_ipv4(header.destination);
  out += static_cast<char>(ipv4 ? kTcp4 : kTcp6);
  append_number(0, out);
  for (const SocketAddress* const address : {&header.source, &header.destination}) {
    const Bytes16 bytes = ipv6_bytes(*address);
    const std::size_t skip = ipv4 ? 12 : 0;
    out.append(bytes.data() + skip, bytes.size() - skip);
  }
  append_number(header.source.port(), out);
  append_number(header.destination.port(), out);
  const auto text = [](const std::string& value) {
    return std::string_view(value).substr(0, ProxyDecoder::kTextBytesMax);
  };
  if (!header.alpn.empty()) append_tlv(kTlvAlpn, text(header.alpn), out);
  if (!header.server_name.empty()) append_tlv(kTlvAuthority, text(header.server_name), out);
  if (header.tls) {
    std::string tls;
    tls += static_cast<char>(kClientTls | (header.client_certificate ? kClientCertificates : 0));
    append_number(0, tls);
    // HAProxy says 0 only if a certificate was verified; without one there is nothing that could have failed.
    append_number(header.client_certificate ? 0 : 1, tls);
    if (!header.tls_version.empty()) append_tlv(kTlvTlsVersion, text(header.tls_version), tls);
    if (!header.client_common_name.empty())
      append_tlv(kTlvTlsCommonName, text(header.client_common_name), tls);
    append_tlv(kTlvTls, tls, out);
  }
  const std::size_t length = out.size() - start;
  out[start - 2] = static_cast<char>(length >> 8);
  out[start - 1] = static_cast<char>(length);
}

}  // namespace wyld::proxy
