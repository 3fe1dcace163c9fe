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
#include <vector>

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

// What a client must know to come back to a session (session/resume_token.h). Hashes are SHA-256, and all
// zero where there is none; a secret itself is never kept.
struct ResumeKeys {
  std::array<std::uint8_t, 16> family{};                   // the part that all tokens of a session share
  std::array<std::uint8_t, 32> current{};                  // of the token given out last
  std::array<std::uint8_t, 32> previous{};                 // of the one before
  std::chrono::system_clock::time_point previous_until{};  // after that it is retired
  std::array<std::uint8_t, 32> code{};                     // of the short code
  friend bool operator==(const ResumeKeys&, const ResumeKeys&) = default;
};

// What is known of a session besides: large, and seldom changed. Replaced as a whole, so that a copy is
// shared and never seen half changed.
struct SessionDetails {
  std::string account;  // empty: not logged in through the gateway
  Capabilities capabilities;
  std::map<std::string, std::string> metadata;  // the world's and the operator's notes
  ResumeKeys resume = {};
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

// A line that waits for its world.
struct QueuedCommand {
  std::uint64_t sequence = 0;  // of WorldLink::input()
  std::string line;            // never a secret
  std::chrono::system_clock::time_point created{};
  // Released to a world that does not acknowledge: it may have been sent, and never is again.
  bool in_flight = false;
  friend bool operator==(const QueuedCommand&, const QueuedCommand&) = default;
};
using CommandsPtr = std::shared_ptr<const std::vector<QueuedCommand>>;

// Output as every client can be told it.
enum class OutputKind : std::uint8_t {
  kText,    // the world's words
  kPrompt,  // the text since the last '\n' is a prompt
  kNotice,  // the gateway's own words
};

// Where a session's output stands. `epoch` is the process that numbered it. `offset` counts, from the
// session's beginning there: each byte of text and notices as UTF-8, and one for each prompt.
struct OutputPosition {
  std::uint64_t epoch = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const OutputPosition&, const OutputPosition&) = default;
};

struct OutputPiece {
  OutputKind kind = OutputKind::kText;
  std::uint64_t offset = 0;  // where it begins
  std::string text;
  std::chrono::system_clock::time_point created{};
  friend bool operator==(const OutputPiece&, const OutputPiece&) = default;
};

// The output of a held session that its client may not have: without gaps, in order.
struct Scrollback {
  std::uint64_t epoch = 0;
  // Of processes before, whose offsets go on in these; ascending.
  std::vector<std::uint64_t> earlier_epochs = {};
  std::uint64_t confirmed = 0;  // up to where the last client had it, as far as its system said
  std::vector<OutputPiece> pieces = {};
  // False: the session may have said more than this, which was never written.
  bool complete = false;
  std::uint64_t end = 0;  // the offset behind the last piece; what `complete` speaks of
  friend bool operator==(const Scrollback&, const Scrollback&) = default;
};
using ScrollbackPtr = std::shared_ptr<const Scrollback>;

// A session as the store keeps it: all that outlives the process.
struct SessionRow {
  SessionSnapshot session;  // `handle` and `expires` mean nothing here
  DetailsPtr details;
  // Null in a write: what is stored of it stays. Empty: it goes. Null in what is read: there is nothing.
  CommandsPtr commands = {};
  ScrollbackPtr scrollback = {};
};

}  // namespace wyld::session
