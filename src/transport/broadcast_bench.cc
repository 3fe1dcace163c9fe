// A broadcast over real sockets on the loopback interface: from the pool's call until the last player has the
// last byte. One shard on its own thread; the players are telnet clients, all read by the benchmark's thread.

#include <benchmark/benchmark.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "runtime/socket.h"
#include "session/connection_pool.h"
#include "store/memory/memory_store.h"
#include "transport/shard.h"

namespace wyld::transport {
namespace {

constexpr std::string_view kText =
    "The bell in the tower strikes noon, and every door in the town stands open.\n";
constexpr std::size_t kTextBytes = kText.size() + 1;  // CR LF
constexpr std::string_view kWelcome = "Welcome, all of you.\n";
constexpr std::string_view kWelcomeReceived = "Welcome, all of you.\r\n";

class SilentWorld final : public session::WorldLink {
 public:
  explicit SilentWorld(std::atomic<std::size_t>& attached) : attached_(attached) {}
  void attach(session::SessionHandle /*session*/, const session::PlayerInfo& /*player*/) override {
    attached_.fetch_add(1);
    attached_.notify_one();
  }
  void detach(session::SessionHandle /*session*/, session::DetachReason /*reason*/) override {}
  void input(session::SessionHandle /*session*/, std::uint64_t /*sequence*/, std::string_view /*line*/,
             bool /*secret*/) override {}
  void characters(session::SessionHandle /*session*/, std::string_view /*text*/) override {}
  void side_channel(session::SessionHandle /*session*/, std::string_view /*package*/,
                    std::string_view /*body*/) override {}
  void capabilities_changed(session::SessionHandle /*session*/,
                            const Capabilities& /*capabilities*/) override {}
  void interrupt(session::SessionHandle /*session*/) override {}
  void pause(session::SessionHandle /*session*/) override {}
  void resume(session::SessionHandle /*session*/) override {}

 private:
  std::atomic<std::size_t>& attached_;
};

struct Client {
  runtime::Fd fd;
  std::string before;        // what came before the welcome
  std::size_t received = 0;  // bytes since
};

session::AdmissionOptions everybody() {
  session::AdmissionOptions options;
  options.exempt_networks.push_back(*runtime::Network::parse("127.0.0.0/8"));
  return options;
}

session::ShardSessionsOptions patient() {
  session::ShardSessionsOptions options;
  options.login_deadline = std::chrono::hours(1);
  return options;
}

// One shard with so many players. Kept to the end of the process, and not taken down with it.
class Rig {
 public:
  explicit Rig(std::size_t count) : clients_(count) {
    set_log_level(LogLevel::kWarning);
    runtime::raise_descriptor_limit();
    PlayerOptions options;
    options.keep_alive = std::chrono::hours(1);  // nothing but the text is to arrive
    auto shard = Shard::create(0, manager_, admission_, patient(), options);
    auto listener = runtime::listen_tcp(runtime::parse_listen_address("127.0.0.1:0")->front(), false);
    epoll_ = runtime::Fd(::epoll_create1(EPOLL_CLOEXEC));
    if (!shard || !listener || !epoll_.valid()) {
      fail("no shard or no listener");
      return;
    }
    const auto address = runtime::local_address(listener->get());
    shard_ = std::move(*shard);
    shard_->set_world(std::make_unique<SilentWorld>(attached_));
    if (!address || !shard_->listen_telnet(std::move(*listener))) {
      fail("no listener");
      return;
    }
    pool_.emplace(manager_, std::vector{&shard_->sessions()},
                  [this](std::uint8_t /*shard*/, ShardTask task) { return shard_->post(std::move(task)); });
    shard_->start();
    for (std::size_t i = 0; i < count && trouble_.empty(); ++i) join(clients_[i], *address);
    if (!trouble_.empty()) return;
    for (std::size_t here = attached_; here < count; here = attached_) attached_.wait(here);
    pool_->broadcast(std::string(kWelcome));
    receive(count, [](Client& client, std::string_view bytes) {
      client.before += bytes;
      return client.before.ends_with(kWelcomeReceived);
    });
  }

  static Rig& of(std::size_t count) {
    static auto& kept = *new std::map<std::size_t, Rig>;
    return kept.try_emplace(count, count).first->second;
  }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  // Returns how many connections it was queued for.
  std::size_t broadcast() {
    reported_ = kNotYet;
    for (Client& client : clients_) client.received = 0;
    pool_->broadcast(std::string(kText), [this](const session::Delivery& delivery) {
      reported_ = delivery.queued;
      reported_.notify_one();
    });
    receive(clients_.size(), [](Client& client, std::string_view bytes) {
      client.received += bytes.size();
      return client.received == kTextBytes;
    });
    reported_.wait(kNotYet);
    return reported_;
  }

 private:
  void fail(std::string trouble) { trouble_ = "needs sockets: " + std::move(trouble); }

  // Whoever types before it has negotiated plays at once.
  void join(Client& client, const runtime::SocketAddress& address) {
    auto fd = runtime::connect_tcp(address);
    if (!fd) return fail(fd.error().message());
    pollfd writable{.fd = fd->get(), .events = POLLOUT, .revents = 0};
    ::poll(&writable, 1, -1);
    if (const int error = runtime::connect_error(fd->get()); error != 0) return fail("connect failed");
    client.fd = std::move(*fd);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &client}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client.fd.get(), &event) != 0 ||
        ::send(client.fd.get(), "hello\r\n", 7, MSG_NOSIGNAL) != 7) {
      return fail("a client could not speak");
    }
  }

  // Until `complete(client, bytes)` has been true for so many.
  template <typename Complete>
  void receive(std::size_t wanted, Complete&& complete) {
    std::array<epoll_event, 256> events;
    std::array<char, 4096> buffer;
    while (wanted > 0 && trouble_.empty()) {
      const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        Client& client = *static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
        const ssize_t bytes = ::recv(client.fd.get(), buffer.data(), buffer.size(), 0);
        if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (bytes <= 0) return fail("a connection was lost");
        if (complete(client, std::string_view(buffer.data(), static_cast<std::size_t>(bytes)))) --wanted;
      }
    }
  }

  static constexpr std::size_t kNotYet = ~std::size_t{0};

  std::string trouble_;
  std::atomic<std::size_t> reported_{kNotYet};
  store::MemoryStore store_;
  session::SessionManager manager_{{}, store_};
  session::Admission admission_{everybody()};
  std::atomic<std::size_t> attached_{0};
  std::unique_ptr<Shard> shard_;
  std::optional<session::ConnectionPool> pool_;  // none before there is a shard
  runtime::Fd epoll_;
  std::vector<Client> clients_;
};

void broadcast(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Rig& rig = Rig::of(count);
  if (!rig.trouble().empty()) return state.SkipWithError(rig.trouble().c_str());
  for (auto _ : state) {
    if (rig.broadcast() != count) return state.SkipWithError("somebody was refused");
  }
  if (!rig.trouble().empty()) return state.SkipWithError(rig.trouble().c_str());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(broadcast)->Name("broadcast/sockets")->Arg(10)->Arg(100)->Arg(1000)->UseRealTime();

}  // namespace
}  // namespace wyld::transport
