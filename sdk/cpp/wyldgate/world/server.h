#pragma once
// The gRPC server around a Handler: one object makes a program a world.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "wyldgate/world/accounts.h"
#include "wyldgate/world/handler.h"
#include "wyldgate/world/sequence_store.h"
#include "wyldgate/world/sessions.h"

namespace wyldgate::world {

struct ServerOptions {
  std::string listen = "127.0.0.1:4100";  // port 0: any; see Server::port()
  std::string name = "world";
  std::string program;
  // Must be what the gateways are configured for.
  v1::Login login = v1::LOGIN_WORLD;
  // Not null: `login` is LOGIN_GATEWAY_WITH_WORLD_ACCOUNTS, whatever it says above, and AccountService is
  // offered.
  Accounts* accounts = nullptr;
  // Gateways must bring it; empty: anybody may connect. Without TLS it travels in the clear.
  std::string key;
  // PEM text; both empty: no TLS. With `tls_ca`, gateways must bring a certificate of its.
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_ca;
  // grpc.reflection.v1alpha, for grpcurl and its like.
  bool reflection = false;
  SessionsOptions sessions;
};

// Also serves grpc.health.v1 for "" and "wyldgate.world.v1.WorldService".
//
// Owner    the program; `handler` and `store` outlive it.
// Thread   start(), turn() and stop() from any thread, never from inside the Handler.
// Errors   sentences for the operator. A store that fails ends wait(): nothing that it did not keep was sent,
//          so a new process finds everything in order.
// Limits   one stream for each gateway: a second one takes the place of the first. A gateway that sends more
// than
//          1 MiB in one message loses its stream. SessionsOptions.
class Server {
 public:
  // `store` may be null.
  Server(Handler& handler, ServerOptions options, SequenceStore* store = nullptr);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Reads the store and listens. Returns what is wrong.
  [[nodiscard]] std::optional<std::string> start();
  [[nodiscard]] int port() const;
  // A turn of the world's own, from a timer say: `work` may speak to any session.
  void turn(const std::function<void(Sessions&)>& work);
  // Until stop() or a store that fails; returns what failed.
  [[nodiscard]] std::optional<std::string> wait();
  void stop();

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace wyldgate::world
