#include "transport/connections.h"

#include <utility>

#include "codec/websocket/encoder.h"
#include "codec/websocket/json_form.h"
#include "transport/json_player.h"
#include "transport/telnet_player.h"

namespace wyld::transport {
namespace {

// A farewell to a client that is not let in. It waits for the client to end its side: closing at once, with
// the client's first words unread, would be a reset that destroys the sentence.
class Refusal final : public Connection, private runtime::StreamEvents {
 public:
  Refusal(Connections& home, runtime::Fd fd) : home_(home), stream_(home.loop(), std::move(fd), *this) {}

  void start(const std::string& bytes) {
    if (!stream_.open()) {
      on_end(0);
      return;
    }
    stream_.write([&bytes](std::string& out) { out += bytes; });
    stream_.close_after_flush(home_.options().farewell);
  }

 private:
  void on_bytes(char* /*data*/, std::size_t /*bytes*/) override {}
  void on_drained() override {}
  void on_end(int /*system_errno*/) override {
    home_.refusal_over();
    home_.retire(*this);
  }

  Connections& home_;
  runtime::Stream stream_;
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
  auto player = std::make_unique<TelnetPlayer>(*this, std::move(fd), std::move(*lease), /*websocket=*/false);
  TelnetPlayer& started = *player;
  connections_.emplace(player.get(), std::move(player));
  started.start(address, {});
}

void Connections::accept_websocket(UpgradedSocket socket) {
  Result<session::Lease> lease = admission_.admit(socket.address, loop_.now());
  if (!lease) {
    refuse(std::move(socket.fd), refusal_bytes(socket.protocol, lease.error().what));
    return;
  }
  if (socket.protocol == session::Protocol::kWebSocketTelnet) {
    auto player =
        std::make_unique<TelnetPlayer>(*this, std::move(socket.fd), std::move(*lease), /*websocket=*/true);
    TelnetPlayer& started = *player;
    connections_.emplace(player.get(), std::move(player));
    started.start(socket.address, std::move(socket.early_bytes));
  } else {
    auto player = std::make_unique<JsonPlayer>(*this, std::move(socket.fd), std::move(*lease));
    JsonPlayer& started = *player;
    connections_.emplace(player.get(), std::move(player));
    started.start(socket.address, std::move(socket.early_bytes));
  }
}

void Connections::refuse(runtime::Fd fd, const std::string& bytes) {
  if (!admission_.begin_refusal()) return;  // a flood is not worth sentences: closed
  auto refusal = std::make_unique<Refusal>(*this, std::move(fd));
  Refusal& started = *refusal;
  connections_.emplace(refusal.get(), std::move(refusal));
  started.start(bytes);
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
