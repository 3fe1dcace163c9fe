#pragma once
// Makes records that are genuine, whatever is in them: a peer that has the keys and breaks the rules.

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/tls/aead.h"
#include "codec/tls/savable_record_layer.h"

namespace wyld::tls::testing {

// Concatenates in the order of the list: the operands of + may be evaluated in any order.
inline std::string join(std::initializer_list<std::string> parts) {
  std::string out;
  for (const std::string& part : parts) out += part;
  return out;
}

struct OpenedText {
  std::string text;
  Opened::Kind end = Opened::Kind::kMore;
};
// Everything in `bytes`, from a heap copy of the exact size, so that sanitizers see a step beyond it.
inline OpenedText open_all(RecordLayer& layer, std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  bytes.copy(copy.get(), bytes.size());
  std::span<char> input(copy.get(), bytes.size());
  OpenedText out;
  for (;;) {
    const Opened opened = layer.open(input);
    out.end = opened.kind;
    if (opened.kind != Opened::Kind::kText) return out;
    out.text.append(opened.text.begin(), opened.text.end());
  }
}

inline std::string sealed(RecordLayer& layer, std::string_view text) {
  std::string out;
  WYLD_CHECK(layer.seal(text, out));
  return out;
}

class Forge {
 public:
  explicit Forge(std::uint16_t suite_id, bool layer_is_client = false)
      : suite_(*find_suite(suite_id)),
        client_(layer_is_client),
        context_(make_aead_context(suite_.aead, true)) {
    std::fill_n(keys_.secret.begin(), suite_.secret_bytes(), 0x11);
    if (suite_.version == Version::kTls13) {
      WYLD_CHECK(derive_tls13(suite_, keys_));
    } else {
      TrafficKeys other;
      WYLD_CHECK(
          derive_tls12(suite_, kMaster, kRandom, kRandom, client_ ? other : keys_, client_ ? keys_ : other));
      keys_.sequence = 1;
    }
  }

  [[nodiscard]] std::unique_ptr<SavableRecordLayer> layer(const RecordOptions& options) const {
    Established established;
    const std::string secret(suite_.secret_bytes(), 0x11);
    const std::string own(suite_.secret_bytes(), 0x22);
    established.suite = &suite_;
    established.client = client_;
    established.read_secret = secret;
    established.write_secret = own;
    established.master = kMaster;
    established.client_random = kRandom;
    established.server_random = kRandom;
    established.read_sequence = suite_.version == Version::kTls13 ? 0 : 1;
    established.write_sequence = established.read_sequence;
    return std::make_unique<SavableRecordLayer>(established, options);
  }

  // One record, whatever its length. TLS 1.3: `content` with its type and padding.
  std::string raw(unsigned char outer_type, std::string_view content) {
    const bool explicit_nonce = suite_.explicit_nonce();
    const std::size_t length = content.size() + kTagBytes + (explicit_nonce ? kExplicitNonceBytes : 0);
    std::string out{static_cast<char>(outer_type), 3, 3, static_cast<char>(length >> 8),
                    static_cast<char>(length)};
    Nonce nonce = keys_.iv;
    if (explicit_nonce) {
      out += "explicit";
      std::copy_n("explicit", kExplicitNonceBytes, nonce.begin() + 4);
    } else {
      for (std::size_t i = 0; i < 8; ++i)
        nonce[4 + i] = static_cast<unsigned char>(nonce[4 + i] ^ keys_.sequence >> (56 - 8 * i));
    }
    Additional additional;
    if (suite_.version == Version::kTls13) {
      std::copy_n(out.begin(), kHeaderBytes, additional.bytes.begin());
      additional.count = kHeaderBytes;
    } else {
      for (std::size_t i = 0; i < 8; ++i)
        additional.bytes[i] = static_cast<unsigned char>(keys_.sequence >> (56 - 8 * i));
      std::copy_n(out.begin(), 3, additional.bytes.begin() + 8);
      additional.bytes[11] = static_cast<unsigned char>(content.size() >> 8);
      additional.bytes[12] = static_cast<unsigned char>(content.size());
      additional.count = 13;
    }
    std::string text(content);
    text.resize(content.size() + kTagBytes);
    WYLD_CHECK(
        protect(context_.get(), true, keys_.key.data(), nonce, additional, text.data(), content.size()));
    ++keys_.sequence;
    return out + text;
  }
  std::string record(ContentType type, std::string_view content, std::size_t padding = 0) {
    if (suite_.version == Version::kTls12) return raw(static_cast<unsigned char>(type), content);
    return raw(23, std::string(content) + static_cast<char>(type) + std::string(padding, '\0'));
  }
  std::string text(std::string_view content) { return record(ContentType::kApplicationData, content); }
  // Records after it have the next keys.
  std::string key_update(bool ask) {
    std::string out = record(ContentType::kHandshake, {ask ? "\x18\0\0\1\1" : "\x18\0\0\1\0", 5});
    next_keys();
    return out;
  }
  void next_keys() { WYLD_CHECK(update_tls13(suite_, keys_)); }

  [[nodiscard]] const Suite& suite() const noexcept { return suite_; }

 private:
  static constexpr std::string_view kMaster = "a master secret of forty-eight bytes, for a test";
  static constexpr std::string_view kRandom = "thirty-two bytes without a dice.";

  const Suite& suite_;
  bool client_;
  AeadContext context_;
  TrafficKeys keys_;
};

}  // namespace wyld::tls::testing
