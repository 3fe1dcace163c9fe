#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "session/session_store.h"
#include "simulation/model.h"
#include "simulation/random.h"
#include "simulation/schedule.h"

namespace wyld::simulation {

struct StorePlan {
  Duration commit_min = std::chrono::milliseconds(1);
  Duration commit_max = std::chrono::milliseconds(5);
  double answer_lost = 0;  // that a commit succeeds and nobody learns it: it is made once more
  double full = 0;         // that a new session is refused
};

// What is durable: outlives the processes of the gateway.
class Database {
 public:
  Database(Schedule& schedule, Random& random, Model& model, const StorePlan& plan)
      : schedule_(schedule), random_(random), model_(model), plan_(plan) {}

  [[nodiscard]] bool reachable() const noexcept { return schedule_.clock.now >= away_until_; }
  void go_away(Duration time) { away_until_ = schedule_.clock.now + time; }
  // Nothing goes wrong from now on.
  void heal() noexcept {
    away_until_ = {};
    plan_.answer_lost = plan_.full = 0;
  }
  [[nodiscard]] std::vector<session::SessionRow> rows() const;

 private:
  friend class Store;
  // A row that shall stand, or ids that shall go.
  struct Write {
    std::optional<session::SessionRow> row;
    std::vector<SessionId> gone;
    session::SessionStore::Done done;
  };
  void apply(const Write& write);

  Schedule& schedule_;
  Random& random_;
  Model& model_;
  StorePlan plan_;
  TimePoint away_until_{};
  std::map<SessionId, session::SessionRow> rows_;
};

// One process's way to the database: writes wait in two rows, by id, as those of a store with two
// connections. What waits goes in one commit; that takes time, fails while the database is away and is
// repeated.
//
// Owner    a Gateway. Writes on their way keep what they need.
class Store final : public session::SessionStore {
 public:
  explicit Store(Database& database) : line_(std::make_shared<Line>(database)) {}
  ~Store() override { kill(); }

  [[nodiscard]] Status create(session::SessionRow row, Done done) override;
  void update(session::SessionRow row, Done done) override;
  void remove(std::span<const SessionId> ids, Done done) override;
  [[nodiscard]] Result<std::vector<session::SessionRow>> load() override { return line_->database.rows(); }
  [[nodiscard]] session::StoreHealth health() const override { return {}; }

  // The process is gone. A commit that is under way succeeds or does not.
  void kill();
  // Writes what waits, if it can.
  void close();

 private:
  struct Writer {
    std::deque<Database::Write> waiting;
    std::size_t in_hand = 0;  // of them, in the commit that is under way
  };
  struct Line : std::enable_shared_from_this<Line> {
    explicit Line(Database& to) : database(to) {}
    void add(std::size_t writer, Database::Write write);
    void begin(std::size_t writer);
    void finish(std::size_t writer);
    Database& database;
    std::array<Writer, 2> writers;
    bool alive = true;
  };

  [[nodiscard]] static std::size_t writer_of(const SessionId& id) noexcept { return id.bytes[15] & 1U; }

  std::shared_ptr<Line> line_;
};

}  // namespace wyld::simulation
