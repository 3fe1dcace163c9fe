#pragma once
// Writes IAC SB ... IAC SE with every IAC of the payload doubled (RFC 855).

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/telnet/protocol.h"

namespace wyld::telnet {

class SubnegotiationWriter {
 public:
  SubnegotiationWriter(std::uint8_t option, std::string& out) : out_(out) {
    out_.push_back(kIac);
    out_.push_back(static_cast<char>(Command::kSb));
    out_.push_back(static_cast<char>(option));
  }
  ~SubnegotiationWriter() {
    out_.push_back(kIac);
    out_.push_back(static_cast<char>(Command::kSe));
  }
  SubnegotiationWriter(const SubnegotiationWriter&) = delete;
  SubnegotiationWriter& operator=(const SubnegotiationWriter&) = delete;

  SubnegotiationWriter& byte(std::uint8_t value) {
    out_.push_back(static_cast<char>(value));
    if (value == 0xFF) out_.push_back(kIac);
    return *this;
  }

  SubnegotiationWriter& bytes(std::string_view values) {
    for (std::size_t iac = values.find(kIac); iac != std::string_view::npos; iac = values.find(kIac)) {
      out_.append(values, 0, iac + 1);
      out_.push_back(kIac);
      values.remove_prefix(iac + 1);
    }
    out_.append(values);
    return *this;
  }

 private:
  std::string& out_;
};

// `text` as a capability may hold it: printable ASCII, at most `bytes_max` bytes; the rest is left out.
[[nodiscard]] std::string printable_ascii(std::string_view text, std::size_t bytes_max);

}  // namespace wyld::telnet
