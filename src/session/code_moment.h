#pragma once
// When a player is shown the code by which they come back, in front of a world with a login of its own.

#include <chrono>
#include <optional>
#include <string_view>

#include "runtime/timing_wheel.h"

namespace wyld::session {

// The gateway cannot see when such a login is over. It goes by the signs: a password was typed and echo is on
// again, or ten seconds have passed; then the world has answered a line that was no secret, or the player has
// only read for ten seconds. Never while a password is asked for.
//
// Each event may return when to look; at that time may_show() decides.
//
// Owner    a session.
// Thread   its shard's.
class CodeMoment {
 public:
  using Look = std::optional<runtime::TimePoint>;

  // The first line went to the world.
  [[nodiscard]] Look entered(runtime::TimePoint now) noexcept;
  // A line that is no secret went to the world.
  void typed() noexcept { typed_ = due_; }
  // The world has said something.
  [[nodiscard]] bool awaits_answer() const noexcept { return typed_; }
  [[nodiscard]] Look answered(runtime::TimePoint now) noexcept;
  // A password has been typed: the client shows again what is typed.
  [[nodiscard]] Look echo_is_back(runtime::TimePoint now) noexcept;

  // `prompt`: the line that the player sees unfinished.
  [[nodiscard]] bool may_show(bool client_echoes, std::string_view prompt) const noexcept;
  void shown() noexcept { due_ = typed_ = false; }
  // It could not be shown after all.
  void put_off() noexcept { due_ = true; }

 private:
  bool due_ = false;
  bool typed_ = false;            // and not answered yet
  bool password_typed_ = false;   // before: a login is over
  runtime::TimePoint entered_{};  // when the first line went to the world
};

}  // namespace wyld::session
