#include "http/connection.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <tuple>
#include <utility>
#include <variant>

#include "base/counters.h"
#include "base/log.h"
#include "http/framing.h"
#include "http/refusal.h"
#include "http/site.h"
#include "http/upgrade.h"

namespace wyld::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

// For a connection in the reserve to say what it wants.
constexpr std::chrono::milliseconds kReserveDeadline{2'000};
// For a client that reads its answer slowly.
constexpr std::chrono::seconds kAnswerDeadline{60};
// After a final answer we read on for a moment: closing with unread bytes would reset the connection
// and take the answer with it.
constexpr std::chrono::seconds kDrainDeadline{2};
constexpr std::size_t kDrainBytesMax = 64 * 1024;
// Anybody may send any name: the log has one line in this time.
constexpr std::chrono::minutes kUnknownHostPause{1};
// Room for what a client sends after the head in the same packet.
constexpr std::size_t kBufferBytesBeyondHead = 4 * 1024;

bool is_http_error(const beast::error_code& error) {
  return error.category() == beast::http::make_error_code(beast::http::error::end_of_stream).category();
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

void Site::note_unknown_host(std::string_view host) {
  count(Counter::kHostsUnknown);
  ++unknown_hosts;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_unknown_host_line) return;
  next_unknown_host_line = now + kUnknownHostPause;
  log(LogLevel::kWarning, "host_unknown",
      {{"host", std::string(host)},
       {"requests", std::to_string(std::exchange(unknown_hosts, 0))},
       {"advice", "add the name to web.hosts if it is yours"}});
}

Connection::Connection(asio::ip::tcp::socket socket, std::string peer_address, Site& site)
    : stream_(std::move(socket)),
      peer_address_(std::move(peer_address)),
      site_(site),
      buffer_(site.options.head_bytes_max + kBufferBytesBeyondHead) {
  site_.connections.insert(this);
}

Connection::~Connection() {
  site_.connections.erase(this);
  site_.reserve.leave(*this);
  if (site_.on_connection_gone) site_.on_connection_gone();
}

void Connection::read_head() {
  phase_ = Phase::kReading;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(site_.options.head_bytes_max));
  // One deadline for the head, however many pieces it comes in.
  stream_.expires_after(
      refusal_ ? std::min<std::chrono::milliseconds>(site_.options.head_deadline, kReserveDeadline)
               : site_.options.head_deadline);
  beast::http::async_read_header(stream_, buffer_, *parser_,
                                 [self = shared_from_this()](beast::error_code error, std::size_t bytes) {
                                   self->on_head(error, bytes);
                                 });
}

void Connection::on_head(beast::error_code error, std::size_t bytes) {
  using HttpError = beast::http::error;
  // The parser's own limit does not count every byte.
  const bool oversized = !error && bytes > site_.options.head_bytes_max;
  if (!error && !oversized) {
    answer(request());
    return;
  }
  if (oversized || error == HttpError::header_limit || error == HttpError::buffer_overflow) {
    send(text_response(431, "The request head is too long."), false, false);
    return;
  }
  // An end before or inside a head, a deadline, a reset: nobody waits for an answer.
  if (!is_http_error(error) || error == HttpError::end_of_stream || error == HttpError::partial_message)
    return;
  send(text_response(400, "This is not an HTTP request."), false, false);
}

Request Connection::request() const {
  const auto& head = parser_->get();
  Request request;
  request.method = view(head.method_string());
  request.target = view(head.target());
  request.http_1_1 = head.version() >= 11;
  request.keep_alive = head.keep_alive();
  for (const auto& field : head) request.headers.push_back({view(field.name_string()), view(field.value())});
  request.has_body = announces_body(request);
  return request;
}

