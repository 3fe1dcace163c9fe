#include "testing/fakes.h"

#include <utility>

namespace wyld::testing {

void FakeSessionStore::write(session::SessionRow row) {
  session::SessionRow& stored = rows[row.session.id];
  if (row.commands == nullptr) row.commands = stored.commands;
  if (row.commands != nullptr && row.commands->empty()) row.commands = nullptr;
  if (row.scrollback == nullptr) row.scrollback = stored.scrollback;
  if (row.scrollback != nullptr && row.scrollback->pieces.empty() && !row.scrollback->complete)
    row.scrollback = nullptr;
  stored = std::move(row);
}

void FakeSessionStore::tell(Done done) {
  if (silent) {
    unanswered_.push_back(std::move(done));
  } else if (done) {
    done(commit);
  }
}

void FakeSessionStore::answer() {
  silent = false;
  for (Done& done : std::exchange(unanswered_, {})) tell(std::move(done));
}

Status FakeSessionStore::create(session::SessionRow row, Done done) {
  if (full) return fail(ErrorCode::kUnavailable, "the store takes no more");
  calls.push_back("create " + row.session.id.text());
  write(std::move(row));
  tell(std::move(done));
  return {};
}

void FakeSessionStore::update(session::SessionRow row, Done done) {
  calls.push_back("update " + row.session.id.text() + " " +
                  std::string(session::state_name(row.session.state)));
  write(std::move(row));
  tell(std::move(done));
}

void FakeSessionStore::remove(std::span<const SessionId> ids, Done done) {
  removed_at_once.push_back(ids.size());
  for (const SessionId& id : ids) {
    calls.push_back("remove " + id.text());
    rows.erase(id);
  }
  tell(std::move(done));
}

bool FakeSessionStore::find_elsewhere(const session::ResumeFamily& /*family*/, Done done) {
  if (!elsewhere) return false;
  if (silent) {
    unanswered_.push_back(std::move(done));
  } else {
    done(*elsewhere);
  }
  return true;
}

Result<std::vector<session::SessionRow>> FakeSessionStore::load() {
  std::vector<session::SessionRow> all;
  for (const auto& [id, row] : rows) all.push_back(row);
  return all;
}

void FakeTransport::take(std::string_view bytes) {
  said.emplace_back(bytes);
  written_ += wire_bytes(bytes);
  if (stuck) queued += bytes.size();
}

bool FakeTransport::send_side_channel(std::string_view package, std::string_view body) {
  said.push_back("<" + std::string(package) + " " + std::string(body) + ">");
  return true;
}

void FakeTransport::end(session::EndReason reason, std::string_view text) {
  ended = true;
  end_reason = reason;
  said.push_back("<end " + std::string(text) + ">");
}

bool FakeTransport::move_to(std::uint8_t shard, Arrived then) {
  if (!moves) return false;
  moved_to = shard;
  arrived = std::move(then);
  return true;
}

void FakeTransport::resumed(const session::ResumeAnswer& given) {
  answer = given;
  answer_text = given.text;
  answer.text = {};
  said.push_back("<" + std::string(session::resume_result_name(given.result)) + ">");
}

bool FakeTransport::open_editor(std::uint64_t edit, std::string_view title, std::string_view text) {
  if (!has_editor) return false;
  said.push_back("<edit " + std::to_string(edit) + " " + std::string(title) + ": " + std::string(text) + ">");
  return true;
}

std::string FakeTransport::transcript() const {
  std::string all;
  for (const std::string& entry : said) all += entry;
  return all;
}

void FakeWorld::attach(session::SessionHandle session, const session::PlayerInfo& player) {
  std::string call = "attach " + std::string(player.address);
  if (!player.account.empty()) call += " as " + std::string(player.account);
  if (player.returning) call += " returning";
  calls.push_back(std::move(call));
  supports = player.side_channel_supports;
  if (on_attach) on_attach(session);
}

void FakeWorld::detach(session::SessionHandle /*session*/, session::DetachReason reason) {
  switch (reason) {
    case session::DetachReason::kClosed:
      calls.emplace_back("detach");
      break;
    case session::DetachReason::kShutdown:
      calls.emplace_back("detach for shutdown");
      break;
    case session::DetachReason::kExpired:
      calls.emplace_back("detach expired");
      break;
  }
}

void FakeWorld::connection_lost(session::SessionHandle /*session*/) { calls.emplace_back("lost"); }

void FakeWorld::connection_restored(session::SessionHandle /*session*/, const session::PlayerInfo& player) {
  calls.push_back("restored " + std::string(player.address));
}

void FakeWorld::edited(session::SessionHandle /*session*/, std::uint64_t edit, bool cancelled,
                       std::string_view text) {
  calls.push_back("edited " + std::to_string(edit) + (cancelled ? " cancelled" : " " + std::string(text)));
}

void FakeWorld::input(session::SessionHandle session, std::uint64_t sequence, std::string_view line,
                      bool secret) {
  calls.push_back("input " + std::to_string(sequence) + " " + (secret ? "<secret>" : std::string(line)));
  if (on_input) on_input(session, line);
}

void FakeWorld::characters(session::SessionHandle /*session*/, std::string_view text) {
  calls.push_back("characters " + std::string(text));
}

void FakeWorld::side_channel(session::SessionHandle /*session*/, std::string_view package,
                             std::string_view body) {
  calls.push_back("side " + std::string(package) + " " + std::string(body));
}

void FakeWorld::capabilities_changed(session::SessionHandle /*session*/, const Capabilities& capabilities) {
  calls.push_back("capabilities " + std::to_string(capabilities.window.columns) + "x" +
                  std::to_string(capabilities.window.rows));
}

void FakeWorld::interrupt(session::SessionHandle /*session*/) { calls.emplace_back("interrupt"); }
void FakeWorld::pause(session::SessionHandle /*session*/) { calls.emplace_back("pause"); }
void FakeWorld::resume(session::SessionHandle /*session*/) { calls.emplace_back("resume"); }

}  // namespace wyld::testing
