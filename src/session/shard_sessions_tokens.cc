// What proves a client that comes back: tokens and codes, offered, stored, handed out, retired.
#include <utility>

#include "base/counters.h"
#include "base/log.h"
#include "session/shard_sessions.h"

namespace wyld::session {
namespace {

constexpr std::size_t kPromptBytesMax = 256;  // a longer line is none

}  // namespace

bool ShardSessions::may_return(const Session& session) const {
  return registry_ != nullptr && options_.hold.count() > 0 && !is_held(session) &&
         (options_.resume_codes || session.channel->transport().keeps_tokens());
}

std::optional<ResumeRegistry::Found> ShardSessions::find_token(const ResumeToken& token,
                                                               std::string_view address) {
  const ResumeRegistry::Lookup lookup = registry_->find(token, clock_.wall);
  if (lookup.revoked) {
    count(Counter::kResumeRevoked);
    log(LogLevel::kWarning, "resume_revoked",
        {{"session", lookup.revoked->text()},
         {"address", std::string(address)},
         {"reason", "a token was used twice"}});
    // In the store too, so that no later process takes them for good. It may be over by now: then so are
    // they.
    [[maybe_unused]] const Status cleared =
        manager_.change_details(*lookup.revoked, [](SessionDetails& details) { details.resume = {}; });
  }
  return lookup.found;
}

// A client that is refused forgets its token: perhaps it was that of the session it is in.
void ShardSessions::offer_again(Session& session) {
  if (session.resumable && session.channel->transport().keeps_tokens() && may_return(session))
    offer_return(session, Secret::kToken);
}

// Who came back by a token gets the one that follows it, anyone else who can keep one gets a first.
void ShardSessions::offer_next(Session& session, const ResumeRequest& request) {
  if (const std::optional<ResumeToken> token = ResumeToken::parse(request.token)) {
    const SecretHash shown = hash_of(*token);
    offer_return(session, Secret::kToken, &shown);
  } else if (session.channel->transport().keeps_tokens()) {
    offer_return(session, Secret::kToken);
  }
}

void ShardSessions::offer_first(Session& session) {
  if (!may_return(session)) return;
  const PlayerTransport& transport = session.channel->transport();
  if (transport.keeps_tokens()) {
    const std::string client = transport.token_client();
    offer_return(session, Secret::kToken);
    if (client.empty() || registry_->has_replayed(client)) return;
  }
  if (!options_.resume_codes) return;
  if (session.world->has_own_login()) {
    look_for_code(session, session.code_moment.entered(clock_.now));
  } else {
    offer_return(session, Secret::kCode);
  }
}

void ShardSessions::look_for_code(Session& session, CodeMoment::Look when) {
  if (when && !is_held(session)) session.channel->deadlines().set(timers_, Deadline::kCode, *when);
}

void ShardSessions::show_code(Session& session) {
  if (is_held(session) ||
      !session.code_moment.may_show(session.client_echoes, session.log.unfinished_line().text))
    return;
  session.code_moment.shown();
  offer_return(session, Secret::kCode);
}

// After a notice, so that the player sees again what the world waits for.
void ShardSessions::repeat(Session& session, const OutputLog::UnfinishedLine& line) {
  if (line.text.empty() || line.text.size() > kPromptBytesMax || session.channel->output().is_skipping())
    return;
  on_output(session.handle, line.text);
  if (line.is_prompt) on_prompt(session.handle);
}

void ShardSessions::offer_return(Session& session, Secret what, const SecretHash* shown) {
  const DetailsPtr details = manager_.details(session.id);
  ResumeKeys keys = details ? details->resume : ResumeKeys{};
  if (!session.offer) session.offer = std::make_unique<KeyOffer>();
  start_recording(session);  // a client may have learnt to keep tokens only after the world was attached
  if (what == Secret::kToken) {
    keys = session.offer->make_token(keys, shown, registry_->key(), random_, clock_.wall);
    session.previous_token = false;  // until it is handed out
  } else {
    keys = session.offer->make_code(keys, what == Secret::kCodeWanted, random_);
  }
  if (!set_keys(session, keys, when_stored<&ShardSessions::hand_out>(session.handle)))
    session.offer->forget();
}

// False: they are revoked.
bool ShardSessions::set_keys(Session& session, const ResumeKeys& keys, SessionStore::Done done) {
  bool taken = false;
  // Inside the change, so that a revocation comes before both or behind both.
  change_details(
      session,
      [&](SessionDetails& changed) {
        taken = registry_->set(session.id, session.handle, keys);
        if (taken) changed.resume = keys;
      },
      std::move(done));
  return taken;
}

// The store has the hashes: the client may have the secrets.
void ShardSessions::hand_out(SessionHandle handle, bool stored) {
  Session& session = *find(handle);
  if (!session.offer || !session.offer->stored(stored)) return;
  const std::unique_ptr<KeyOffer> offer = std::move(session.offer);
  if (!offer->code().empty() && !offer->code_is_wanted() && !session.client_echoes) {
    session.code_moment.put_off();  // a password is asked for meanwhile
    offer->forget_code();
  }
  if (is_held(session) || offer->is_empty()) return;
  session.resumable = true;
  if (!offer->token().empty()) {
    session.channel->transport().give_token(offer->token());
    session.previous_token = true;
  }
  if (offer->code().empty()) return;
  session.has_place = true;
  if (offer->code_is_wanted()) {
    session.channel->transport().give_code(offer->code());
  } else {
    constexpr std::string_view kWords = "To come back to this session from any client, type: resume ";
    const OutputLog::UnfinishedLine line =
        session.world->has_own_login() ? session.log.unfinished_line() : OutputLog::UnfinishedLine{};
    tell_secretly(session, std::string(kWords) + offer->code(), std::string(kWords) + "****-****-****");
    repeat(session, line);
  }
}

void ShardSessions::retire_previous_token(Session& session) {
  session.previous_token = false;
  const DetailsPtr details = manager_.details(session.id);
  if (!details || !is_set(details->resume.previous)) return;
  ResumeKeys keys = details->resume;
  retire_previous(keys);
  [[maybe_unused]] const bool taken = set_keys(session, keys, {});
}

void ShardSessions::token_kept(SessionHandle handle) {
  Session* const session = find(handle);
  if (session != nullptr && session->previous_token) retire_previous_token(*session);
}

void ShardSessions::code_wanted(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr || !session->entered || !may_return(*session)) return;
  // Each code takes the place of the one before, so the last one asked for is the one that counts.
  if (session->channel->may_request(Channel::Request::kCode, session->input.gate()))
    offer_return(*session, Secret::kCodeWanted);
}

}  // namespace wyld::session
