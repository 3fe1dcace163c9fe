#pragma once
// Shared by this folder's tests, benchmarks and fuzz targets: certificates made on the spot, and OpenSSL as
// the other side.

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "codec/tls/context.h"
#include "codec/tls/forge_fixture.h"
#include "codec/tls/handshake.h"

namespace wyld::tls::testing {

struct Authority {
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  Authority() = default;
  Authority(Authority&& other) noexcept
      : key(std::exchange(other.key, nullptr)), certificate(std::exchange(other.certificate, nullptr)) {}
  Authority& operator=(Authority&&) = delete;
  ~Authority() {
    EVP_PKEY_free(key);
    X509_free(certificate);
  }

  [[nodiscard]] std::string certificate_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), &BIO_free_all);
    PEM_write_bio_X509(bio.get(), certificate);
    return taken(bio.get());
  }
  [[nodiscard]] std::string key_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), &BIO_free_all);
    PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return taken(bio.get());
  }

  static std::string taken(BIO* bio) {
    std::string out(BIO_ctrl_pending(bio), '\0');
    if (!out.empty()) BIO_read(bio, out.data(), static_cast<int>(out.size()));
    return out;
  }
};

struct CertificateSpec {
  bool rsa = false;
  std::string names = "DNS:play.example.org";
  long days_from = -1;
  long days_until = 30;
  bool authority = false;
  const Authority* signer = nullptr;  // null: itself
};

inline Authority make_certificate(const CertificateSpec& spec) {
  Authority made;
  made.key = spec.rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
  made.certificate = X509_new();
  X509* const certificate = made.certificate;
  static long serial = 1;
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), spec.days_from * 86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate), spec.days_until * 86400);
  X509_set_pubkey(certificate, made.key);
  X509_NAME* const name = X509_get_subject_name(certificate);
  const std::string_view common = spec.authority ? "Test CA" : "a test";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common.data()),
                             static_cast<int>(common.size()), -1, 0);
  X509* const issuer = spec.signer != nullptr ? spec.signer->certificate : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  const auto extend = [&](int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    WYLD_CHECK(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  };
  if (spec.authority) {
    extend(NID_basic_constraints, "critical,CA:TRUE");
    extend(NID_key_usage, "critical,keyCertSign");
  } else {
    extend(NID_subject_alt_name, spec.names);
  }
  WYLD_CHECK(X509_sign(certificate, spec.signer != nullptr ? spec.signer->key : made.key, EVP_sha256()) > 0);
  return made;
}

inline Certificate for_server(const Authority& made) {
  return {.chain_pem = made.certificate_pem(), .key_pem = made.key_pem(), .names = {}};
}

// One of each for the whole program: RSA keys take long to find.
inline const Authority& ecdsa_certificate() {
  static const Authority made = make_certificate({});
  return made;
}
inline const Authority& rsa_certificate() {
  static const Authority made = make_certificate({.rsa = true});
  return made;
}

inline std::shared_ptr<const ServerContext> server_context(
    const std::vector<const Authority*>& certificates = {&ecdsa_certificate(), &rsa_certificate()}) {
  ServerOptions options;
  for (const Authority* const certificate : certificates)
    options.certificates.push_back(for_server(*certificate));
  std::string problem;
  auto context = ServerContext::make(options, std::make_shared<TicketKeys>(), problem);
  if (!context) check_failed(problem.c_str(), __FILE__, __LINE__);
  return context;
}

// One suite of the profile, in the words of OpenSSL.
struct SuiteName {
  int version;
  const char* name;
};
inline const std::vector<SuiteName>& all_suites() {
  static const std::vector<SuiteName> suites{
      {TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"},       {TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
      {TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"}, {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"},
      {TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256"},  {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"},
      {TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384"},  {TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"},
      {TLS1_2_VERSION, "ECDHE-RSA-CHACHA20-POLY1305"},  {TLS1_2_VERSION, "DHE-RSA-AES128-GCM-SHA256"},
      {TLS1_2_VERSION, "DHE-RSA-AES256-GCM-SHA384"},    {TLS1_2_VERSION, "DHE-RSA-CHACHA20-POLY1305"}};
  return suites;
}

// Plain OpenSSL on memory BIOs.
class Peer {
 public:
  explicit Peer(bool client) : context_(SSL_CTX_new(client ? TLS_client_method() : TLS_server_method())) {
    if (!client) SSL_CTX_set_dh_auto(context_, 1);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    SSL_free(ssl);
    SSL_CTX_free(context_);
  }

  SSL_CTX* context() noexcept { return context_; }
  void only(const SuiteName& suite) {
    SSL_CTX_set_min_proto_version(context_, suite.version);
    SSL_CTX_set_max_proto_version(context_, suite.version);
    WYLD_CHECK((suite.version == TLS1_3_VERSION ? SSL_CTX_set_ciphersuites(context_, suite.name)
                                                : SSL_CTX_set_cipher_list(context_, suite.name)) == 1);
  }
  void present(const Authority& made) {
    SSL_CTX_use_certificate(context_, made.certificate);
    SSL_CTX_use_PrivateKey(context_, made.key);
  }
  void begin(bool client) {
    ssl = SSL_new(context_);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    client ? SSL_set_connect_state(ssl) : SSL_set_accept_state(ssl);
  }

  void give(std::string_view bytes) {
    if (!bytes.empty()) BIO_write(SSL_get_rbio(ssl), bytes.data(), static_cast<int>(bytes.size()));
  }
  std::string take() { return Authority::taken(SSL_get_wbio(ssl)); }
  // All text that has arrived.
  std::string read() {
    std::string text;
    std::string buffer(20000, '\0');
    ERR_clear_error();
    for (;;) {
      const int count = SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0) {
        last_error = SSL_get_error(ssl, count);
        reason = last_error == SSL_ERROR_SSL ? ERR_reason_error_string(ERR_peek_last_error()) : "";
        ERR_clear_error();
        return text;
      }
      text.append(buffer, 0, static_cast<std::size_t>(count));
    }
  }
  std::string write(std::string_view text) {
    if (!text.empty())
      WYLD_CHECK(SSL_write(ssl, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()));
    return take();
  }

  SSL* ssl = nullptr;
  int last_error = 0;
  std::string reason;

 private:
  SSL_CTX* context_;
};

// Handshake of `ours` with `peer`, in pieces of `piece_bytes` each. False if either fails.
inline bool shake(Handshake& ours, Peer& peer, std::size_t piece_bytes = 100000) {
  std::string to_peer;
  Handshake::Step step = ours.feed("", to_peer);
  for (int round = 0; round < 10; ++round) {
    peer.give(to_peer);
    to_peer.clear();
    ERR_clear_error();
    const int result = SSL_do_handshake(peer.ssl);
    const int error = SSL_get_error(peer.ssl, result);
    std::string to_us = peer.take();
    for (std::string_view rest = to_us; !rest.empty() && step != Handshake::Step::kFailed;) {
      step = ours.feed(rest.substr(0, piece_bytes), to_peer);
      rest.remove_prefix(std::min(piece_bytes, rest.size()));
    }
    if (step == Handshake::Step::kFailed) {
      peer.give(to_peer);
      return false;
    }
    if (result != 1 && error != SSL_ERROR_WANT_READ) return false;
    if (step == Handshake::Step::kDone && result == 1) {
      peer.give(to_peer);
      return true;
    }
  }
  return false;
}

}  // namespace wyld::tls::testing
