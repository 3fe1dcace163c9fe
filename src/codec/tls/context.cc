#include "codec/tls/context.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <optional>

#include "codec/tls/handshake.h"

namespace wyld::tls {
namespace {

// Mozilla's intermediate profile, version 5.7.
constexpr const char* kSuites13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kSuites12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::string_view kProtocols = "\x08http/1.1";

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
void free_chain(STACK_OF(X509) * chain) noexcept { sk_X509_pop_free(chain, X509_free); }
using BioPtr = std::unique_ptr<BIO, Free<BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Free<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using ChainPtr = std::unique_ptr<STACK_OF(X509), Free<free_chain>>;
using SanPtr = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;

const char* openssl_reason() noexcept {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason != nullptr ? reason : "OpenSSL gives no reason";
}

BioPtr bio_of(std::string_view bytes) {
  return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  const SanPtr san(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(san.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(san.get(), i);
    if (name->type != GEN_DNS) continue;
    names.push_back(lower({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                           static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
  }
  return names;
}

std::chrono::system_clock::time_point end_of(const X509* certificate) {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&time));
}

// A star stands for one label.
bool wildcard_matches(std::string_view pattern, std::string_view host) noexcept {
  const std::size_t dot = host.find('.');
  return pattern.starts_with("*.") && dot != 0 && dot != std::string_view::npos &&
         pattern.substr(1) == host.substr(dot);
}

}  // namespace

void ContextDeleter::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

// --- tickets ---

TicketKeys::TicketKeys() { rotate(); }

TicketKeys::~TicketKeys() { OPENSSL_cleanse(keys_.data(), sizeof(keys_)); }

bool TicketKeys::rotate() {
  Key fresh;
  if (RAND_bytes(fresh.name.data(), static_cast<int>(fresh.name.size())) != 1 ||
      RAND_priv_bytes(fresh.encryption.data(), static_cast<int>(fresh.encryption.size())) != 1 ||
      RAND_priv_bytes(fresh.authentication.data(), static_cast<int>(fresh.authentication.size())) != 1)
    return false;
  const std::lock_guard lock(mutex_);
  std::rotate(keys_.begin(), keys_.end() - 1, keys_.end());
  keys_[0] = fresh;
  count_ = std::min(count_ + 1, kKept);
  OPENSSL_cleanse(&fresh, sizeof(fresh));
  return true;
}

bool TicketKeys::newest(Key& out) const {
  const std::lock_guard lock(mutex_);
  if (count_ > 0) out = keys_[0];
  return count_ > 0;
}

bool TicketKeys::find(const unsigned char* name, Key& out, bool& older) const {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < count_; ++i) {
    if (std::memcmp(keys_[i].name.data(), name, keys_[i].name.size()) != 0) continue;
    out = keys_[i];
    older = i > 0;
    return true;
  }
  return false;
}

// --- a server ---

struct ServerContext::Entry {
  X509Ptr certificate;
  ChainPtr chain;
  KeyPtr key;
  std::vector<std::string> names;
  bool by_default = false;
};

struct ContextCallbacks {
  static Handshake* handshake(const SSL* ssl) noexcept {
    return static_cast<Handshake*>(SSL_get_ex_data(ssl, 0));
  }

