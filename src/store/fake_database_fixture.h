#pragma once
// A database in memory that a test can take away, fill, or have refuse a row.

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/database.h"
#include "store/row_parts.h"

namespace wyld::store {

// What outlives connections.
//
// Thread   any.
class FakeServer {
 public:
  enum class Mood { kWell, kAway, kLosesAnswers };  // kLosesAnswers: commits, and the connection breaks

  void set_mood(Mood mood) {
    const std::lock_guard lock(mutex_);
    mood_ = mood;
    changed_.notify_all();
  }
  void reject(const SessionId& id) {
    const std::lock_guard lock(mutex_);
    rejected_.insert(id);
  }
  // Commits wait inside until released.
  void hold_commits(bool hold) {
    const std::lock_guard lock(mutex_);
    holding_ = hold;
    changed_.notify_all();
  }
  // Until `count` commits have been asked for, refused ones included.
  void wait_for_commits(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return commits_.size() >= count; });
  }

  // So many claims find the name taken by another process.
  void hold_name(int claims) {
    const std::lock_guard lock(mutex_);
    name_held_ = claims;
  }
  [[nodiscard]] bool name_is_held() {
    const std::lock_guard lock(mutex_);
    return name_held_ > 0 && name_held_-- > 0;
  }

  // Ids of each batch that was asked for, "-" before those that go.
  [[nodiscard]] std::vector<std::vector<std::string>> commits() const {
    const std::lock_guard lock(mutex_);
    return commits_;
  }
  [[nodiscard]] std::map<SessionId, session::SessionRow> rows() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }
  void put(const session::SessionRow& row) {
    const std::lock_guard lock(mutex_);
    rows_[row.session.id] = row;
  }

  Outcome<void> connect() {
    const std::lock_guard lock(mutex_);
    if (mood_ == Mood::kAway) return std::unexpected(Trouble{Fault::kUnreachable, "the server is away"});
    return {};
  }
  Outcome<void> commit(const Batch& batch) {
    std::unique_lock lock(mutex_);
    std::vector<std::string> names;
    for (const auto& row : batch.rows) names.push_back(row.session.id.text());
    for (const auto& id : batch.removals) names.push_back("-" + id.text());
    commits_.push_back(std::move(names));
    changed_.notify_all();
    changed_.wait(lock, [this] { return !holding_; });
    if (mood_ == Mood::kAway) return std::unexpected(Trouble{Fault::kUnreachable, "the server is away"});
    for (const auto& row : batch.rows) {
      if (rejected_.contains(row.session.id)) return std::unexpected(Trouble{Fault::kRejected, "bad row"});
    }
    for (session::SessionRow row : batch.rows) {
      session::SessionRow& stored = rows_[row.session.id];
      keep_parts(row, stored);
      drop_empty_parts(row);
      stored = std::move(row);
    }
    for (const auto& id : batch.removals) rows_.erase(id);
    if (mood_ == Mood::kLosesAnswers) return std::unexpected(Trouble{Fault::kUnreachable, "broken pipe"});
    return {};
  }

  // Families of sessions that other gateways hold.
  void put_elsewhere(const session::ResumeFamily& family) {
    const std::lock_guard lock(mutex_);
    elsewhere_.insert(family);
  }
  [[nodiscard]] Outcome<std::vector<session::ResumeFamily>> find_elsewhere(
      std::span<const session::ResumeFamily> families) {
    const std::lock_guard lock(mutex_);
    if (mood_ == Mood::kAway) return std::unexpected(Trouble{Fault::kUnreachable, "the server is away"});
    std::vector<session::ResumeFamily> found;
    for (const session::ResumeFamily& family : families)
      if (elsewhere_.contains(family)) found.push_back(family);
    return found;
  }

  std::map<std::string, session::Account, std::less<>> accounts;
  std::map<std::string, session::LoginFailures, std::less<>> failures;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Mood mood_ = Mood::kWell;
  bool holding_ = false;
  int name_held_ = 0;
  std::set<SessionId> rejected_;
  std::set<session::ResumeFamily> elsewhere_;
  std::vector<std::vector<std::string>> commits_;
  std::map<SessionId, session::SessionRow> rows_;
};

class FakeDatabase final : public Database {
 public:
  explicit FakeDatabase(FakeServer& server) : server_(server) {}

  Outcome<void> connect() override { return server_.connect(); }
  void disconnect() noexcept override {}
  Outcome<void> ping() override { return server_.connect(); }
  Outcome<SchemaState> schema() override { return SchemaState{.stored = 1, .wanted = 1, .pending = {}}; }
  Outcome<std::vector<std::string>> migrate() override { return std::vector<std::string>{}; }
  Outcome<GatewayIdentity> claim(std::string_view name, std::string_view /*held*/) override {
    return GatewayIdentity{std::string(name), std::string(name) + (server_.name_is_held() ? "-2" : "")};
  }
  Outcome<std::vector<session::SessionRow>> adopt(const GatewayIdentity& gateway,
                                                  std::chrono::system_clock::time_point /*now*/) override {
    if (gateway.instance != gateway.name) return std::vector<session::SessionRow>{};
    return load(gateway);
  }
  Outcome<std::vector<session::SessionRow>> load(const GatewayIdentity& /*gateway*/) override {
    if (Outcome<void> there = server_.connect(); !there) return std::unexpected(there.error());
    std::vector<session::SessionRow> rows;
    for (const auto& [id, row] : server_.rows()) rows.push_back(row);
    return rows;
  }
  Outcome<std::vector<session::ResumeFamily>> find_elsewhere(
      const GatewayIdentity& /*gateway*/, std::span<const session::ResumeFamily> families,
      std::chrono::system_clock::time_point /*held_since*/) override {
    return server_.find_elsewhere(families);
  }
  Outcome<void> commit(const GatewayIdentity& /*gateway*/, const Batch& batch) override {
    return server_.commit(batch);
  }
  Outcome<std::optional<session::Account>> find_account(std::string_view name) override {
    const auto found = server_.accounts.find(name);
    if (found == server_.accounts.end()) return std::nullopt;
    return found->second;
  }
  Outcome<bool> add_account(const session::Account& account) override {
    const bool added = server_.accounts.emplace(account.name, account).first->second == account;
    if (std::exchange(loses_next_answer, false)) {
      return std::unexpected(Trouble{Fault::kUnreachable, "broken pipe"});
    }
    return added;
  }
  Outcome<bool> set_password_hash(std::string_view name, std::string_view hash) override {
    const auto found = server_.accounts.find(name);
    if (found == server_.accounts.end()) return false;
    found->second.password_hash = hash;
    return true;
  }
  Outcome<session::LoginFailures> failures(std::string_view key) override {
    return server_.failures[std::string(key)];
  }
  Outcome<session::LoginFailures> add_failure(std::string_view key, std::chrono::system_clock::time_point now,
                                              std::chrono::system_clock::time_point /*forget*/) override {
    session::LoginFailures& failures = server_.failures[std::string(key)];
    failures = {failures.count + 1, now};
    return failures;
  }
  Outcome<void> clear_failures(std::string_view key) override {
    server_.failures.erase(std::string(key));
    return {};
  }

  bool loses_next_answer = false;

 private:
  FakeServer& server_;
};

}  // namespace wyld::store
