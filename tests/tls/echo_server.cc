// A TLS server for tests/tls/peers_test.py: says "welcome" and then what it hears, with the codec of
// src/codec/tls. One connection after another, each for 10 s at most.
//
//   tls_echo_server CERTIFICATE KEY savable|moving|openssl
//
// "moving" saves, wipes and loads the record layer after each read. Prints its port, then a line for each
// handshake.

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/check.h"
#include "codec/tls/handshake.h"

namespace {

using namespace wyld;
using namespace wyld::tls;

std::string contents(const char* path) {
  std::ifstream file(path, std::ios::binary);
  WYLD_CHECK(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

void send_all(int fd, std::string& bytes) {
  for (std::string_view rest = bytes; !rest.empty();) {
    const ssize_t count = send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  bytes.clear();
}

// Empty: the peer has ended, or said nothing for 10 s.
std::string receive(int fd) {
  pollfd wanted{.fd = fd, .events = POLLIN, .revents = 0};
  std::string bytes(40000, '\0');
  const ssize_t count = poll(&wanted, 1, 10000) == 1 ? recv(fd, bytes.data(), bytes.size(), 0) : 0;
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

std::unique_ptr<RecordLayer> moved(std::unique_ptr<RecordLayer> layer, const RecordOptions& options) {
  auto* const old = dynamic_cast<SavableRecordLayer*>(layer.get());
  if (old == nullptr || !old->movable()) return layer;
  old->freeze();
  const auto bytes = archive::save(*old, archive::TimePoint{});
  old->wipe();
  auto fresh = std::make_unique<SavableRecordLayer>(options);
  WYLD_CHECK(bytes && archive::load(bytes->view(), archive::TimePoint{}, *fresh));
  fresh->take_over();
  return fresh;
}

void serve(int fd, const std::shared_ptr<const ServerContext>& context, std::string_view mode) {
  static const RecordOptions options{.key_update_records = mode == "moving" ? 3U : 1U << 22};
  Handshake handshake(context);
  std::string out;
  Handshake::Step step = Handshake::Step::kMore;
  while (step == Handshake::Step::kMore) {
    const std::string in = receive(fd);
    if (in.empty()) return;
    step = handshake.feed(in, out);
    send_all(fd, out);
  }
  if (step == Handshake::Step::kFailed) {
    std::printf("failed: %s\n", handshake.problem().c_str());
    return;
  }
  std::printf("done: %s %s%s%s\n", handshake.version() == Version::kTls13 ? "1.3" : "1.2",
              std::string(handshake.suite_name()).c_str(), handshake.resumed() ? " resumed" : "",
              handshake.alpn().empty() ? "" : (" " + handshake.alpn()).c_str());
  std::string in;
  auto layer = handshake.finish(mode == "openssl" ? RecordLayerKind::kOpenssl : RecordLayerKind::kSavable,
                                options, in);
  bool open = layer->seal("welcome\n", out);
  send_all(fd, out);
  while (open) {
    std::span<char> input(in);
    std::string heard;
    Opened opened;
    while ((opened = layer->open(input)).kind == Opened::Kind::kText)
      heard.append(opened.text.begin(), opened.text.end());
    open = opened.kind == Opened::Kind::kMore && layer->seal(heard, out);
    if (heard.find("HTTP/1.1") != std::string::npos) {
      open =
          layer->seal("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine", out) && false;
    }
    if (!open) layer->close(out);
    send_all(fd, out);
    if (mode == "moving") layer = moved(std::move(layer), options);
    if (open && (in = receive(fd)).empty()) break;
  }
  std::printf("ended: %s%s\n", layer->peer_closed() ? "close_notify " : "", layer->problem());
}

}  // namespace

int main(int argc, char** argv) {
  WYLD_CHECK(argc == 4);
  std::signal(SIGPIPE, SIG_IGN);
  std::string problem;
  const auto context = ServerContext::make(
      {.certificates = {{.chain_pem = contents(argv[1]), .key_pem = contents(argv[2]), .names = {}}}},
      std::make_shared<TicketKeys>(), problem);
  if (!context) {
    std::fprintf(stderr, "%s\n", problem.c_str());
    return 1;
  }
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  WYLD_CHECK(bind(listener, any, bytes) == 0 && listen(listener, 16) == 0 &&
             getsockname(listener, any, &bytes) == 0);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::printf("%d\n", ntohs(address.sin_port));
  for (;;) {
    const int fd = accept(listener, nullptr, nullptr);
    if (fd < 0) return 0;
    serve(fd, context, argv[3]);
    shutdown(fd, SHUT_WR);
    while (!receive(fd).empty()) {
    }
    close(fd);
  }
}
