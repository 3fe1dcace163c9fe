#include "codec/telnet/options/gmcp.h"

#include "codec/telnet/options/subnegotiation.h"

namespace wyld::telnet {
namespace {

namespace saved {
enum : std::uint32_t { kHello = 1, kSupports = 2 };
}

constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr std::string_view kEndsPackage = " \t\r\n{[\"";

std::string_view trim(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(kWhiteSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhiteSpace) - begin + 1);
}

}  // namespace

std::optional<GmcpMessage> split_gmcp(std::string_view payload) noexcept {
  const std::size_t end = payload.find_first_of(kEndsPackage);
  const std::string_view package = payload.substr(0, end);
  if (!gmcp::valid_package(package)) return std::nullopt;
  return GmcpMessage{package, end == std::string_view::npos ? std::string_view{} : trim(payload.substr(end))};
}

void append_gmcp(std::string_view package, std::string_view body, std::string& out) {
  SubnegotiationWriter writer(option::kGmcp, out);
  writer.bytes(package);
  if (!body.empty()) writer.byte(' ').bytes(body);
}

GmcpMemory::Said& GmcpMemory::said() {
  if (said_ == nullptr) said_ = std::make_unique<Said>();
  return *said_;
}

void GmcpMemory::remember(const GmcpMessage& message) {
  if (gmcp::same_package(message.package, "Core.Hello")) {
    if (is_hello(message.body)) said().hello = message.body;
  } else if (gmcp::Supports::concerns(message.package)) {
    said().supports.apply(message.package, message.body);
  }
}

void GmcpMemory::save(archive::Writer& out) const {
  if (said_ == nullptr) return;
  out.field(saved::kHello, said_->hello);
  if (!said_->supports.empty()) out.save(saved::kSupports, said_->supports);
}

void GmcpMemory::load(archive::Reader& in) {
  GmcpMemory fresh;
  while (in.next()) {
    switch (in.tag()) {
      case saved::kHello:
        in.read(fresh.said().hello, kHelloBytesMax);
        in.require(!in.ok() || is_hello(fresh.said_->hello), "a hello is no JSON object");
        break;
      case saved::kSupports:
        in.load(fresh.said().supports);
        break;
      default:
        break;
    }
  }
  if (in.ok()) *this = std::move(fresh);
}

bool GmcpMemory::is_hello(std::string_view body) {
  return body.size() <= kHelloBytesMax && body.starts_with('{') && gmcp::valid_body(body);
}

std::string GmcpMemory::hello() const { return said_ == nullptr ? std::string{} : said_->hello; }

std::string GmcpMemory::supports() const {
  return said_ == nullptr || said_->supports.empty() ? std::string{} : said_->supports.to_json();
}

}  // namespace wyld::telnet
