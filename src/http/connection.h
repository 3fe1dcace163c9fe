#pragma once
// One HTTP connection: reads heads, answers them one after the other, or becomes a WebSocket.

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "http/assets.h"
#include "http/message.h"
#include "http/reserve.h"
#include "http/server.h"
#include "session/admission.h"

namespace wyld::http {

class Connection;

// What the connections of one server have in common. Outlives them all; the server's thread only.
struct Site {
  ServerOptions options;
  std::vector<Page> pages;
  std::string frame_ancestors = "'none'";
  std::unordered_set<Connection*> connections;
  Reserve<Connection> reserve;
  bool stopping = false;
  std::function<void()> on_connection_gone;

  // Counts it, and tells the operator now and then.
  void note_unknown_host(std::string_view host);
  std::size_t unknown_hosts = 0;  // since the last line in the log
  std::chrono::steady_clock::time_point next_unknown_host_line{};
};

// Owner    itself, through the operation that is in flight; `Site::connections` lists it.
// Thread   the server's.
// Errors   a malformed head is answered and ends the connection; a deadline just ends it.
// Limits   ServerOptions; one answer in flight, so a pipelining client waits.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, std::string peer_address, Site& site);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] const std::string& peer_address() const noexcept { return peer_address_; }
  // Before read_head(), one of these: it has a place among the others until it ends; or it is in the reserve,
  // where it may ask for health or become a WebSocket, and reads `why` otherwise.
  void admit(session::Lease lease) { lease_ = std::move(lease); }
  void refuse(const Error& why) { refusal_ = why; }

  void read_head();
  // The server stops: an idle connection ends now, one with a request in progress after its answer.
  void wind_down();
  void close();

 private:
  enum class Phase : unsigned char { kReading, kAnswering, kDraining };
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

  void on_head(boost::beast::error_code error, std::size_t bytes);
  [[nodiscard]] Request request() const;
  void answer(const Request& request);
  void report_health(bool head_only, bool keep_alive);
  void send(Response response, bool head_only, bool keep_alive);
  void upgrade(session::Protocol protocol, std::string head);
  void hand_over(session::Protocol protocol);
  void drain();

  boost::beast::tcp_stream stream_;
  std::string peer_address_;
  session::Lease lease_;
  std::optional<Error> refusal_;
  Site& site_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Response response_;  // while it is being written
  std::string head_;   // likewise
  std::size_t drained_bytes_ = 0;
  Phase phase_ = Phase::kReading;
};

}  // namespace wyld::http
