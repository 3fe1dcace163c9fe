#pragma once
// The web side: the play page, health, and the door to the WebSocket.

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/site.h"
#include "session/admission.h"
#include "session/protocol.h"

namespace wyld::http {

// A socket on which the 101 answer has been written. Whoever receives it owns `fd`.
struct Upgrade {
  int fd = -1;              // non-blocking, close-on-exec
  std::string early_bytes;  // what the client sent behind the request
  session::Protocol protocol = session::Protocol::kWebSocketJson;
  std::string peer_address;  // "203.0.113.7" or "2001:db8::7", without port
};

struct ServerOptions {
  std::vector<std::string> addresses;  // "127.0.0.1:4080", "[::1]:4080"; port 0 picks one
  // Whole-stage deadline for a request head, and for an idle kept-alive connection.
  std::chrono::milliseconds head_deadline{10'000};
  std::size_t head_bytes_max = 8 * 1024;
  // Who may connect; null: everybody. Outlives the server.
  session::Admission* admission = nullptr;
  // Origins (scheme://host[:port]) that may open a WebSocket besides the page's own host, and show the page
  // in a frame; "*" is any.
  std::vector<std::string> allowed_origins;
  // Names under which the page is served, besides numeric addresses and "localhost"; "*" is every name.
  std::vector<std::string> hosts;
  // Called on the server's thread, and must not block. Also with players that `admission` will refuse: a
  // browser shows what a WebSocket says, not an HTTP status. Absent: nobody plays.
  std::function<void(Upgrade)> on_upgrade;
  // What /readyz says; absent: "ok". Calls its argument once, from any thread, also when the server has
  // stopped meanwhile, but not after the server is gone.
  std::function<void(std::move_only_function<void(Health)>)> health;
};

// Serves the embedded page at "/", its assets, "/ws", "/livez" and "/readyz" (Boost.Beast over Asio) on one
// thread of its own: HTTP traffic never delays a shard.
//
// Owner    apps/.
// Thread   start() and stop() from the owner's; callbacks run on the server's thread.
// Errors   start() fails with the address and the reason; peers' faults are answered by HTTP status.
class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds every address and starts the thread. The error's text names the address.
  [[nodiscard]] std::expected<void, std::string> start();
  // Where it listens, with real ports, after start().
  [[nodiscard]] std::vector<std::string> addresses() const;
  // Stops accepting; requests in progress are cut after `grace`. Idempotent.
  void stop(std::chrono::milliseconds grace);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace wyld::http
