#pragma once
// Option 201: how telnet frames a GMCP message. codec/gmcp/ knows what one may say.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/archive.h"
#include "codec/gmcp/message.h"

namespace wyld::telnet {

struct GmcpMessage {
  std::string_view package;
  std::string_view body;  // without surrounding white space; may be empty
};

// Splits at the first white space, or where JSON begins: some peers write a newline there, or nothing.
// Nothing when `package` is invalid.
[[nodiscard]] std::optional<GmcpMessage> split_gmcp(std::string_view payload) noexcept;

void append_gmcp(std::string_view package, std::string_view body, std::string& out);

// What a client said about itself by Core.Hello and Core.Supports, for a world that is attached later.
//
// Limits   a hello over kHelloBytesMax is not kept; gmcp::kSupportsMax packages.
class GmcpMemory {
 public:
  static constexpr archive::Schema kArchive{"GMCP memory", 1};
  static constexpr std::size_t kHelloBytesMax = 1024;

  void save(archive::Writer& out) const;
  void load(archive::Reader& in);

  // Takes note of the message if it is one of these and has the form it must have.
  void remember(const GmcpMessage& message);

  // Whether Core.Supports lists anything.
  [[nodiscard]] bool lists_any() const noexcept { return said_ != nullptr && !said_->supports.empty(); }
  // The version in which it lists `package` itself; 0: not at all.
  [[nodiscard]] std::uint32_t version_of(std::string_view package) const noexcept {
    return said_ == nullptr ? 0 : said_->supports.version_of(package);
  }

  [[nodiscard]] std::string hello() const;
  [[nodiscard]] std::string supports() const;

 private:
  struct Said {
    std::string hello;
    gmcp::Supports supports;
  };
  Said& said();
  [[nodiscard]] static bool is_hello(std::string_view body);

  std::unique_ptr<Said> said_;  // absent until the client says something
};

}  // namespace wyld::telnet
