#pragma once
// What many handshakes share: certificates, keys of tickets, trust. docs/design/tls.md

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;

namespace wyld::tls {

struct ContextDeleter {
  void operator()(ssl_ctx_st* context) const noexcept;
};
using ContextPtr = std::unique_ptr<ssl_ctx_st, ContextDeleter>;

// Keys of session tickets, in memory only: whoever learns one can read the connections that were resumed with
// it.
//
// Owner    the gateway, one for all listeners; contexts share it, so that it survives new certificates.
// Thread   any.
// Limits   kKept keys; a ticket of an older one costs its client a full handshake.
class TicketKeys {
 public:
  static constexpr std::size_t kKept = 3;
  struct Key {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> encryption{};
    std::array<unsigned char, 32> authentication{};
  };

  TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;
  ~TicketKeys();

  // New tickets get a new key; call it every few hours. False: no randomness, nothing has changed.
  bool rotate();

  // The newest; false if there is none.
  [[nodiscard]] bool newest(Key& out) const;
  // The one called `name`; `older`: a newer one exists. False if it is gone.
  [[nodiscard]] bool find(const unsigned char* name, Key& out, bool& older) const;

 private:
  mutable std::mutex mutex_;
  std::array<Key, kKept> keys_{};  // the newest first
  std::size_t count_ = 0;
};

struct Certificate {
  std::string chain_pem;           // the certificate, and those between it and the root
  std::string key_pem;             // not encrypted
  std::vector<std::string> names;  // of hosts, "*.example.org" too; none: the certificate's own
};

struct ServerOptions {
  // A client that names none of them, or an unknown host, gets the first certificate and those with its
  // names. Of several for one name, ECDSA is preferred to RSA: it costs a tenth.
  std::vector<Certificate> certificates;
  std::chrono::seconds ticket_lifetime = std::chrono::hours(4);
};

// Certificates, after Mozilla's intermediate profile: TLS 1.2 and 1.3, AEADs only, no renegotiation, no
// compression, no early data, ALPN http/1.1 only.
//
// Owner    handshakes share it, so that new certificates disturb nobody.
// Thread   any, once made.
class ServerContext {
 public:
  // Null: `problem` says what is wrong with which certificate.
  static std::shared_ptr<const ServerContext> make(const ServerOptions& options,
                                                   std::shared_ptr<TicketKeys> tickets, std::string& problem);
  ~ServerContext();

  // The first end of validity of each certificate and those above it, in the order of the options.
  [[nodiscard]] const std::vector<std::chrono::system_clock::time_point>& valid_until() const noexcept {
    return valid_until_;
  }
  [[nodiscard]] ssl_ctx_st* get() const noexcept { return context_.get(); }

 private:
  struct Entry;
  friend struct ContextCallbacks;

  ServerContext();
  bool add(const Certificate& certificate, std::string& problem);

  std::vector<Entry> entries_;
  std::vector<std::chrono::system_clock::time_point> valid_until_;
  std::shared_ptr<TicketKeys> tickets_;
  ContextPtr context_;
};

struct ClientOptions {
  bool verify = true;
  // Debian's certificates in /etc/ssl/certs, which OpenSSL reads as it needs them.
  bool trust_system = true;
  std::string ca_pem;  // more roots
  // SHA-256 of the certificate in hexadecimal, with or without colons. That certificate is accepted and no
  // other, whoever signed it, whatever its name and dates.
  std::string pinned_sha256;
};

// What a client of games trusts. Owner and thread as ServerContext.
class ClientContext {
 public:
  static std::shared_ptr<const ClientContext> make(const ClientOptions& options, std::string& problem);

  [[nodiscard]] ssl_ctx_st* get() const noexcept { return context_.get(); }

 private:
  friend struct ContextCallbacks;

  ClientContext() = default;

  std::array<unsigned char, 32> pin_{};
  ContextPtr context_;
};

}  // namespace wyld::tls
