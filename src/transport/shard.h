#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/shard_mail.h"
#include "runtime/loop.h"
#include "session/admission.h"
#include "session/session_manager.h"
#include "session/shard_sessions.h"
#include "transport/connections.h"
#include "transport/listener.h"

namespace wyld::transport {

// One core: its loop, listeners, connections and sessions, on a thread of its own.
//
// Owner    apps/.
// Thread   create(), listen_telnet(), listen_web(), set_world(), start() and join() from the owner's, in this
// order; post() from any.
class Shard {
 public:
  static Result<std::unique_ptr<Shard>> create(std::uint8_t index, session::SessionManager& manager,
                                               session::Admission& admission,
                                               const session::ShardSessionsOptions& session_options,
                                               const PlayerOptions& player_options);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // Takes over a bound, listening socket.
  [[nodiscard]] Status listen_telnet(runtime::Fd listener);
  // The same for web connections, after Connections::set_web().
  [[nodiscard]] Status listen_web(runtime::Fd listener);
  // The world, made for this shard's loop and events. Owned from here on.
  void set_world(std::unique_ptr<session::WorldLink> world);

  void start();
  // Any thread. False when the mailbox is full.
  [[nodiscard]] bool post(ShardTask task);
  // Any thread: stops accepting, ends every session with `text`, and stops the loop when the last
  // connection has been flushed or `grace` is over.
  void stop(runtime::Duration grace, std::string text);
  void join();

  [[nodiscard]] runtime::Loop& loop() noexcept { return *loop_; }
  [[nodiscard]] session::ShardSessions& sessions() noexcept { return sessions_; }
  [[nodiscard]] Connections& connections() noexcept { return connections_; }

 private:
  Shard(std::unique_ptr<runtime::Loop> loop, std::uint8_t index, session::SessionManager& manager,
        session::Admission& admission, const session::ShardSessionsOptions& session_options,
        const PlayerOptions& player_options);
  [[nodiscard]] Status listen(runtime::Fd listener, Listener::OnAccept on_accept);
  void check_stopped();

  std::unique_ptr<runtime::Loop> loop_;
  session::ShardSessions sessions_;
  std::unique_ptr<session::WorldLink> world_;
  Connections connections_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  runtime::Timer stop_check_;
  runtime::TimePoint stop_at_{};
  std::thread thread_;
};

}  // namespace wyld::transport