void Connection::answer(const Request& request) {
  const bool head_only = request.method == "HEAD";
  bool keep_alive = request.keep_alive && !request.has_body;  // a body is never read
  if (std::optional<Refusal> refusal =
          refusal_of(request, site_.options.hosts, refusal_ ? &*refusal_ : nullptr)) {
    if (!refusal->unknown_host.empty()) site_.note_unknown_host(refusal->unknown_host);
    send(std::move(refusal->response), head_only, false);
    return;
  }
  if (refusal_) keep_alive = false;
  const std::string_view path = local_path(request.path());
  if (path == kReadyPath && (request.method == "GET" || head_only)) {
    report_health(head_only, keep_alive);
    return;
  }
  if (path != kWebSocketPath) {
    send(respond(request, site_.pages), head_only, keep_alive);
    return;
  }
  std::variant<AcceptedUpgrade, Response> verdict = judge_upgrade(request, site_.options.allowed_origins);
  if (Response* refusal = std::get_if<Response>(&verdict)) {
    send(std::move(*refusal), head_only, keep_alive);
    return;
  }
  if (site_.stopping || !site_.options.on_upgrade) {
    send(text_response(503, "The gateway is not admitting players at the moment."), head_only, false);
    return;
  }
  auto& accepted = std::get<AcceptedUpgrade>(verdict);
  upgrade(accepted.protocol, std::move(accepted.head));
}

// The owner may have to look first, and answers from any thread.
void Connection::report_health(bool head_only, bool keep_alive) {
  if (!site_.options.health) {
    send(readiness_response({.ready = true, .text = "ok"}), head_only, keep_alive);
    return;
  }
  phase_ = Phase::kAnswering;
  stream_.expires_never();
  site_.options.health([self = shared_from_this(), head_only, keep_alive](Health health) mutable {
    const auto executor = self->stream_.get_executor();
    asio::post(executor, [self = std::move(self), health = std::move(health), head_only, keep_alive] {
      self->send(readiness_response(health), head_only, keep_alive);
    });
  });
}

void Connection::send(Response response, bool head_only, bool keep_alive) {
  phase_ = Phase::kAnswering;
  response_ = std::move(response);
  keep_alive = keep_alive && !response_.close && !site_.stopping;
  head_ = head_bytes(response_, keep_alive, site_.frame_ancestors);
  const std::string_view body = head_only ? std::string_view() : response_.body();
  const std::array<asio::const_buffer, 2> pieces = {asio::buffer(head_), asio::buffer(body)};
  stream_.expires_after(kAnswerDeadline);
  asio::async_write(
      stream_, pieces, [self = shared_from_this(), keep_alive](beast::error_code error, std::size_t) {
        if (error) return;
        if (keep_alive && !self->site_.stopping) {
          self->read_head();
          return;
        }
        beast::error_code ignored;
        std::ignore = self->stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        if (!self->site_.stopping) self->drain();
      });
}

void Connection::upgrade(session::Protocol protocol, std::string head) {
  phase_ = Phase::kAnswering;
  head_ = std::move(head);
  stream_.expires_after(kAnswerDeadline);
  asio::async_write(stream_, asio::buffer(head_),
                    [self = shared_from_this(), protocol](beast::error_code error, std::size_t) {
                      if (!error) self->hand_over(protocol);
                    });
}

void Connection::hand_over(session::Protocol protocol) {
  stream_.expires_never();
  beast::error_code error;
  Upgrade upgrade;
  upgrade.fd = stream_.release_socket().release(error);
  if (error) return;
  lease_.release();  // it is admitted as a player now
  site_.reserve.leave(*this);
  const int flags = ::fcntl(upgrade.fd, F_GETFL);
  ::fcntl(upgrade.fd, F_SETFL, flags | O_NONBLOCK);
  const auto early = buffer_.data();
  upgrade.early_bytes.assign(static_cast<const char*>(early.data()), early.size());
  upgrade.protocol = protocol;
  upgrade.peer_address = peer_address_;
  site_.options.on_upgrade(std::move(upgrade));
}

void Connection::drain() {
  phase_ = Phase::kDraining;
  if (drained_bytes_ == 0) stream_.expires_after(kDrainDeadline);
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(4096),
                          [self = shared_from_this()](beast::error_code error, std::size_t bytes) {
                            self->drained_bytes_ += bytes;
                            if (!error && self->drained_bytes_ < kDrainBytesMax) self->drain();
                          });
}

void Connection::wind_down() {
  const bool in_progress = phase_ == Phase::kAnswering || (phase_ == Phase::kReading && buffer_.size() > 0);
  if (!in_progress) close();
}

void Connection::close() { stream_.close(); }

}  // namespace wyld::http