  static void key_log(const SSL* ssl, const char* line) {
    Handshake* const of = handshake(ssl);
    if (of == nullptr) return;
    const std::string_view text(line);
    const bool client = text.starts_with("CLIENT_TRAFFIC_SECRET_0 ");
    if (!client && !text.starts_with("SERVER_TRAFFIC_SECRET_0 ")) return;
    const std::string_view hex = text.substr(text.rfind(' ') + 1);
    auto& secret = client ? of->client_secret_ : of->server_secret_;
    const auto digit = [](char c) {
      return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    };
    const std::size_t bytes = std::min(hex.size() / 2, secret.size());
    for (std::size_t i = 0; i < bytes; ++i)
      secret[i] = static_cast<unsigned char>(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    (client ? of->client_secret_bytes_ : of->server_secret_bytes_) = static_cast<std::uint8_t>(bytes);
    // OpenSSL reports a secret when it begins to use it.
    if (client == of->is_client_) of->records_written_ = 0;
  }

  static void message(int written, int /*version*/, int type, const void* /*bytes*/, std::size_t /*count*/,
                      SSL* ssl, void* /*unused*/) {
    Handshake* const of = handshake(ssl);
    if (of == nullptr || written == 0) return;
    if (type == SSL3_RT_HEADER) ++of->records_written_;
    if (type == SSL3_RT_CHANGE_CIPHER_SPEC) of->records_written_ = 0;
  }

  static void watch(SSL_CTX* context) {
    SSL_CTX_set_keylog_callback(context, &key_log);
    SSL_CTX_set_msg_callback(context, &message);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  }

  static int choose_certificate(SSL* ssl, void* argument) {
    const auto& context = *static_cast<const ServerContext*>(argument);
    const char* const sent = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const std::string host = lower(sent != nullptr ? sent : "");
    using Entry = ServerContext::Entry;
    const auto use = [&](auto&& fits) {
      int used = 0;
      // There is room for one of each kind of key; the first in the list shall have it.
      for (auto at = context.entries_.rbegin(); at != context.entries_.rend(); ++at) {
        if (!fits(*at)) continue;
        if (SSL_use_cert_and_key(ssl, at->certificate.get(), at->key.get(), at->chain.get(), 1) != 1)
          return -1;
        ++used;
      }
      return used;
    };
    int used = 0;
    if (!host.empty()) {
      used =
          use([&](const Entry& entry) { return std::ranges::find(entry.names, host) != entry.names.end(); });
      if (used == 0) {
        used = use([&](const Entry& entry) {
          return std::ranges::any_of(entry.names,
                                     [&](const std::string& name) { return wildcard_matches(name, host); });
        });
      }
    }
    if (used == 0) used = use([](const Entry& entry) { return entry.by_default; });
    return used > 0 ? 1 : 0;
  }

  static int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_bytes,
                             const unsigned char* in, unsigned int in_bytes, void* /*unused*/) {
    auto* chosen = const_cast<unsigned char*>(*out);
    const int result =
        SSL_select_next_proto(&chosen, out_bytes, reinterpret_cast<const unsigned char*>(kProtocols.data()),
                              static_cast<unsigned>(kProtocols.size()), in, in_bytes);
    if (result != OPENSSL_NPN_NEGOTIATED)
      return SSL_TLSEXT_ERR_NOACK;  // a telnet client may offer what it likes
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
  }

  static int protect_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                            EVP_MAC_CTX* mac, int encrypt) {
    const auto* const context =
        static_cast<const ServerContext*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0));
    TicketKeys::Key key;
    bool older = false;
    if (encrypt != 0) {
      if (!context->tickets_->newest(key)) return 0;
      std::copy(key.name.begin(), key.name.end(), name);
      if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
    } else if (!context->tickets_->find(name, key, older)) {
      return 0;
    }
    std::array<char, 7> digest{"SHA256"};
    const std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.authentication.data(),
                                          key.authentication.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    const bool done =
        EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.encryption.data(), iv, encrypt) == 1 &&
        EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
    OPENSSL_cleanse(&key, sizeof(key));
    if (!done) return -1;
    return older ? 2 : 1;  // 2: valid, and the client gets a new one
  }

  static int accept_pinned(X509_STORE_CTX* store, void* argument) {
    const auto& context = *static_cast<const ClientContext*>(argument);
    X509* const certificate = X509_STORE_CTX_get0_cert(store);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned count = 0;
    if (certificate != nullptr && X509_digest(certificate, EVP_sha256(), digest.data(), &count) == 1 &&
        count == context.pin_.size() && CRYPTO_memcmp(digest.data(), context.pin_.data(), count) == 0)
      return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
  }
};

ServerContext::ServerContext() = default;
ServerContext::~ServerContext() = default;

std::shared_ptr<const ServerContext> ServerContext::make(const ServerOptions& options,
                                                         std::shared_ptr<TicketKeys> tickets,
                                                         std::string& problem) {
  ERR_clear_error();
  if (options.certificates.empty()) {
    problem = "there is no certificate";
    return nullptr;
  }
  const std::shared_ptr<ServerContext> made(new ServerContext);
  made->tickets_ = std::move(tickets);
  made->context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = made->context_.get();
  if (context == nullptr || SSL_CTX_set_ciphersuites(context, kSuites13) != 1 ||
      SSL_CTX_set_cipher_list(context, kSuites12) != 1 || SSL_CTX_set1_groups_list(context, kGroups) != 1 ||
      SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("wyldgate"), 8) != 1) {
    problem = std::string("OpenSSL cannot be set up: ") + openssl_reason();
    return nullptr;
  }
  ContextCallbacks::watch(context);
  // ECDSA comes first in OpenSSL's own order of signatures, and in ours of suites.
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_dh_auto(context, 1);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_timeout(context, options.ticket_lifetime.count());
  SSL_CTX_set_ex_data(context, 0, made.get());
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &ContextCallbacks::protect_ticket);
  SSL_CTX_set_alpn_select_cb(context, &ContextCallbacks::choose_protocol, nullptr);
  SSL_CTX_set_cert_cb(context, &ContextCallbacks::choose_certificate, made.get());
  std::size_t number = 0;
  for (const Certificate& certificate : options.certificates) {
    ++number;
    std::string what;
    if (made->add(certificate, what)) continue;
    problem = "certificate " + std::to_string(number) + ": " + what;
    ERR_clear_error();
    return nullptr;
  }
  const std::vector<std::string>& first = made->entries_.front().names;
  for (Entry& entry : made->entries_) {
    entry.by_default =
        &entry == &made->entries_.front() || std::ranges::any_of(entry.names, [&](const std::string& name) {
          return std::ranges::find(first, name) != first.end();
        });
  }
  return made;
}

