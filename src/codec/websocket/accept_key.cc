// SHA-1 here is what RFC 6455 section 4.2.2 asks for; nothing secret depends on it.

#include <openssl/evp.h>

#include <array>

#include "base/check.h"
#include "codec/websocket/encoder.h"

namespace wyld::ws {

std::string accept_key(std::string_view sec_websocket_key) {
  std::string input(sec_websocket_key);
  input += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned digest_bytes = 0;
  WYLD_CHECK(EVP_Digest(input.data(), input.size(), digest.data(), &digest_bytes, EVP_sha1(), nullptr) == 1);
  std::array<unsigned char, 4 * EVP_MAX_MD_SIZE / 3 + 8> text{};
  const int text_bytes = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest_bytes));
  return {text.begin(), text.begin() + text_bytes};
}

}  // namespace wyld::ws
