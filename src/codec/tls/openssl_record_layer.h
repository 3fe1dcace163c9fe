#pragma once

#include <string>

#include "codec/tls/handshake.h"

namespace wyld::tls {

// OpenSSL's own record layer: for the cautious, and to compare ours with. It cannot move. Owner, thread and
// errors as RecordLayer; some 14 KB while idle.
class OpensslRecordLayer final : public RecordLayer {
 public:
  // With its handshake done, on memory BIOs.
  explicit OpensslRecordLayer(SslPtr ssl);

  [[nodiscard]] Opened open(std::span<char>& input) override;
  [[nodiscard]] bool seal(std::string_view text, std::string& out) override;
  void close(std::string& out) override;
  [[nodiscard]] bool peer_closed() const noexcept override { return closed_; }
  [[nodiscard]] const char* problem() const noexcept override { return problem_; }
  [[nodiscard]] bool movable() const noexcept override { return false; }

 private:
  void drain(std::string& out);

  SslPtr ssl_;
  const char* problem_ = "";
  bool writing_ = true;
  bool closed_ = false;
  bool failed_ = false;
};

}  // namespace wyld::tls