bool ServerContext::add(const Certificate& certificate, std::string& problem) {
  Entry entry;
  const BioPtr chain = bio_of(certificate.chain_pem);
  entry.certificate.reset(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
  if (!entry.certificate) {
    problem = "there is no certificate in PEM form in the chain";
    return false;
  }
  std::chrono::system_clock::time_point end = end_of(entry.certificate.get());
  entry.chain.reset(sk_X509_new_null());
  while (X509* const next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
    end = std::min(end, end_of(next));
    sk_X509_push(entry.chain.get(), next);
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    problem = std::string("the chain cannot be read to its end: ") + openssl_reason();
    return false;
  }
  ERR_clear_error();
  // Without a callback of ours, OpenSSL would ask for a password at the terminal.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  const BioPtr key = bio_of(certificate.key_pem);
  entry.key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, no_password, nullptr));
  if (!entry.key) {
    problem = "the key is not one in PEM form, or it is encrypted";
    return false;
  }
  if (X509_check_private_key(entry.certificate.get(), entry.key.get()) != 1) {
    problem = "the key does not belong to the certificate";
    return false;
  }
  // A try: what OpenSSL refuses, a short RSA key for example, shall not wait for the first client.
  const SslPtr trial(SSL_new(context_.get()));
  if (!trial || SSL_use_cert_and_key(trial.get(), entry.certificate.get(), entry.key.get(), entry.chain.get(),
                                     1) != 1) {
    problem = std::string("OpenSSL refuses it: ") + openssl_reason();
    return false;
  }
  for (const std::string& name : certificate.names) entry.names.push_back(lower(name));
  if (entry.names.empty()) entry.names = names_of(entry.certificate.get());
  entries_.push_back(std::move(entry));
  valid_until_.push_back(end);
  return true;
}

// --- a client ---

std::shared_ptr<const ClientContext> ClientContext::make(const ClientOptions& options, std::string& problem) {
  ERR_clear_error();
  const std::shared_ptr<ClientContext> made(new ClientContext);
  made->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = made->context_.get();
  if (context == nullptr || SSL_CTX_set1_groups_list(context, kGroups) != 1) {
    problem = std::string("OpenSSL cannot be set up: ") + openssl_reason();
    return nullptr;
  }
  ContextCallbacks::watch(context);
  SSL_CTX_set_verify(context, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!options.verify) return made;
  if (!options.pinned_sha256.empty()) {
    std::string hex;
    for (const char c : lower(options.pinned_sha256)) {
      if (c != ':') hex += c;
    }
    if (hex.size() != 2 * made->pin_.size() ||
        hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
      problem = "a pinned certificate is 64 hexadecimal digits: openssl x509 -noout -fingerprint -sha256";
      return nullptr;
    }
    for (std::size_t i = 0; i < made->pin_.size(); ++i)
      made->pin_[i] = static_cast<unsigned char>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
    SSL_CTX_set_cert_verify_callback(context, &ContextCallbacks::accept_pinned, made.get());
    return made;
  }
  if (options.trust_system) SSL_CTX_set_default_verify_paths(context);
  if (!options.ca_pem.empty()) {
    const BioPtr roots = bio_of(options.ca_pem);
    std::size_t count = 0;
    for (;; ++count) {
      const X509Ptr root(PEM_read_bio_X509(roots.get(), nullptr, nullptr, nullptr));
      if (!root || X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root.get()) != 1) break;
    }
    if (count == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
      problem = std::string("the file of roots cannot be read to its end: ") + openssl_reason();
      ERR_clear_error();
      return nullptr;
    }
  }
  ERR_clear_error();
  return made;
}

}  // namespace wyld::tls
