// What a client says under Char.Login: the first byte chooses the message, the rest is its body. What is
// taken for a message is within its bounds and clean; what the gateway says with any text is JSON.

#include <boost/json/parse.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"
#include "codec/gmcp/char_login.h"
#include "codec/gmcp/message.h"

namespace {

using namespace wyld;
using namespace wyld::gmcp::char_login;

void check_line(const std::string& text, std::size_t bytes_max) {
  WYLD_CHECK(text.size() <= bytes_max);
  WYLD_CHECK(is_valid_utf8(text));
  for (const char byte : text) WYLD_CHECK(static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7F);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string_view package = (data[0] & 1U) != 0 ? kReconnect : kCredentials;
  if (const auto message = parse(package, body)) {
    WYLD_CHECK(gmcp::valid_body(body) && !body.empty() && body.size() <= kBodyBytesMax);
    check_line(message->account, kAccountBytesMax);
    if (message->kind == Kind::kReturn) {
      WYLD_CHECK(package == kReconnect && message->secret.size() <= body.size());
    } else {
      WYLD_CHECK(package == kCredentials);
      check_line(message->secret, kPasswordBytesMax);
      const bool complete = !message->account.empty() && !message->secret.empty();
      WYLD_CHECK((message->kind == Kind::kSignIn) == complete);
    }
    std::string said;
    append_token(message->account, message->secret, (data[0] & 2U) != 0, said);
    const boost::json::value read = boost::json::parse(said);
    WYLD_CHECK(read.at("account").as_string() == message->account);
    WYLD_CHECK(read.at("token").as_string() == message->secret);
    said.clear();
    append_result(false, message->account, said);
    WYLD_CHECK(gmcp::valid_body(said));
  }
  if (const auto told = supports_without("Core.Supports.Set", body)) {
    gmcp::Supports supports;
    WYLD_CHECK(supports.set(*told) && supports.version_of(kModule) == 0);
  }
  return 0;
}
