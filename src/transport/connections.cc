#include "transport/connections.h"

#include <sys/socket.h>

#include <utility>

#include "base/log.h"
#include "codec/websocket/encoder.h"
#include "codec/websocket/json_form.h"
#include "transport/json_player.h"
#include "transport/telnet_player.h"

namespace wyld::transport {
namespace {

// A refused client gets one attempt at a sentence; a full socket buffer right after accept means it is gone.
void say_and_close(const runtime::Fd& fd, const std::string& bytes) {
  [[maybe_unused]] const ssize_t put =
      ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(fd.get(), SHUT_WR);
}

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
    log(LogLevel::kInfo, "connection_refused", {{"address", address}, {"why", lease.error().what}});
    say_and_close(fd, refusal_bytes(session::Protocol::kTelnet, lease.error().what));
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
    log(LogLevel::kInfo, "connection_refused", {{"address", socket.address}, {"why", lease.error().what}});
    say_and_close(socket.fd, refusal_bytes(socket.protocol, lease.error().what));
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

void Connections::retire(const Connection& connection) {
  const auto found = connections_.find(&connection);
  if (found == connections_.end()) return;
  loop_.defer([dying = std::move(found->second)] {});
  connections_.erase(found);
}

}  // namespace wyld::transport
