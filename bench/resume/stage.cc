#include "bench/resume/stage.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "base/log.h"
#include "http/http_dialect.h"
#include "runtime/random.h"
#include "runtime/socket.h"
#include "store/sqlite/sqlite_database.h"
#include "transport/open_listeners.h"

namespace wyld::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kConnectionsMax = 20'000;

// Lets everybody in at once, and says nothing by itself.
class SilentWorld final : public session::WorldLink {
 public:
  SilentWorld(session::WorldEvents& events, Attendance& attendance)
      : events_(events), attendance_(attendance) {}

  void attach(session::SessionHandle session, const session::PlayerInfo& /*player*/) override {
    events_.on_entered(session);
  }
  void connection_lost(session::SessionHandle /*session*/) override {
    attendance_.lost.fetch_add(1);
    attendance_.lost.notify_one();
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
  session::WorldEvents& events_;
  Attendance& attendance_;
};

session::AdmissionOptions everybody() {
  session::AdmissionOptions options;
  options.connections_max = kConnectionsMax;
  options.exempt_networks.push_back(*runtime::Network::parse("127.0.0.0/8"));
  return options;
}

store::DatabaseStoreOptions store_options() {
  store::DatabaseStoreOptions options;
  options.gateway = "wyldgate-bench";
  return options;
}

transport::PlayerOptions player_options() {
  transport::PlayerOptions options;
  options.keep_alive = 1h;  // nothing but what the benchmark asks for is to arrive
  options.world_name = "Bench";
  options.version = "0";
  return options;
}

}  // namespace

Folder::Folder() {
  std::string path = (std::filesystem::temp_directory_path() / "wyldgate-bench-XXXXXX").string();
  if (::mkdtemp(path.data()) != nullptr) path_ = path;
}

Folder::~Folder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Stage::Stage(std::size_t scrollback_bytes)
    : admission_(everybody()),
      store_(
          [path = folder_.path() + "/bench.db"] {
            return std::make_unique<store::sqlite::SqliteDatabase>(
                store::sqlite::SqliteOptions{.path = path});
          },
          store_options()),
      manager_({.sessions_max = 2 * kConnectionsMax}, store_) {
  set_log_level(LogLevel::kError);
  runtime::raise_descriptor_limit();
  open(scrollback_bytes);
}

Stage::~Stage() {
  for (const auto& shard : shards_) shard->stop(0ms, "");
  for (const auto& shard : shards_) shard->join();
  store_.close(5s);
}

void Stage::open(std::size_t scrollback_bytes) {
  if (const auto rows = store_.start(); !rows) {
    trouble_ = rows.error().message;
    return;
  }
  const std::size_t count = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 64);
  session::ShardSessionsOptions options;
  options.login_deadline = 1h;
  options.slow_reader_deadline = 1h;
  options.hold = 1h;
  options.scrollback_bytes = scrollback_bytes;
  options.scrollback_shard_bytes /= count;
  for (std::size_t i = 0; i < count; ++i) {
    auto shard = transport::Shard::create(static_cast<std::uint8_t>(i), manager_, admission_, options,
                                          player_options());
    if (!shard) {
      trouble_ = "needs a shard: " + shard.error().message();
      return;
    }
    (*shard)->sessions().set_resume(registry_, runtime::fill_random);
    (*shard)->set_world(std::make_unique<SilentWorld>((*shard)->sessions(), attendance_));
    shards_.push_back(std::move(*shard));
  }
  std::vector<transport::Connections*> connections;
  for (const auto& shard : shards_) connections.push_back(&shard->connections());
  for (const auto& shard : shards_) {
    shard->connections().set_peers(connections, [this](std::uint8_t target, ShardTask task) {
      return shards_[target]->post(std::move(task));
    });
  }
  if (!open_door()) return;
  for (const auto& shard : shards_) shard->start();
}

bool Stage::open_door() {
  auto bound = transport::open_listeners("http", {"127.0.0.1:0"}, shards_.size());
  if (!bound) {
    trouble_ = "needs sockets: " + bound.error().message;
    return false;
  }
  transport::BoundAddress& door = bound->front();
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    shards_[i]->connections().set_web(http::dialects_of_a_shard(web_));
    if (const Status opened = shards_[i]->listen_web(std::move(door.sockets[i])); !opened) {
      trouble_ = "needs sockets: " + opened.error().message();
      return false;
    }
  }
  address_ = door.address;
  return true;
}

void Stage::say(const std::vector<std::string>& lines) {
  said_ = 0;
  for (const auto& shard : shards_) {
    const auto speak = [this, &lines, &there = *shard] {
      for (const std::string& line : lines) there.sessions().broadcast(line);
      said_.fetch_add(1);
      said_.notify_one();
    };
    while (!shard->post(speak)) std::this_thread::yield();
  }
  for (std::size_t done = said_; done < shards_.size(); done = said_) said_.wait(done);
}

void Stage::await_losses(std::size_t count) noexcept {
  std::atomic<std::size_t>& lost = attendance_.lost;
  for (std::size_t done = lost; done < count; done = lost) lost.wait(done);
}

void Stage::await_store() {
  if (const auto rows = store_.load(); !rows) trouble_ = rows.error().message();
}

}  // namespace wyld::bench
