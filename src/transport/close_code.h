#pragma once

#include "codec/websocket/decoder.h"
#include "session/player_transport.h"

namespace wyld::transport {

// How the end of a session looks in a WebSocket close frame (RFC 6455 section 7.4.1).
[[nodiscard]] constexpr ws::CloseCode close_code(session::EndReason reason) noexcept {
  switch (reason) {
    case session::EndReason::kShutdown:
      return ws::CloseCode::kServiceRestart;
    case session::EndReason::kWorldLost:
      return ws::CloseCode::kTryAgainLater;
    case session::EndReason::kLoginDeadline:
    case session::EndReason::kSlowReader:
    case session::EndReason::kViolation:
      return ws::CloseCode::kPolicy;
    case session::EndReason::kWorldEnded:
      break;
  }
  return ws::CloseCode::kNormal;
}

}  // namespace wyld::transport
