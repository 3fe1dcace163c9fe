#pragma once
// How the end of a session looks to its client.

#include <chrono>

#include "codec/websocket/decoder.h"
#include "session/player_transport.h"
#include "transport/options.h"

namespace wyld::transport {

// How the end of a session looks in a WebSocket close frame (RFC 6455 section 7.4.1).
[[nodiscard]] constexpr ws::CloseCode close_code(session::EndReason reason) noexcept {
  switch (reason) {
    case session::EndReason::kShutdown:
      return ws::CloseCode::kServiceRestart;
    case session::EndReason::kWorldLost:
    case session::EndReason::kBusy:
      return ws::CloseCode::kTryAgainLater;
    case session::EndReason::kLoginDeadline:
    case session::EndReason::kSlowReader:
    case session::EndReason::kViolation:
      return ws::CloseCode::kPolicy;
    case session::EndReason::kWorldEnded:
    case session::EndReason::kTakenOver:
      break;
  }
  return ws::CloseCode::kNormal;
}

// How long a client may take to read why its session ended.
[[nodiscard]] inline std::chrono::milliseconds farewell_time(const PlayerOptions& options,
                                                             session::EndReason reason) noexcept {
  return reason == session::EndReason::kShutdown ? options.drain_timeout : options.farewell;
}

}  // namespace wyld::transport
