#pragma once

#include <cstdint>
#include <string_view>

#include "session/player_transport.h"

namespace wyld::transport {

class Connection;

// What a connection passes on to its session.
enum class Passed : std::uint8_t {
  kLine,
  kSecretLine,
  kToken,       // shown to come back
  kTokenKept,   // the client has the last one it was given
  kCodeWanted,  // the client asks for a code
  kEnd,         // the client is gone
};

// Watches the border between players' connections and their sessions: a simulation keeps score with it. The
// product has none, and pays a look at a null pointer.
//
// Owner    whoever gives it to Connections; it outlives them.
// Thread   the shard's.
class Observer {
 public:
  // `connection` is new here: accepted, or come from another shard.
  virtual void connected(const Connection& connection) = 0;
  // A session is opened for `player`, the dialect of `connection`. It is given the result as its transport:
  // `player` itself, or something that passes everything on to it and outlives it.
  [[nodiscard]] virtual session::PlayerTransport& transport_for(session::PlayerTransport& player,
                                                                const Connection& connection) = 0;
  // The session hears this now, and has heard it. kEnd has no second call: the session may be gone.
  virtual void before(const session::PlayerTransport& player, Passed what, std::string_view text) = 0;
  virtual void after(const session::PlayerTransport& player, Passed what, std::string_view text) = 0;

 protected:
  ~Observer() = default;
};

}  // namespace wyld::transport
