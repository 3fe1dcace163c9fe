#pragma once
// A gateway inside the benchmark, wired as the program wires it: sessions in SQLite, the web door, a shard
// for each processor. Its world is silent until the benchmark has it speak.

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/web.h"
#include "runtime/random.h"
#include "session/admission.h"
#include "session/resume_registry.h"
#include "session/session_manager.h"
#include "store/database_store.h"
#include "transport/shard.h"

namespace wyld::bench {

// A folder of its own under the system's temporary one, gone with its owner.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

// What the worlds of all shards have seen.
struct Attendance {
  std::atomic<std::size_t> lost{0};  // connections, since the last Stage::forget_losses()
};

// Owner    the benchmark.
// Thread   the owner's.
// Errors   trouble(), with the words for SkipWithError().
class Stage {
 public:
  // `scrollback_bytes`: for each session.
  explicit Stage(std::size_t scrollback_bytes);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }
  // Of the web door.
  [[nodiscard]] const runtime::SocketAddress& address() const noexcept { return address_; }

  // Says each of `lines` to every session, held ones too. Returns when all shards have done so.
  void say(const std::vector<std::string>& lines);
  void forget_losses() noexcept { attendance_.lost = 0; }
  void await_losses(std::size_t count) noexcept;
  // What was stored up to now is durable when this returns.
  void await_store();

 private:
  void open(std::size_t scrollback_bytes);
  // Where clients connect: the shards' sockets on a port of the system's choice.
  [[nodiscard]] bool open_door();

  std::string trouble_;
  Folder folder_;
  Attendance attendance_;
  session::Admission admission_;
  session::ResumeRegistry registry_{runtime::fill_random};
  store::DatabaseStore store_;
  session::SessionManager manager_;
  http::Web web_{http::WebOptions{}};
  std::vector<std::unique_ptr<transport::Shard>> shards_;
  runtime::SocketAddress address_;
  std::atomic<std::size_t> said_{0};  // shards that have, in the present say()
};

}  // namespace wyld::bench
