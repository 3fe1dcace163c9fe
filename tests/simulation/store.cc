#include "simulation/store.h"

#include <utility>

namespace wyld::simulation {

std::vector<session::SessionRow> Database::rows() const {
  std::vector<session::SessionRow> all;
  all.reserve(rows_.size());
  for (const auto& [id, row] : rows_) all.push_back(row);
  return all;
}

void Database::apply(const Write& write) {
  for (const SessionId& id : write.gone) rows_.erase(id);
  if (!write.row) return;
  session::SessionRow row = *write.row;
  if (row.commands != nullptr) {
    for (const session::QueuedCommand& command : *row.commands) model_.scan("a stored command", command.line);
  }
  if (row.scrollback != nullptr) {
    for (const session::OutputPiece& piece : row.scrollback->pieces)
      model_.scan("stored scrollback", piece.text);
  }
  session::SessionRow& stored = rows_[row.session.id];
  if (row.commands == nullptr) row.commands = stored.commands;
  if (row.commands != nullptr && row.commands->empty()) row.commands = nullptr;
  if (row.scrollback == nullptr) row.scrollback = stored.scrollback;
  if (row.scrollback != nullptr && row.scrollback->pieces.empty() && !row.scrollback->complete)
    row.scrollback = nullptr;
  stored = std::move(row);
}

void Store::Line::add(std::size_t writer, Database::Write write) {
  if (!alive) return;
  writers[writer].waiting.push_back(std::move(write));
  if (writers[writer].in_hand == 0) begin(writer);
}

void Store::Line::begin(std::size_t writer) {
  writers[writer].in_hand = writers[writer].waiting.size();
  const Duration time = database.random_.between(database.plan_.commit_min, database.plan_.commit_max);
  database.schedule_.after(time, [self = shared_from_this(), writer] { self->finish(writer); });
}

void Store::Line::finish(std::size_t writer) {
  Writer& of = writers[writer];
  if (!alive) return;
  if (!database.reachable()) {
    constexpr Duration kRetry = std::chrono::milliseconds(500);
    database.schedule_.after(kRetry, [self = shared_from_this(), writer] { self->finish(writer); });
    return;
  }
  for (std::size_t i = 0; i < of.in_hand; ++i) database.apply(of.waiting[i]);
  if (database.random_.chance(database.plan_.answer_lost)) return begin(writer);
  const std::size_t count = std::exchange(of.in_hand, 0);
  for (std::size_t i = 0; i < count; ++i) {
    Database::Write write = std::move(of.waiting.front());
    of.waiting.pop_front();
    if (write.done) write.done(Status());
  }
  if (!of.waiting.empty() && of.in_hand == 0) begin(writer);
}

Status Store::create(session::SessionRow row, Done done) {
  Database& database = line_->database;
  if (database.random_.chance(database.plan_.full))
    return fail(ErrorCode::kUnavailable, "too much waits for the database");
  update(std::move(row), std::move(done));
  return {};
}

void Store::update(session::SessionRow row, Done done) {
  if (row.commands != nullptr) line_->database.model_.queued(row.session.id, *row.commands);
  const std::size_t writer = writer_of(row.session.id);
  line_->add(writer, {.row = std::move(row), .gone = {}, .done = std::move(done)});
}

void Store::remove(std::span<const SessionId> ids, Done done) {
  for (const SessionId& id : ids) {
    line_->add(writer_of(id), {.row = {}, .gone = {id}, .done = id == ids.back() ? std::move(done) : Done{}});
  }
}

void Store::kill() {
  if (!std::exchange(line_->alive, false)) return;
  for (Writer& writer : line_->writers) {
    if (writer.in_hand > 0 && line_->database.reachable() && line_->database.random_.chance(0.5)) {
      for (std::size_t i = 0; i < writer.in_hand; ++i) line_->database.apply(writer.waiting[i]);
    }
    writer.waiting.clear();
  }
}

void Store::close() {
  if (!std::exchange(line_->alive, false)) return;
  for (Writer& writer : line_->writers) {
    if (line_->database.reachable()) {
      for (const Database::Write& write : writer.waiting) line_->database.apply(write);
    }
    writer.waiting.clear();
  }
}

}  // namespace wyld::simulation
