#include "session/session.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace wyld::session {
void Session::connect(PlayerTransport& transport) {
  channel = std::make_unique<Channel>(shard.channels, transport, handle);
}

void Session::tell_cut() { tell("You are sending too fast: some of your input was dropped."); }

void Session::update_reading() {
  if (is_held()) return;
  channel->set_reading(input.waits(), input_blocked);
}

void Session::note_confirmed() {
  PlayerTransport& transport = channel->transport();
  output.detached(transport.delivered_output(), transport.counts_output(), transport.knows_delivery());
}

void Session::store_scrollback(bool complete) {
  [[maybe_unused]] const Status kept = shard.manager.keep(
      id, {}, std::make_shared<const Scrollback>(output.to_store(complete, shard.clock.now)));
  WYLD_DCHECK(kept.has_value());
}

void Session::start_recording() {
  if (output.record()) channel->transport().begin_output(output.offset());
}

void Session::note_account(const std::string& account) {
  log(LogLevel::kInfo, "session_logged_in", {{"session", id.text()}, {"account", account}});
  has_place = true;
  change_details([&account](SessionDetails& details) { details.account = account; });
}

void Session::note_capabilities() {
  const Capabilities& capabilities = channel->transport().capabilities();
  const DetailsPtr before = shard.manager.details(id);
  if (before && before->capabilities == capabilities) return;
  change_details([&capabilities](SessionDetails& details) { details.capabilities = capabilities; });
}

void Session::change_details(const std::function<void(SessionDetails&)>& change, SessionStore::Done done) {
  [[maybe_unused]] const Status noted = shard.manager.change_details(id, change, std::move(done));
  WYLD_DCHECK(noted.has_value());
}

bool Session::admits_output(std::size_t bytes) {
  if (channel->admits(bytes)) return true;
  after_output();
  return false;
}

void Session::after_output() {
  if (channel->congests() && attached) world->pause(handle);
}

bool Session::say(std::string_view utf8) {
  note(OutputKind::kText, utf8);
  if (is_held() || !admits_output(utf8.size())) return false;
  channel->transport().send_text(utf8);
  note_sent();
  after_output();
  return true;
}

void Session::prompt() {
  note(OutputKind::kPrompt, {});
  if (is_held() || channel->output().is_skipping()) return;
  channel->transport().send_prompt();
  note_sent();
}

void Session::tell(std::string_view text) { tell_secretly(text, text); }

void Session::tell_secretly(std::string_view text, std::string_view masked) {
  WYLD_DCHECK(text.size() == masked.size());
  note(OutputKind::kNotice, masked);
  if (is_held() || !admits_output(text.size())) return;
  channel->transport().send_notice(text);
  note_sent();
}

void Session::send_side_channel(bool all) {
  if (!side_memory) return;
  const auto send = [this](std::string_view package, std::string_view body) {
    channel->transport().send_side_channel(package, body);
  };
  if (all) {
    side_memory->send_all(send);
  } else {
    side_memory->send_waiting(send);
  }
  const std::size_t lost = side_memory->take_lost();
  if (lost > 0 && channel->transport().capabilities().gmcp) {
    tell(lost == 1 ? "One message from the game to your client was lost here."
                   : std::to_string(lost) + " messages from the game to your client were lost here.");
  }
}

Session::Session(SessionShard& owner)
    : shard(owner), output(owner.logs), input(&Session::on_input_due, this) {}

SessionState Session::clear() {
  SessionState was = std::exchange<SessionState>(*this, SessionState{});
  handle = was.handle;
  output.clear();
  return was;
}

void Session::on_input_due(void* session) {
  const Session& self = *static_cast<Session*>(session);
  self.shard.run_deferred(self.handle);
}

Detachment::Detachment(Session& session)
    : expires([](void* self) { static_cast<Session*>(self)->shard.expire(*static_cast<Session*>(self)); },
              &session) {}

}  // namespace wyld::session
