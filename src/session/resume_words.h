#pragma once
// The words for a player who comes back.

#include <string>
#include <string_view>

#include "session/player_transport.h"

namespace wyld::session {

// None of these says that a session has ended where another gateway on the same database may hold it.
inline constexpr std::string_view kResumeGone =
    "Your session was not found: it has expired, was closed, or is on another gateway.";
inline constexpr std::string_view kResumeWrongCode =
    "No session has that code. Check it for typing mistakes; the session may also have expired, been "
    "closed, or be on another gateway.";
inline constexpr std::string_view kResumeBusy =
    "The gateway is too busy to find your session right now. Please try again.";

// "You are back. Some output since 21:05 UTC may be missing. 12 lines you missed:"
[[nodiscard]] std::string words_of(const ResumeAnswer& answer);

}  // namespace wyld::session
