#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "codec/tls/context.h"
#include "codec/tls/savable_record_layer.h"

struct ssl_st;

namespace wyld::tls {

struct SslDeleter {
  void operator()(ssl_st* ssl) const noexcept;
};
using SslPtr = std::unique_ptr<ssl_st, SslDeleter>;

enum class RecordLayerKind : std::uint8_t {
  kSavable,  // ours; the suites of the profile
  kOpenssl,  // OpenSSL keeps the connection, which cannot move then
};

// A handshake by OpenSSL, on memory: bytes in, bytes out. After it, finish() gives the record layer and the
// bytes that belong to it, and this object is of no more use.
//
// Owner    the connection, until it is done.
// Thread   the owner's. The contexts are shared.
// Errors   kFailed, with the reason in problem(); what is in `out` then, an alert, should still be sent.
// Limits   bytes_max from the peer; OpenSSL's own bounds on messages. The deadline is the owner's.
class Handshake {
 public:
  enum class Step : std::uint8_t { kMore, kDone, kFailed };

  explicit Handshake(std::shared_ptr<const ServerContext> context);
  // `host`: a name, which is sent (SNI) and must be the certificate's, or a numeric address.
  Handshake(std::shared_ptr<const ClientContext> context, std::string_view host);
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;
  ~Handshake();

  // Takes bytes of the peer, and appends those for it to `out`. A client begins with no bytes.
  [[nodiscard]] Step feed(std::string_view input, std::string& out);

  // After kDone, once. `unread` receives the bytes that follow the handshake, for RecordLayer::open(). Null:
  // the suite is not one of ours, or OpenSSL has failed; problem() says so. `options` outlive the layer.
  [[nodiscard]] std::unique_ptr<RecordLayer> finish(RecordLayerKind kind, const RecordOptions& options,
                                                    std::string& unread);

  // After kFailed: for the log, no more than 256 bytes, nothing that the peer could choose freely.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

  // After kDone.
  [[nodiscard]] Version version() const noexcept;
  [[nodiscard]] std::string_view suite_name() const noexcept;
  [[nodiscard]] bool resumed() const noexcept;
  [[nodiscard]] std::string alpn() const;
  // The host that the client asked for; empty if none. As it came: compare it, never print it raw.
  [[nodiscard]] std::string server_name() const;

  static constexpr std::size_t kBytesMax = std::size_t{128} * 1024;

 private:
  friend struct ContextCallbacks;

  void start(ssl_ctx_st* context, bool client);
  [[nodiscard]] Step run(std::string& out);
  void drain(std::string& out);
  Step fail(const char* what);
  [[nodiscard]] bool establish(const RecordOptions& options, std::unique_ptr<RecordLayer>& out);

  std::shared_ptr<const ServerContext> server_;
  std::shared_ptr<const ClientContext> client_;
  SslPtr ssl_;
  std::string problem_;
  std::size_t bytes_ = 0;  // from the peer
  std::array<unsigned char, kSecretBytesMax> client_secret_{};
  std::array<unsigned char, kSecretBytesMax> server_secret_{};
  std::uint8_t client_secret_bytes_ = 0;
  std::uint8_t server_secret_bytes_ = 0;
  std::uint64_t records_written_ = 0;  // since our direction got its last keys
  std::uint64_t explicit_nonce_ = 0;   // of our Finished, TLS 1.2 with AES-GCM
  bool changed_cipher_ = false;        // our ChangeCipherSpec is among the bytes drained
  bool is_client_ = false;
  bool done_ = false;
};

}  // namespace wyld::tls
