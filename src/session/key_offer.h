#pragma once
// The secrets by which a player can come back, on their way to the client.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "session/resume_token.h"
#include "session/secret.h"
#include "session/session_record.h"

namespace wyld::session {

// Tokens and codes of one session that were made and not handed out yet. Each is given to the client only
// when the store has its hash, so that a gateway that is killed a moment later still knows it. If a second
// one is made meanwhile, both are handed out together.
//
// Owner    a session, until stored() says that all of it is.
// Thread   its shard's.
// Secrets  wiped when they are forgotten, and with the object.
class KeyOffer {
 public:
  using Random = std::function<void(std::span<std::uint8_t>)>;
  using Time = std::chrono::system_clock::time_point;

  KeyOffer() = default;
  ~KeyOffer() { forget(); }
  KeyOffer(const KeyOffer&) = delete;
  KeyOffer& operator=(const KeyOffer&) = delete;

  // Makes a token, and returns the keys that are to be stored. `shown`: the client came back by this one; the
  // same token always follows from it, because its client may show it twice. Null: a first token.
  [[nodiscard]] ResumeKeys make_token(ResumeKeys keys, const SecretHash* shown, const SuccessorKey& key,
                                      const Random& random, Time now);
  // The same with a code, which takes the place of the one before. `wanted`: the player has asked for it.
  [[nodiscard]] ResumeKeys make_code(ResumeKeys keys, bool wanted, const Random& random);

  // One of the keys returned is durable, or the store has refused it for good. False: another is on its way.
  [[nodiscard]] bool stored(bool durable) noexcept;
  // They are worth nothing: the client is gone, or the keys were revoked.
  void forget() noexcept {
    wipe(token_);
    wipe(code_);
  }
  // Not to be shown now.
  void forget_code() noexcept { wipe(code_); }

  [[nodiscard]] bool is_empty() const noexcept { return token_.empty() && code_.empty(); }
  [[nodiscard]] const std::string& token() const noexcept { return token_; }
  [[nodiscard]] const std::string& code() const noexcept { return code_; }
  [[nodiscard]] bool code_is_wanted() const noexcept { return wanted_; }

 private:
  std::string token_;
  std::string code_;
  bool wanted_ = false;
  std::uint32_t stores_ = 0;  // changes of the keys that are being stored
};

}  // namespace wyld::session
