#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "session/token_bucket.h"

namespace wyld::session {

enum class InputKind : std::uint8_t { kLine, kSecretLine, kCharacters, kSideChannel };

struct Input {
  InputKind kind = InputKind::kLine;
  std::string text;     // the body of a side-channel message
  std::string package;  // side channel only
};

struct WaitingLimits {
  // More than one read of 64 KiB brings from a person who pastes, and three and a half minutes at 20 lines a
  // second. Empty lines are what makes the count matter.
  std::size_t inputs_max = 4096;
  // The longest message of a page.
  std::size_t bytes_max = std::size_t{192} * 1024;
};

// Input that waits for its turn, in order, in one block of memory: seven bytes for each beside its text.
//
// Owner    a session, or the connection that carries it to another shard.
// Limits   WaitingLimits; push() refuses what does not fit, and remembers that it did.
// Secrets  any of it may be a password: the bytes are wiped when they leave, and with the object.
class WaitingInputs {
 public:
  WaitingInputs() noexcept = default;
  explicit WaitingInputs(const WaitingLimits& limits) noexcept : limits_(limits) {}
  WaitingInputs(WaitingInputs&& other) noexcept;
  WaitingInputs& operator=(WaitingInputs&& other) noexcept;
  ~WaitingInputs() { clear(); }

  // False: it does not fit, and is dropped.
  [[nodiscard]] bool push(InputKind kind, std::string_view text, std::string_view package = {});
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.size() - begin_; }
  // How many push() has refused since it was last empty.
  [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }
  // Neither may be called when it is empty.
  [[nodiscard]] InputKind front_kind() const noexcept;
  [[nodiscard]] Input pop();
  void clear() noexcept;

 private:
  void make_room(std::size_t bytes);

  WaitingLimits limits_;
  std::string bytes_;      // records: kind, bytes of the package, bytes of the text, package, text
  std::size_t begin_ = 0;  // of the first record
  std::size_t count_ = 0;
  std::size_t dropped_ = 0;
};

struct InputRates {
  double lines_per_second = 20;
  double lines_burst = 80;
  double side_channel_per_second = 60;
  double side_channel_burst = 120;
  // Whatever else a client can ask for that costs the world or the store something: interrupts, codes,
  // changed capabilities.
  double requests_per_second = 4;
  double requests_burst = 10;
};

// How fast one session's client may be heard. Survives the connection: a new one does not bring new tokens.
class InputGate {
 public:
  using TimePoint = TokenBucket::TimePoint;

  [[nodiscard]] bool take(InputKind kind, const InputRates& rates, TimePoint now) noexcept {
    if (kind == InputKind::kSideChannel)
      return side_channel_.take(rates.side_channel_per_second, rates.side_channel_burst, now);
    return lines_.take(rates.lines_per_second, rates.lines_burst, now);
  }
  // When it will be worth trying again.
  [[nodiscard]] TimePoint next(InputKind kind, const InputRates& rates) const noexcept {
    return kind == InputKind::kSideChannel ? side_channel_.next_token(rates.side_channel_per_second)
                                           : lines_.next_token(rates.lines_per_second);
  }
  [[nodiscard]] bool take_request(const InputRates& rates, TimePoint now) noexcept {
    return requests_.take(rates.requests_per_second, rates.requests_burst, now);
  }
  [[nodiscard]] TimePoint next_request(const InputRates& rates) const noexcept {
    return requests_.next_token(rates.requests_per_second);
  }

 private:
  TokenBucket lines_;
  TokenBucket side_channel_;
  TokenBucket requests_;
};

}  // namespace wyld::session
