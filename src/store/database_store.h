#pragma once

#include <chrono>
#include <condition_variable>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "session/account_store.h"
#include "session/session_store.h"
#include "store/elsewhere.h"
#include "store/writer.h"

namespace wyld::store {

struct DatabaseStoreOptions {
  // Connections that write; a session's writes all take the same one. One more asks questions.
  std::size_t writers = 1;
  WriterOptions writer;
  // What may wait for a database that is away, before new sessions are refused.
  std::size_t backlog_rows_max = 100'000;
  std::size_t backlog_bytes_max = std::size_t{64} * 1024 * 1024;
  // By which a restarted gateway knows its own sessions.
  std::string gateway = "gateway";
  // How long a start waits while another process has that name: one that is about to end, at a restart whose
  // processes overlap. After that the gateway runs beside it, under another instance, without its sessions.
  std::chrono::milliseconds name_patience{0};
  // How long gateways hold a session for its player: one that another has held for longer is as good as gone.
  std::chrono::milliseconds hold = std::chrono::minutes(15);
  // Between two questions for sessions of other gateways.
  std::chrono::milliseconds elsewhere_pause{250};
};

// Sessions and accounts in a database.
//
// Owner    apps/.
// Thread   as its bases say; start() and close() the owner's. One thread for each writer, one for Elsewhere.
// Errors   as its bases say.
// Limits   DatabaseStoreOptions.
class DatabaseStore final : public session::SessionStore, public session::AccountStore {
 public:
  using Connect = std::function<std::unique_ptr<Database>()>;  // makes a Database, does not open it
  using Rows = std::vector<session::SessionRow>;

  DatabaseStore(Connect connect, DatabaseStoreOptions options);
  ~DatabaseStore() override;  // as close() without time to wait

  // Connects, migrates the schema and brings back the sessions of this gateway's former process. On
  // failure nothing runs, and the store cannot be used.
  [[nodiscard]] Outcome<Rows> start();
  // The same in the background, repeated until it succeeds; `adopted` then runs on a writer's thread. What is
  // stored meanwhile waits.
  void start_without(Trouble trouble, std::move_only_function<void(Rows)> adopted);
  // From any thread: a start that waits for the name of this gateway waits no longer.
  void stop_waiting();
  // Writes what waits, for at most `grace`; what is left is given up with kUnavailable. Nothing is taken
  // afterwards.
  void close(std::chrono::milliseconds grace);

  [[nodiscard]] Status create(session::SessionRow row, Done done) override;
  void update(session::SessionRow row, Done done) override;
  void remove(std::span<const SessionId> ids, Done done) override;
  [[nodiscard]] Result<Rows> load() override;
  [[nodiscard]] bool find_elsewhere(const session::ResumeFamily& family, Done done) override;
  [[nodiscard]] session::StoreHealth health() const override { return state_.health(); }

  [[nodiscard]] Result<std::optional<session::Account>> find(std::string_view name) override;
  [[nodiscard]] Status add(const session::Account& account) override;
  [[nodiscard]] Status set_password_hash(std::string_view name, std::string_view hash) override;
  [[nodiscard]] Result<session::LoginFailures> failures(std::string_view key) override;
  [[nodiscard]] Result<session::LoginFailures> add_failure(
      std::string_view key, std::chrono::system_clock::time_point now,
      std::chrono::system_clock::time_point forget_before) override;
  [[nodiscard]] Status clear_failures(std::string_view key) override;

 private:
  [[nodiscard]] static Outcome<void> migrate(Database& database);
  [[nodiscard]] Outcome<GatewayIdentity> claim_name(Database& database);
  // Everything before the first commit of this process.
  [[nodiscard]] Outcome<Rows> begin(Database& database);
  // What a writer does at each connect.
  [[nodiscard]] Outcome<void> prepare(std::size_t writer, Database& database);
  [[nodiscard]] GatewayIdentity identity() const;
  [[nodiscard]] Writer& writer_of(const SessionId& id) noexcept;
  void start_writers(std::unique_ptr<Database> first, std::chrono::milliseconds first_retry);
  template <typename Answer, typename Ask>
  [[nodiscard]] Result<Answer> ask(Ask&& ask);

  const Connect connect_;
  const DatabaseStoreOptions options_;
  StoreState state_;
  std::vector<std::unique_ptr<Writer>> writers_;

  mutable std::mutex mutex_;  // guards what follows
  GatewayIdentity identity_;  // no instance: begin() has not succeeded yet
  std::move_only_function<void(Rows)> adopted_;
  bool impatient_ = false;
  std::condition_variable impatience_;

  std::mutex questions_mutex_;  // guards questions_
  std::unique_ptr<Database> questions_;

  Elsewhere elsewhere_;
};

}  // namespace wyld::store
