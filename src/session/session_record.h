#pragma once
// The half of a session that any thread may read: identity, state, times, who and where from.

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/session_id.h"
#include "codec/capabilities.h"
#include "session/protocol.h"
#include "session/session_handle.h"
#include "session/state.h"

namespace wyld::session {

// A numeric address without port, "203.0.113.7" or "2001:db8::7", in place: no heap block, copied word by
// word. Longer text than any address has (kBytesMax) is cut.
class AddressText {
 public:
  static constexpr std::size_t kBytesMax = 47;  // INET6_ADDRSTRLEN with a short zone

  AddressText() = default;
  AddressText(std::string_view text) noexcept {  // NOLINT(google-explicit-constructor): text is its meaning
    const std::size_t count = text.size() < kBytesMax ? text.size() : kBytesMax;
    if (count > 0) std::memcpy(bytes_.data(), text.data(), count);  // a view of nothing may be null
    bytes_[kBytesMax] = static_cast<char>(count);
  }
  AddressText(const char* text) noexcept : AddressText(std::string_view(text)) {}         // NOLINT
  AddressText(const std::string& text) noexcept : AddressText(std::string_view(text)) {}  // NOLINT

  [[nodiscard]] std::string_view view() const noexcept {
    return {bytes_.data(), static_cast<std::size_t>(bytes_[kBytesMax])};
  }
  [[nodiscard]] std::string text() const { return std::string(view()); }
  friend bool operator==(const AddressText&, const AddressText&) = default;

 private:
  std::array<char, kBytesMax + 1> bytes_{};  // the last one counts
};

// What is known of a session besides: large, and seldom changed. Replaced as a whole, so that a copy is
// shared and never seen half changed.
struct SessionDetails {
  std::string account;  // empty: not logged in through the gateway
  Capabilities capabilities;
  std::map<std::string, std::string> metadata;  // the world's and the operator's notes
  friend bool operator==(const SessionDetails&, const SessionDetails&) = default;
};
using DetailsPtr = std::shared_ptr<const SessionDetails>;  // null: nothing is known yet

// A copy of the small part, taken at one moment.
struct SessionSnapshot {
  SessionId id;
  Protocol protocol = Protocol::kTelnet;
  State state = State::kConnecting;
  AddressText address;
  std::chrono::system_clock::time_point created{};
  std::chrono::system_clock::time_point last_activity{};
  SessionHandle handle;                             // of its connection; generation 0: it has none
  std::chrono::system_clock::time_point expires{};  // while Disconnected: how long it is held

  [[nodiscard]] bool is_expired(std::chrono::system_clock::time_point now) const noexcept {
    return state == State::kDisconnected && now >= expires;
  }
};

// A session as the store keeps it: all that outlives the process.
struct SessionRow {
  SessionSnapshot session;  // `handle` and `expires` mean nothing here
  DetailsPtr details;
};

}  // namespace wyld::session
