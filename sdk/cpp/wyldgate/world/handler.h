#pragma once
// What a world hears.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "wyldgate/world/session.h"
#include "wyldgate/world/v1/world.pb.h"

namespace wyldgate::world {

// Each call is one event of one session. All that it says leaves together, after the turn's numbers are kept.
//
// Owner    the program; outlives Sessions and Server.
// Thread   one call at a time, on threads of gRPC's. A call that takes long holds up everybody.
// Errors   an exception costs what the event said so far; see failed().
class Handler {
 public:
  virtual ~Handler() = default;

  // A new player, or one of whom this world knows nothing any more (Session::returning()).
  virtual void attached(Session& /*session*/) {}
  // One this world knows: the stream broke, or the world or the gateway was restarted. Usually nothing to do.
  // Session::data is empty after a restart of the world; Session::state() is as it was left.
  virtual void returned(Session& /*session*/) {}
  // `secret`: typed while echo was off; not for logs.
  virtual void line(Session& /*session*/, std::string_view /*text*/, bool /*secret*/) {}
  virtual void side_channel(Session& /*session*/, std::string_view /*package*/, const v1::Value& /*value*/) {}
  // Session::connected() has changed.
  virtual void presence(Session& /*session*/) {}
  virtual void capabilities_changed(Session& /*session*/) {}
  virtual void interrupt(Session& /*session*/) {}
  // Session::paused() has changed.
  virtual void flow(Session& /*session*/) {}
  virtual void edited(Session& /*session*/, std::uint64_t /*edit*/, bool /*cancelled*/,
                      std::string_view /*text*/) {}
  // The session is over, because the player has gone or the world has said disconnect(); nothing can be said
  // to it.
  virtual void detached(Session& /*session*/, v1::DetachReason /*reason*/) {}
  // One of the above has thrown. The player is told that something went wrong; the event counts as taken.
  virtual void failed(const Session& session, std::string_view what);

  // Asked by gateways at connect.
  virtual v1::GetPropertiesResponse properties() { return {}; }
  virtual std::map<std::string, double> statistics() { return {}; }
};

}  // namespace wyldgate::world
