#include "codec/tls/openssl_record_layer.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>

namespace wyld::tls {

OpensslRecordLayer::OpensslRecordLayer(SslPtr ssl) : ssl_(std::move(ssl)) {
  SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
}

Opened OpensslRecordLayer::open(std::span<char>& input) {
  ERR_clear_error();
  // OpenSSL has the bytes from here on: they wait in its BIO until the text before them has been taken.
  if (!input.empty() && !closed_ && !failed_ &&
      BIO_write(SSL_get_rbio(ssl_.get()), input.data(), static_cast<int>(input.size())) !=
          static_cast<int>(input.size())) {
    failed_ = true;
    problem_ = "OpenSSL has no memory";
  }
  input = {};
  if (!closed_ && !failed_) {
    thread_local std::array<char, kTextBytesMax> text;
    std::size_t count = 0;
    if (SSL_read_ex(ssl_.get(), text.data(), text.size(), &count) == 1)
      return {.kind = Opened::Kind::kText, .text = {text.data(), count}};
    switch (SSL_get_error(ssl_.get(), 0)) {
      case SSL_ERROR_WANT_READ:
        return {};
      case SSL_ERROR_ZERO_RETURN:
        closed_ = true;
        break;
      default: {
        failed_ = true;
        const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
        problem_ = reason != nullptr ? reason : "OpenSSL has failed";
        ERR_clear_error();
      }
    }
  }
  return {.kind = closed_ ? Opened::Kind::kClosed : Opened::Kind::kFailed, .text = {}};
}

bool OpensslRecordLayer::seal(std::string_view text, std::string& out) {
  if (!writing_ || failed_) return false;
  ERR_clear_error();
  std::size_t count = 0;
  if (!text.empty() &&
      (SSL_write_ex(ssl_.get(), text.data(), text.size(), &count) != 1 || count != text.size())) {
    failed_ = true;
    problem_ = "OpenSSL has failed";
    ERR_clear_error();
  }
  drain(out);
  return !failed_;
}

void OpensslRecordLayer::close(std::string& out) {
  if (!writing_) return;
  writing_ = false;
  ERR_clear_error();
  if (!failed_) SSL_shutdown(ssl_.get());
  drain(out);
  ERR_clear_error();
}

void OpensslRecordLayer::drain(std::string& out) {
  BIO* const bio = SSL_get_wbio(ssl_.get());
  const std::size_t count = BIO_ctrl_pending(bio);
  const std::size_t start = out.size();
  out.resize(start + count);
  if (count > 0) BIO_read(bio, out.data() + start, static_cast<int>(count));
}

}  // namespace wyld::tls
