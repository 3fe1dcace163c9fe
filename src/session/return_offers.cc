#include "session/return_offers.h"

#include <utility>

#include "base/counters.h"
#include "base/log.h"

namespace wyld::session {
namespace {

constexpr std::size_t kPromptBytesMax = 256;  // a longer line is none

}  // namespace

bool ReturnOffers::may_return(const Session& session) const {
  return shard_.registry != nullptr && shard_.options.hold.count() > 0 && !session.is_held() &&
         (shard_.options.resume_codes || session.channel->transport().keeps_tokens());
}

std::optional<ResumeRegistry::Found> ReturnOffers::find_token(const ResumeToken& token,
                                                              std::string_view address) {
  const ResumeRegistry::Lookup lookup = shard_.registry->find(token, shard_.clock.wall);
  if (lookup.revoked) {
    count(Counter::kResumeRevoked);
    log(LogLevel::kWarning, "resume_revoked",
        {{"session", lookup.revoked->text()},
         {"address", std::string(address)},
         {"reason", "a token was used twice"}});
    // In the store too, so that no later process takes them for good. It may be over by now: then so are
    // they.
    [[maybe_unused]] const Status cleared =
        shard_.manager.change_details(*lookup.revoked, [](SessionDetails& details) { details.resume = {}; });
  }
  return lookup.found;
}

// A client that is refused forgets its token: perhaps it was that of the session it is in.
void ReturnOffers::offer_again(Session& session) {
  if (session.resumable && session.channel->transport().keeps_tokens() && may_return(session))
    offer_return(session, Secret::kToken);
}

// Rotates the token that was used to resume; otherwise offers a first one to a client that can keep it.
void ReturnOffers::offer_next(Session& session, const ResumeRequest& request) {
  if (const std::optional<ResumeToken> token = ResumeToken::parse(request.token)) {
    const SecretHash shown = hash_of(*token);
    offer_return(session, Secret::kToken, &shown);
  } else if (session.channel->transport().keeps_tokens()) {
    offer_return(session, Secret::kToken);
  }
}

void ReturnOffers::offer_first(Session& session) {
  if (!may_return(session)) return;
  const PlayerTransport& transport = session.channel->transport();
  if (transport.keeps_tokens()) {
    const std::string client = transport.token_client();
    offer_return(session, Secret::kToken);
    if (client.empty() || shard_.registry->has_replayed(client)) return;
  }
  if (!shard_.options.resume_codes) return;
  if (session.world->has_own_login()) {
    look_for_code(session, session.code_moment.entered(shard_.clock.now));
  } else {
    offer_return(session, Secret::kCode);
  }
}

void ReturnOffers::look_for_code(Session& session, CodeMoment::Look when) {
  if (when && !session.is_held()) session.channel->deadlines().set(shard_.timers, Deadline::kCode, *when);
}

void ReturnOffers::show_code(Session& session) {
  if (session.is_held() ||
      !session.code_moment.may_show(session.client_echoes, session.output.unfinished_line().text))
    return;
  session.code_moment.shown();
  offer_return(session, Secret::kCode);
}

// After a notice, so that the player sees again what the world waits for.
void ReturnOffers::repeat(Session& session, const OutputLog::UnfinishedLine& line) {
  if (line.text.empty() || line.text.size() > kPromptBytesMax || session.channel->output().is_skipping())
    return;
  session.say(line.text);
  if (line.is_prompt) session.prompt();
}

void ReturnOffers::offer_return(Session& session, Secret what, const SecretHash* shown) {
  const DetailsPtr details = shard_.manager.details(session.id);
  ResumeKeys keys = details ? details->resume : ResumeKeys{};
  if (!session.offer) session.offer = std::make_unique<KeyOffer>();
  session.start_recording();  // a client may have learnt to keep tokens only after the world was attached
  if (what == Secret::kToken) {
    keys = session.offer->make_token(keys, shown, shard_.registry->key(), shard_.random, shard_.clock.wall);
    session.previous_token = false;  // until it is handed out
  } else {
    keys = session.offer->make_code(keys, what == Secret::kCodeWanted, shard_.random);
  }
  if (!set_keys(session, keys, shard_.when_stored(session.handle, [this](Session& found, bool stored) {
        hand_out(found, stored);
      })))
    session.offer->forget();
}

// False: they are revoked.
bool ReturnOffers::set_keys(Session& session, const ResumeKeys& keys, SessionStore::Done done) {
  bool taken = false;
  // Inside the change, so that a revocation comes before both or after both.
  session.change_details(
      [&](SessionDetails& changed) {
        taken = shard_.registry->set(session.id, session.handle, keys);
        if (taken) changed.resume = keys;
      },
      std::move(done));
  return taken;
}

// The store has the hashes: the client may have the secrets.
void ReturnOffers::hand_out(Session& session, bool stored) {
  if (!session.offer || !session.offer->stored(stored)) return;
  const std::unique_ptr<KeyOffer> offer = std::move(session.offer);
  if (!offer->code().empty() && !offer->code_is_wanted() && !session.client_echoes) {
    session.code_moment.put_off();  // a password is asked for meanwhile
    offer->forget_code();
  }
  if (session.is_held() || offer->is_empty()) return;
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
        session.world->has_own_login() ? session.output.unfinished_line() : OutputLog::UnfinishedLine{};
    session.tell_secretly(std::string(kWords) + offer->code(), std::string(kWords) + "****-****-****");
    repeat(session, line);
  }
}

void ReturnOffers::retire_previous_token(Session& session) {
  session.previous_token = false;
  const DetailsPtr details = shard_.manager.details(session.id);
  if (!details || !is_set(details->resume.previous)) return;
  ResumeKeys keys = details->resume;
  retire_previous(keys);
  [[maybe_unused]] const bool taken = set_keys(session, keys, {});
}

void ReturnOffers::token_kept(Session& session) {
  if (session.previous_token) retire_previous_token(session);
}

void ReturnOffers::code_wanted(Session& session) {
  if (!session.entered || !may_return(session)) return;
  // Each code takes the place of the one before, so the last one asked for is the one that counts.
  if (session.channel->may_request(Channel::Request::kCode, session.input.gate()))
    offer_return(session, Secret::kCodeWanted);
}

}  // namespace wyld::session
