// Resuming a session, the first phase: who may, and the way there. resumption_finish.cc has the second.
#include "session/resumption.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/counters.h"
#include "session/resume_words.h"
#include "session/shard_sessions.h"

namespace wyld::session {
namespace {

constexpr std::string_view kResumeWord = "resume";
// As with kResumeGone, neither says that the session has ended.
constexpr std::string_view kElsewhere = "This gateway does not have your session, but another one may.";
constexpr std::string_view kElsewhereLogIn =
    "This gateway does not have your session, but another one may. Try again later, or log in here.";
constexpr std::string_view kTooMany = "Too many wrong codes from your address. Please wait a minute.";
// With a database that does not answer, before the client is asked to try again.
constexpr std::chrono::seconds kStorePatience{8};

bool same_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
         });
}

}  // namespace

bool Resumption::resumes_by_code(Session& session, std::string_view line) {
  if (shard_.registry == nullptr || line.size() <= kResumeWord.size() || line[kResumeWord.size()] != ' ' ||
      !same_word(line.substr(0, kResumeWord.size()), kResumeWord)) {
    return false;
  }
  const std::string_view text = line.substr(kResumeWord.size() + 1);
  const std::optional<ResumeCode> code = ResumeCode::parse(text);
  if (code) resume_by_code(session, *code, text);
  return code.has_value();
}

void Resumption::resume_by_code(Session& session, const ResumeCode& code, std::string_view text) {
  const std::optional<ResumeRegistry::Found> found = shard_.registry->find(code);
  if (!found) {
    const bool borne = shard_.registry->bears_wrong_code(session.record->address().text(), shard_.clock.wall);
    return refuse_resume(session, ResumeResult::kGone, borne ? kResumeWrongCode : kTooMany, /*by_code=*/true);
  }
  resume_found(session, *found, {.token = {}, .code = std::string(text), .position = {}});
}

void Resumption::resume(Session& session, ResumeRequest request) {
  if (!session.channel || session.channel->is_resuming()) return;
  // A world may take who has said nothing yet.
  if (session.entered && !session.channel->is_fresh()) {
    return refuse_resume(session, ResumeResult::kGone, "You are in another session already.",
                         /*by_code=*/false);
  }
  resume_by_token(session, std::move(request));
}

void Resumption::resume_by_token(Session& session, ResumeRequest request) {
  const std::optional<ResumeToken> token = ResumeToken::parse(request.token);
  if (shard_.registry == nullptr || !token)
    return refuse_resume(session, ResumeResult::kGone, kResumeGone, /*by_code=*/false);
  const std::optional<ResumeRegistry::Found> found =
      offers_.find_token(*token, session.record->address().text());
  if (!found) return look_elsewhere(session, token->family, std::move(request));
  shard_.registry->note_replay(session.channel->transport().token_client());
  resume_found(session, *found, std::move(request));
}

void Resumption::resume_found(Session& session, const ResumeRegistry::Found& found, ResumeRequest request) {
  if (found.home.generation == 0 && waits_for_store(session, found.id, request)) return;
  ResumingConnection returning{.home = found.home,
                               .request = std::move(request),
                               .protocol = session.record->protocol(),
                               .address = session.record->address(),
                               .inputs = WaitingInputs(shard_.options.waiting)};
  if (found.home.generation == 0) {
    revive(session, found.id, returning);
  } else {
    begin_resume(session, std::move(returning));
  }
}

// Were this process killed before the store knew, a later one would take what the former has stored for all
// that was ever said.
bool Resumption::waits_for_store(Session& session, const SessionId& id, const ResumeRequest& request) {
  ScrollbackPtr open = shard_.registry->to_open(id);
  if (open == nullptr) return false;
  const Status kept = shard_.manager.keep(
      id, {}, std::move(open), shard_.when_stored(session.handle, [this](Session& found, bool stored) {
        coming_back_stored(found, stored);
      }));
  if (!kept) return false;  // it has just expired
  wait_for_store(session, id, request);
  return true;
}

void Resumption::wait_for_store(Session& session, const SessionId& id, ResumeRequest request) {
  session.channel->begin_resume(id, std::move(request), kStorePatience);
  session.update_reading();
}

void Resumption::coming_back_stored(Session& session, bool /*stored*/) {
  const SessionHandle handle = session.handle;
  const std::unique_ptr<Channel::Resuming> coming = session.channel ? session.channel->end_resume() : nullptr;
  if (coming == nullptr) return;
  shard_.registry->opened(coming->id);
  if (coming->request.code.empty()) {
    resume_by_token(session, std::move(coming->request));
  } else {
    resume_by_code(session, *ResumeCode::parse(coming->request.code), coming->request.code);
  }
  shard_.run_deferred(handle);
}

void Resumption::look_elsewhere(Session& session, const ResumeFamily& family, ResumeRequest request) {
  SessionStore::Done done = shard_.when_stored(
      session.handle, [this](Session& found, bool stored) { looked_elsewhere(found, stored); });
  const bool asked =
      shard_.manager.find_elsewhere(family, [done = std::move(done)](const Status& found) mutable {
        // A store that cannot tell has not said that the session is over.
        done(found || found.error().code != ErrorCode::kNotFound ? Status{} : found);
      });
  if (!asked) return refuse_resume(session, ResumeResult::kGone, kResumeGone, /*by_code=*/false);
  wait_for_store(session, {}, std::move(request));
}

