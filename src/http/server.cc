#include "http/server.h"

#include <pthread.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <exception>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include "base/counters.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/listeners.h"
#include "http/site.h"
#include "runtime/socket.h"

namespace wyld::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// When the process has no descriptors left, the next try waits for somebody to leave.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr int kAcceptsPerTurn = 64;

tcp family_of(const runtime::SocketAddress& address) {
  return address.storage.ss_family == AF_INET6 ? tcp::v6() : tcp::v4();
}

}  // namespace

class Server::State {
 public:
  explicit State(ServerOptions options) {
    site_.options = std::move(options);
    site_.pages = pages_of(embedded_assets());
    site_.frame_ancestors = frame_ancestors(site_.options.allowed_origins);
  }
  ~State() { site_.on_connection_gone = nullptr; }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::expected<void, std::string> start() {
    std::expected<std::vector<Listener>, std::string> listeners = open_listeners(site_.options.addresses);
    if (!listeners) return std::unexpected(listeners.error());
    for (Listener& listener : *listeners) {
      addresses_.push_back(listener.address.text());
      acceptors_.emplace_back(io_, family_of(listener.address), listener.fd.release());
    }
    for (tcp::acceptor& acceptor : acceptors_) wait(acceptor);
    site_.on_connection_gone = [this] { end_if_empty(); };

    // Signals belong to the thread that stops the program.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return {};
  }

  [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }

  void stop(std::chrono::milliseconds grace) {
    if (!thread_.joinable()) return;
    asio::post(io_, [this, grace] { wind_down(grace); });
    thread_.join();
  }

 private:
  void run() {
    pthread_setname_np(pthread_self(), "wyld-http");
    while (true) {
      try {
        io_.run();
        return;
      } catch (const std::exception& error) {  // one connection's trouble, such as no memory for its answer
        log(LogLevel::kError, "http_exception", {{"what", error.what()}});
      }
    }
  }

  void wait(tcp::acceptor& acceptor) {
    acceptor.async_wait(tcp::acceptor::wait_read, [this, &acceptor](const boost::system::error_code& error) {
      if (!error && !site_.stopping) accept(acceptor);
    });
  }

  void accept(tcp::acceptor& acceptor) {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      runtime::SocketAddress peer;
      Result<runtime::Fd> fd = runtime::accept_tcp(acceptor.native_handle(), peer);
      if (!fd) {
        count(Counter::kAcceptFailures);
        pause(acceptor);
        return;
      }
      if (!fd->valid()) break;
      tcp::socket socket(io_, family_of(peer), fd->release());
      const auto connection = std::make_shared<Connection>(std::move(socket), peer.host_text(), site_);
      if (Connection* const loser = admit(*connection, peer)) loser->close();
      connection->read_head();
    }
    wait(acceptor);
  }

  // Gives it a place. Returns the one that has lost its place in the reserve to it, or null.
  [[nodiscard]] Connection* admit(Connection& connection, const runtime::SocketAddress& peer) {
    if (site_.options.admission == nullptr) return nullptr;
    Result<session::Lease> lease =
        site_.options.admission->admit_web(connection.peer_address(), std::chrono::steady_clock::now());
    if (lease) {
      connection.admit(std::move(*lease));
      return nullptr;
    }
    connection.refuse(lease.error());
    return site_.reserve.enter(connection, runtime::address_key(peer));
  }

  void pause(tcp::acceptor& acceptor) {
    auto timer = std::make_shared<asio::steady_timer>(io_, kAcceptPause);
    timer->async_wait([this, &acceptor, timer](const boost::system::error_code&) {
      if (!site_.stopping) wait(acceptor);
    });
  }

  void wind_down(std::chrono::milliseconds grace) {
    site_.stopping = true;
    for (tcp::acceptor& acceptor : acceptors_) {
      boost::system::error_code ignored;
      std::ignore = acceptor.close(ignored);
    }
    // Closing only cancels; the set changes when the handlers run.
    for (Connection* connection : site_.connections) connection->wind_down();
    grace_timer_.emplace(io_, grace);
    grace_timer_->async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      for (Connection* connection : site_.connections) connection->close();
    });
    end_if_empty();
  }

  void end_if_empty() {
    if (site_.connections.empty() && grace_timer_) grace_timer_->cancel();
  }

  // The order matters: handlers that die with `io_` hold connections, which speak to `site_`.
  Site site_;
  std::vector<std::string> addresses_;
  asio::io_context io_{1};
  std::vector<tcp::acceptor> acceptors_;
  std::optional<asio::steady_timer> grace_timer_;
  std::thread thread_;
};

Server::Server(ServerOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Server::~Server() { stop(std::chrono::milliseconds{0}); }

std::expected<void, std::string> Server::start() { return state_->start(); }

std::vector<std::string> Server::addresses() const { return state_->addresses(); }

void Server::stop(std::chrono::milliseconds grace) { state_->stop(grace); }

}  // namespace wyld::http
