#include "transport/shard.h"

#include <pthread.h>

#include <string>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "runtime/random.h"

namespace wyld::transport {
namespace {

constexpr auto kStopCheck = std::chrono::milliseconds(20);

}  // namespace

Result<std::unique_ptr<Shard>> Shard::create(std::uint8_t index, session::SessionManager& manager,
                                             session::Admission& admission,
                                             const session::ShardSessionsOptions& session_options,
                                             const PlayerOptions& player_options) {
  Result<std::unique_ptr<runtime::Loop>> loop = runtime::Loop::create();
  if (!loop) return fail(loop.error());
  return std::unique_ptr<Shard>(
      new Shard(std::move(*loop), index, manager, admission, session_options, player_options));
}

Shard::Shard(std::unique_ptr<runtime::Loop> loop, std::uint8_t index, session::SessionManager& manager,
             session::Admission& admission, const session::ShardSessionsOptions& session_options,
             const PlayerOptions& player_options)
    : loop_(std::move(loop)),
      sessions_(index, manager, session_options, loop_->clock(), loop_->timers(),
                SessionIdGenerator(runtime::random_seed())),
      connections_(*loop_, sessions_, admission, player_options),
      stop_check_([](void* self) { static_cast<Shard*>(self)->check_stopped(); }, this) {
  sessions_.set_admission(admission);
  sessions_.set_mail([this](std::uint8_t, ShardTask task) { return post(std::move(task)); });
}

Shard::~Shard() { join(); }

Status Shard::listen_telnet(runtime::Fd listener) {
  return listen(std::move(listener), [this](runtime::Fd fd, const runtime::SocketAddress& peer) {
    connections_.accept_telnet(std::move(fd), peer);
  });
}

Status Shard::listen_web(runtime::Fd listener) {
  return listen(std::move(listener), [this](runtime::Fd fd, const runtime::SocketAddress& peer) {
    connections_.accept_web(std::move(fd), peer);
  });
}

Status Shard::listen(runtime::Fd listener, Listener::OnAccept on_accept) {
  auto made = std::make_unique<Listener>(*loop_, std::move(listener), std::move(on_accept));
  const Status opened = made->open();
  if (opened) listeners_.push_back(std::move(made));
  return opened;
}

void Shard::set_world(std::unique_ptr<session::WorldLink> world) {
  world_ = std::move(world);
  sessions_.set_world(*world_);
}

void Shard::start() {
  WYLD_CHECK(world_ != nullptr);
  thread_ = std::thread([this] { loop_->run(); });
  ::pthread_setname_np(thread_.native_handle(), "shard");
}

bool Shard::post(ShardTask task) { return loop_->post(std::move(task)); }

void Shard::stop(runtime::Duration grace, std::string text) {
  const bool posted = post([this, grace, text = std::move(text)] {
    listeners_.clear();
    stop_at_ = loop_->now() + grace;
    sessions_.end_all(session::EndReason::kShutdown, text);
    connections_.stop();
    check_stopped();
  });
  if (!posted) loop_->stop();
}

void Shard::check_stopped() {
  if (connections_.count() == 0 || loop_->now() >= stop_at_) {
    if (connections_.count() != 0) {
      log(LogLevel::kWarning, "shutdown_cut", {{"connections", std::to_string(connections_.count())}});
    }
    loop_->stop();
    return;
  }
  loop_->timers().schedule(stop_check_, loop_->now() + kStopCheck);
}

void Shard::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace wyld::transport