void Resumption::looked_elsewhere(Session& session, bool may_be_there) {
  const SessionHandle handle = session.handle;
  const std::unique_ptr<Channel::Resuming> coming = session.channel ? session.channel->end_resume() : nullptr;
  if (coming == nullptr) return;
  const ResumeToken token = *ResumeToken::parse(coming->request.token);
  if (const std::optional<ResumeRegistry::Found> found =
          offers_.find_token(token, session.record->address().text())) {
    shard_.registry->note_replay(session.channel->transport().token_client());
    resume_found(session, *found, std::move(coming->request));  // the store has just brought it
  } else if (may_be_there) {
    refuse_resume(session, ResumeResult::kElsewhere, asks_again(session) ? kElsewhere : kElsewhereLogIn,
                  /*by_code=*/false);
  } else {
    refuse_resume(session, ResumeResult::kGone, kResumeGone, /*by_code=*/false);
  }
  shard_.run_deferred(handle);
}

void Resumption::give_up_coming_back(Session& session) {
  const SessionHandle handle = session.handle;
  const std::unique_ptr<Channel::Resuming> coming = session.channel->end_resume();
  refuse_resume(session, ResumeResult::kBusy, kResumeBusy, /*by_code=*/!coming->request.code.empty());
  shard_.run_deferred(handle);
}

// The connection goes on as the new session that it has.
void Resumption::refuse_resume(Session& session, ResumeResult result, std::string_view text, bool by_code,
                               const OutputPosition* told) {
  count(Counter::kResumeRefused);
  const SessionHandle handle = session.handle;
  if (by_code) {
    session.tell(text);
    return logins_.repeat_question(session);
  }
  session.channel->transport().resumed(
      {.result = result, .session = session.id, .from = session.output.position(), .text = text});
  if (told != nullptr && *told != session.output.position())
    session.channel->transport().tell_position(session.output.position());
  if (result == ResumeResult::kBusy || (result == ResumeResult::kElsewhere && asks_again(session)))
    return shard_.end(session, EndReason::kBusy, text, /*tell_world=*/true);
  if (session.entered) return offers_.offer_again(session);
  if (session.channel->login() == nullptr) return shard_.settled(handle);
  logins_.repeat_question(session);
}

void Resumption::begin_resume(Session& fresh, ResumingConnection returning) {
  PlayerTransport& transport = fresh.channel->transport();
  const bool by_code = !returning.request.code.empty();
  if (returning.home.shard == shard_.index) {
    Session* const session = shard_.find(returning.home);
    if (session == nullptr || session == &fresh)
      return refuse_resume(fresh, ResumeResult::kGone, by_code ? kResumeWrongCode : kResumeGone, by_code);
    returning.inputs = fresh.input.take_waiting();
    discard(fresh);
    return finish_resume(*session, transport, std::move(returning));
  }
  const std::uint8_t home = returning.home.shard;
  returning.inputs = fresh.input.take_waiting();
  returning.told = fresh.output.position();
  const bool moving = transport.move_to(
      home, [returning = std::move(returning)](ShardSessions& there, PlayerTransport& self) mutable {
        there.arrive(self, std::move(returning));
      });
  if (!moving) return refuse_resume(fresh, ResumeResult::kBusy, kResumeBusy, by_code);
  discard(fresh);
}

// What a connection had before it came back is over; the connection is not.
void Resumption::discard(Session& fresh) {
  const SessionHandle handle = fresh.handle;
  WorldLink* const world = fresh.attached ? fresh.world : nullptr;
  undo_modes(fresh);
  shard_.release(fresh, "resumed_another");
  if (world != nullptr) world->detach(handle, DetachReason::kClosed);
}

void Resumption::undo_modes(Session& fresh) {
  const bool secret =
      !fresh.client_echoes || (fresh.channel->login() != nullptr && fresh.channel->login()->is_secret());
  if (secret) fresh.channel->transport().set_client_echo(true);
  if (fresh.character_mode) fresh.channel->transport().set_character_mode(false);
}

void Resumption::arrive(PlayerTransport& transport, ResumingConnection returning) {
  // The session is not gone, it is in the store: what proves it must not be refused.
  if (shard_.stopping) return transport.end(EndReason::kShutdown, *shard_.stopping);
  Session* const session = shard_.find(returning.home);
  if (session == nullptr) return arrive_as_new(transport, std::move(returning));
  finish_resume(*session, transport, std::move(returning));
}

void Resumption::arrive_as_new(PlayerTransport& transport, ResumingConnection returning) {
  const bool by_code = !returning.request.code.empty();
  const Result<SessionHandle> opened =
      shard_.open(transport, returning.protocol, returning.address.view(), nullptr);
  if (!opened) return transport.end(EndReason::kBusy, opened.error().what);
  transport.rebind(*opened);
  Session& session = *shard_.find(*opened);
  if (by_code) logins_.greet(session);
  if (shard_.find(*opened) == &session)
    refuse_resume(session, ResumeResult::kGone, by_code ? kResumeWrongCode : kResumeGone, by_code,
                  &returning.told);
  shard_.take_all(*opened, std::move(returning.inputs));
}

}  // namespace wyld::session
