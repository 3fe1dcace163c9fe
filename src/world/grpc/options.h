#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace wyld::grpc_world {

// Who logs players in: must be what the world says of itself.
enum class Login : std::uint8_t {
  kWorld,          // the world, by its own dialogue or not at all
  kGateway,        // the gateway, with accounts of its own
  kWorldAccounts,  // the gateway, which asks the world: GrpcWorld::accounts()
};

struct GrpcWorldOptions {
  std::string url;     // as the operator wrote it, for the log
  std::string target;  // "127.0.0.1:7000", "[::1]:7000", "world.example:7000"
  bool tls = false;
  // PEM, not names of files. Without `tls_ca` the system's authorities are trusted; without a certificate of
  // our own we show none.
  std::string tls_ca;
  std::string tls_certificate;
  std::string tls_key;
  // Shared with the world; empty: none. Never logged.
  std::string key;

  std::string name = "The game";  // for the players
  std::string gateway;            // what this gateway is called, for the world
  std::string program;            // "wyldgate 0.1.0"
  Login login = Login::kWorld;

  // From the dial to the world's hello.
  std::chrono::milliseconds connect_timeout{10'000};
  // Between attempts: the first pause, doubling to the last, each shortened by up to half at random.
  std::chrono::milliseconds pause_first{100};
  std::chrono::milliseconds pause_last{5'000};
  // A connection on which nothing comes for so long is asked whether it is there. Servers of gRPC end
  // connections that ask more often than every five minutes, unless told otherwise.
  std::chrono::milliseconds keepalive{310'000};
  // How long the answer to that may take.
  std::chrono::milliseconds keepalive_answer{20'000};
  // For questions beside the stream.
  std::chrono::milliseconds call_deadline{5'000};
  // The world's statistics are asked for at connect, and then so often.
  std::chrono::milliseconds statistics_every{60'000};
  // So many questions about accounts may be out; who comes then is told that it is busy.
  std::size_t account_questions_max = 256;
  // Messages of the world's that shards have not worked off. Beyond, the stream is not read.
  std::size_t inbound_bytes_high = 8 * 1024 * 1024;
  // Events that may wait for acknowledgement over all sessions.
  std::size_t window_events = 65'536;
};

}  // namespace wyld::grpc_world
