#pragma once
// What is served at which path, apart from the WebSocket.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/assets.h"
#include "http/message.h"

namespace wyld::http {

inline constexpr std::string_view kWebSocketPath = "/ws";
inline constexpr std::string_view kLivePath = "/livez";
inline constexpr std::string_view kReadyPath = "/readyz";

struct Health {
  bool ready = true;
  std::string text;  // one line, e.g. "ok" or "degraded: store unreachable since ..."
};

// What a request's path means here. A web server in front may have the gateway under a path of its own and
// leave it in its requests: "/play/ws" is "/ws", "/play/" is "/". Such a prefix has plain names only
// (letters, digits,
// '-', '_'); any other path is returned whole.
[[nodiscard]] std::string_view local_path(std::string_view path) noexcept;

// Of a local path.
[[nodiscard]] bool is_health_path(std::string_view path) noexcept;

// The answer to a GET or HEAD of anything but kWebSocketPath and kReadyPath; other methods are refused.
[[nodiscard]] Response respond(const Request& request, std::span<const Page> pages);

// The answer to kReadyPath.
[[nodiscard]] Response readiness_response(const Health& health);

// Whose pages may show the page in a frame, for frame-ancestors: the sites that may open its WebSocket.
[[nodiscard]] std::string frame_ancestors(const std::vector<std::string>& allowed_origins);

}  // namespace wyld::http
