#pragma once
// The PROXY protocol, versions 1 and 2: what a load balancer says about a connection before its first byte.
// Specification: doc/proxy-protocol.txt of HAProxy.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/address.h"

namespace wyld::proxy {

struct ProxyHeader {
  enum class Kind : std::uint8_t {
    kLocal,      // the proxy's own connection, a health check: the socket's addresses hold
    kUnknown,    // the proxy does not know, or the client came by a Unix socket: the socket's addresses hold
    kAddresses,  // source and destination are the client's
  };
  Kind kind = Kind::kUnknown;
  runtime::SocketAddress source;
  runtime::SocketAddress destination;

  // Version 2 only.
  bool tls = false;                 // the client's connection to the proxy is encrypted
  bool client_certificate = false;  // and the client has shown a certificate, which was verified
  std::string tls_version;          // "TLSv1.3"
  std::string client_common_name;   // of that certificate
  std::string server_name;          // the host that the client asked for (SNI)
  std::string alpn;
};

// Takes the header from the front of a connection.
//
// Owner    the arrival of a connection, on a port where a header is required, from a network that is trusted.
// Thread   the owner's.
// Errors   kFailed, with the reason: close without an answer. Nothing is guessed.
// Limits   107 bytes for version 1; kBytesMax for version 2; kTlvsMax. The deadline is the owner's.
class ProxyDecoder {
 public:
  enum class Step : std::uint8_t { kMore, kDone, kFailed };
  static constexpr std::size_t kBytesMax = 2048;
  static constexpr std::size_t kTlvsMax = 64;
  static constexpr std::size_t kTextBytesMax = 255;  // of one text in the header

  // Takes from `input` what belongs to the header and no more: what is left after kDone is the client's.
  [[nodiscard]] Step feed(std::string_view& input);

  [[nodiscard]] const ProxyHeader& header() const noexcept { return header_; }  // after kDone
  [[nodiscard]] const char* problem() const noexcept { return problem_; }       // after kFailed, a literal

 private:
  Step feed_version_1(std::string_view& input);
  Step feed_version_2(std::string_view& input);
  Step parse_version_1(std::string_view line);
  Step parse_version_2();
  [[nodiscard]] bool take_tlvs(std::string_view tlvs);
  [[nodiscard]] bool take_tls(std::string_view value);
  [[nodiscard]] bool keep_text(std::string_view value, std::string& out);
  Step fail(const char* what);

  ProxyHeader header_;
  std::string bytes_;
  const char* problem_ = "";
  Step step_ = Step::kMore;
};

// "PROXY TCP4 203.0.113.7 198.51.100.1 51000 4000\r\n". Of two families, both become IPv6. An address that is
// neither IPv4 nor IPv6 gives "PROXY UNKNOWN".
void append_proxy_v1(const runtime::SocketAddress& source, const runtime::SocketAddress& destination,
                     std::string& out);

// With everything in `header`; LOCAL if its kind is kLocal. Texts are cut after kTextBytesMax bytes.
void append_proxy_v2(const ProxyHeader& header, std::string& out);

}  // namespace wyld::proxy
