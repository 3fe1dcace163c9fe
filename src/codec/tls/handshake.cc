#include "codec/tls/handshake.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "codec/tls/openssl_record_layer.h"

namespace wyld::tls {
namespace {

constexpr std::size_t kSliceBytes = std::size_t{16} * 1024;
constexpr std::size_t kProblemBytesMax = 256;

std::string_view view(const unsigned char* bytes, std::size_t count) noexcept {
  return {reinterpret_cast<const char*>(bytes), count};
}

}  // namespace

void SslDeleter::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

Handshake::Handshake(std::shared_ptr<const ServerContext> context) : server_(std::move(context)) {
  start(server_->get(), false);
}

Handshake::Handshake(std::shared_ptr<const ClientContext> context, std::string_view host)
    : client_(std::move(context)) {
  start(client_->get(), true);
  if (!ssl_) return;
  const std::string name(host);
  X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl_.get());
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (name.empty() || X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1) return;
  auto* const sent = const_cast<char*>(name.c_str());  // the macro for it casts as C does
  if (SSL_set1_host(ssl_.get(), sent) != 1 ||
      SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, sent) != 1) {
    problem_ = "the name of the host cannot be used";
    ssl_.reset();
  }
}

Handshake::~Handshake() {
  OPENSSL_cleanse(client_secret_.data(), client_secret_.size());
  OPENSSL_cleanse(server_secret_.data(), server_secret_.size());
}

void Handshake::start(ssl_ctx_st* context, bool client) {
  is_client_ = client;
  ERR_clear_error();
  ssl_.reset(SSL_new(context));
  BIO* const read = BIO_new(BIO_s_mem());
  BIO* const write = BIO_new(BIO_s_mem());
  if (!ssl_ || read == nullptr || write == nullptr) {
    BIO_free(read);
    BIO_free(write);
    ssl_.reset();
    problem_ = "OpenSSL has no memory";
    return;
  }
  SSL_set_bio(ssl_.get(), read, write);
  SSL_set_ex_data(ssl_.get(), 0, this);
  if (client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

Handshake::Step Handshake::feed(std::string_view input, std::string& out) {
  if (!ssl_ || !problem_.empty()) return Step::kFailed;
  // In slices, so that a peer which goes on at once with its text does not reach the bound of a handshake.
  do {
    const std::string_view slice = input.substr(0, kSliceBytes);
    input.remove_prefix(slice.size());
    if (!done_) {
      bytes_ += slice.size();
      if (bytes_ > kBytesMax) return fail("the handshake has too many bytes");
    }
    if (!slice.empty() && BIO_write(SSL_get_rbio(ssl_.get()), slice.data(), static_cast<int>(slice.size())) !=
                              static_cast<int>(slice.size()))
      return fail("OpenSSL has no memory");
    if (!done_ && run(out) == Step::kFailed) return Step::kFailed;
  } while (!input.empty());
  return done_ ? Step::kDone : Step::kMore;
}

Handshake::Step Handshake::run(std::string& out) {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  const int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), result);
  drain(out);
  if (result == 1) {
    done_ = true;
    return Step::kDone;
  }
  if (error == SSL_ERROR_WANT_READ) return Step::kMore;
  const long verified = SSL_get_verify_result(ssl_.get());
  if (is_client_ && verified != X509_V_OK && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE) {
    problem_ = "the certificate is not trusted: ";
    problem_ += X509_verify_cert_error_string(verified);
    return fail(nullptr);
  }
  return fail(ERR_reason_error_string(ERR_peek_last_error()));
}

Handshake::Step Handshake::fail(const char* what) {
  if (problem_.empty()) problem_ = what != nullptr ? what : "OpenSSL gives no reason";
  if (problem_.size() > kProblemBytesMax) problem_.resize(kProblemBytesMax);
  ERR_clear_error();
  return Step::kFailed;
}

