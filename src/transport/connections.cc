#include "transport/connections.h"

#include <utility>
#include <vector>

#include "codec/websocket/encoder.h"
#include "codec/websocket/json_form.h"
#include "transport/json_dialect.h"
#include "transport/telnet_dialect.h"

namespace wyld::transport {
namespace {

// A farewell to a client that is not let in. It waits for the client to end its side: closing at once, with
// the client's first words unread, would be a reset that destroys the sentence.
class Refusal final : public Dialect {
 public:
  explicit Refusal(std::string bytes) : bytes_(std::move(bytes)) {}

  void start(std::string_view /*address*/) override {
    connection().write([this](std::string& out) { out += bytes_; });
    connection().close_after_flush(connection().home().options().farewell);
  }
  void on_bytes(char* /*data*/, std::size_t /*bytes*/) override {}
  void on_end() override { connection().home().refusal_over(); }

 private:
  const std::string bytes_;
};

std::string refusal_bytes(session::Protocol protocol, const char* sentence) {
  std::string out;
  if (protocol == session::Protocol::kTelnet) {
    out = sentence;
    out += "\r\n";
  } else {
    if (protocol == session::Protocol::kWebSocketJson) {
      std::string message;
      ws::json::append_bye("refused", sentence, /*retry=*/true, message);
      ws::append_message(ws::MessageKind::kText, message, out);
    }
    ws::append_close(ws::CloseCode::kTryAgainLater, sentence, out);
  }
  return out;
}

}  // namespace

void Connections::accept_telnet(runtime::Fd fd, const runtime::SocketAddress& peer) {
  const std::string address = peer.host_text();
  Result<session::Lease> lease = admission_.admit(address, loop_.now());
  if (!lease) {
    refuse(std::move(fd), refusal_bytes(session::Protocol::kTelnet, lease.error().what));
    return;
  }
  auto dialect = std::make_unique<TelnetDialect>(options_, std::move(*lease), /*websocket=*/false);
  add(std::make_unique<Connection>(*this, std::move(fd), std::move(dialect))).start(address);
}

void Connections::accept_web(runtime::Fd fd, const runtime::SocketAddress& peer) {
  add(std::make_unique<Connection>(*this, std::move(fd), make_web_())).start(peer.host_text());
}

void Connections::enter_websocket(Connection& connection, session::Protocol protocol,
                                  std::string_view address, std::string early_bytes) {
  Result<session::Lease> lease = admission_.admit(address, loop_.now());
  std::unique_ptr<Dialect> dialect;
  if (!lease) {
    if (!admission_.begin_refusal()) return connection.give_up();  // a flood is not worth sentences
    dialect = std::make_unique<Refusal>(refusal_bytes(protocol, lease.error().what));
  } else if (protocol == session::Protocol::kWebSocketTelnet) {
    dialect = std::make_unique<TelnetDialect>(options_, std::move(*lease), /*websocket=*/true);
  } else {
    dialect = std::make_unique<JsonDialect>(std::move(*lease));
  }
  connection.change_dialect(std::move(dialect), address, std::move(early_bytes));
}

void Connections::stop() {
  stopping_ = true;
  // Those that end now leave the list, and live until the end of the turn.
  std::vector<const Connection*> all;
  all.reserve(connections_.size());
  for (const auto& [connection, owned] : connections_) all.push_back(connection);
  for (const Connection* const connection : all) {
    if (const auto found = connections_.find(connection); found != connections_.end())
      found->second->on_stop();
  }
}

void Connections::take(Connection::Moved moved) {
  add(std::make_unique<Connection>(*this, moved)).arrive(std::move(moved));
}

Connection& Connections::add(std::unique_ptr<Connection> connection) {
  Connection& added = *connection;
  connections_.emplace(&added, std::move(connection));
  if (observer_ != nullptr) observer_->connected(added);
  return added;
}

void Connections::refuse(runtime::Fd fd, std::string bytes) {
  if (!admission_.begin_refusal()) return;  // a flood is not worth sentences: closed
  add(std::make_unique<Connection>(*this, std::move(fd), std::make_unique<Refusal>(std::move(bytes))))
      .start({});
}

runtime::Duration Connections::spread(runtime::Duration interval) {
  constexpr int kPercent = 20;
  const int percent = std::uniform_int_distribution<int>(100 - kPercent, 100 + kPercent)(random_);
  return interval * percent / 100;
}

void Connections::retire(const Connection& connection) {
  const auto found = connections_.find(&connection);
  if (found == connections_.end()) return;
  loop_.defer([dying = std::move(found->second)] {});
  connections_.erase(found);
}

}  // namespace wyld::transport
