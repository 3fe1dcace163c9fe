#include "session/key_offer.h"

#include <array>
#include <cstring>

namespace wyld::session {

ResumeKeys KeyOffer::make_token(ResumeKeys keys, const SecretHash* shown, const SuccessorKey& key,
                                const Random& random, Time now) {
  ResumeToken fresh{.family = keys.family};
  if (!is_set(fresh.family)) random(fresh.family);
  if (shown != nullptr) {
    fresh.secret = successor(*shown, key);
  } else {
    random(fresh.secret);
  }
  rotate(keys, shown != nullptr ? *shown : keys.current, fresh, now);
  wipe(token_);
  token_ = fresh.text();
  ++stores_;
  return keys;
}

ResumeKeys KeyOffer::make_code(ResumeKeys keys, bool wanted, const Random& random) {
  std::array<std::uint8_t, 8> bytes{};
  random(bytes);
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes.data(), sizeof(bits));
  const ResumeCode code = ResumeCode::from(bits);
  keys.code = hash_of(code);
  wipe(code_);
  code_ = code.text();
  wanted_ = wanted_ || wanted;
  ++stores_;
  return keys;
}

bool KeyOffer::stored(bool durable) noexcept {
  if (!durable) forget();
  return --stores_ == 0;
}

}  // namespace wyld::session
