#pragma once
// What is served at which path, apart from the WebSocket.

#include <functional>
#include <span>

#include "http/assets.h"
#include "http/message.h"
#include "http/server.h"

namespace wyld::http {

inline constexpr std::string_view kWebSocketPath = "/ws";

[[nodiscard]] bool is_health_path(std::string_view path) noexcept;

// The answer to a GET or HEAD of anything but kWebSocketPath; other methods are refused.
[[nodiscard]] Response respond(const Request& request, std::span<const Asset> assets,
                               const std::function<Health()>& health);

}  // namespace wyld::http