void Handshake::drain(std::string& out) {
  BIO* const bio = SSL_get_wbio(ssl_.get());
  const std::size_t count = BIO_ctrl_pending(bio);
  const std::size_t start = out.size();
  out.resize(start + count);
  if (count > 0) BIO_read(bio, out.data() + start, static_cast<int>(count));
  // OpenSSL writes whole records. The first one after ChangeCipherSpec is our Finished: with AES-GCM in
  // TLS 1.2 its explicit nonce is random, and ours go on from it, so that none is used twice.
  std::string_view records = std::string_view(out).substr(start);
  while (records.size() >= kHeaderBytes) {
    const auto* const header = reinterpret_cast<const unsigned char*>(records.data());
    const std::size_t bytes = kHeaderBytes + (std::size_t{header[3]} << 8 | header[4]);
    if (header[0] == static_cast<unsigned char>(ContentType::kChangeCipherSpec)) {
      changed_cipher_ = true;
    } else if (changed_cipher_ && explicit_nonce_ == 0 && bytes >= kHeaderBytes + kExplicitNonceBytes) {
      for (std::size_t i = 0; i < kExplicitNonceBytes; ++i)
        explicit_nonce_ = explicit_nonce_ << 8 | header[kHeaderBytes + i];
    }
    records.remove_prefix(std::min(bytes, records.size()));
  }
}

std::unique_ptr<RecordLayer> Handshake::finish(RecordLayerKind kind, const RecordOptions& options,
                                               std::string& unread) {
  if (!done_ || !ssl_) return nullptr;
  BIO* const bio = SSL_get_rbio(ssl_.get());
  unread.resize(BIO_ctrl_pending(bio));
  if (!unread.empty()) BIO_read(bio, unread.data(), static_cast<int>(unread.size()));
  SSL_set_ex_data(ssl_.get(), 0, nullptr);
  SSL_set_msg_callback(ssl_.get(), nullptr);
  std::unique_ptr<RecordLayer> layer;
  const bool ours = kind == RecordLayerKind::kSavable && establish(options, layer);
  if (!ours) {
    layer = std::make_unique<OpensslRecordLayer>(std::move(ssl_));
  } else {
    ssl_.reset();
  }
  ERR_clear_error();
  return layer;
}

bool Handshake::establish(const RecordOptions& options, std::unique_ptr<RecordLayer>& out) {
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl_.get());
  Established established;
  established.suite = cipher != nullptr ? find_suite(SSL_CIPHER_get_protocol_id(cipher)) : nullptr;
  if (established.suite == nullptr) return false;
  established.client = is_client_;
  established.write_sequence = records_written_;
  if (const unsigned code = SSL_SESSION_get_max_fragment_length(SSL_get0_session(ssl_.get()));
      code >= 1 && code <= 4)
    established.text_bytes_max = std::size_t{256} << code;
  std::array<unsigned char, SSL3_RANDOM_SIZE> client_random{};
  std::array<unsigned char, SSL3_RANDOM_SIZE> server_random{};
  std::array<unsigned char, SSL_MAX_MASTER_KEY_LENGTH> master{};
  if (established.suite->version == Version::kTls13) {
    const std::string_view client = view(client_secret_.data(), client_secret_bytes_);
    const std::string_view server = view(server_secret_.data(), server_secret_bytes_);
    established.read_secret = is_client_ ? server : client;
    established.write_secret = is_client_ ? client : server;
    if (client.size() != established.suite->secret_bytes() || server.size() != client.size()) return false;
  } else {
    SSL_get_client_random(ssl_.get(), client_random.data(), client_random.size());
    SSL_get_server_random(ssl_.get(), server_random.data(), server_random.size());
    const std::size_t master_bytes =
        SSL_SESSION_get_master_key(SSL_get0_session(ssl_.get()), master.data(), master.size());
    established.master = view(master.data(), master_bytes);
    established.client_random = view(client_random.data(), client_random.size());
    established.server_random = view(server_random.data(), server_random.size());
    established.write_explicit_nonce = explicit_nonce_;
    established.read_sequence = 1;  // the peer's Finished
  }
  out = std::make_unique<SavableRecordLayer>(established, options);
  OPENSSL_cleanse(master.data(), master.size());
  return true;
}

Version Handshake::version() const noexcept {
  return ssl_ && SSL_version(ssl_.get()) == TLS1_3_VERSION ? Version::kTls13 : Version::kTls12;
}

std::string_view Handshake::suite_name() const noexcept {
  return ssl_ ? SSL_CIPHER_get_name(SSL_get_current_cipher(ssl_.get())) : "";
}

bool Handshake::resumed() const noexcept { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }

std::string Handshake::alpn() const {
  if (!ssl_) return {};
  const unsigned char* bytes = nullptr;
  unsigned count = 0;
  SSL_get0_alpn_selected(ssl_.get(), &bytes, &count);
  return bytes != nullptr ? std::string(view(bytes, count)) : std::string();
}

std::string Handshake::server_name() const {
  const char* const name = ssl_ ? SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name) : nullptr;
  return name != nullptr ? name : "";
}

}  // namespace wyld::tls
