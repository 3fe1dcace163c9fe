// What proves a client that comes back: tokens and codes, offered, stored, handed out, retired.
#include <array>
#include <cstring>
#include <utility>

#include "base/counters.h"
#include "base/log.h"
#include "base/planted_bug.h"
#include "session/shard_sessions.h"

namespace wyld::session {

bool ShardSessions::may_return(const Session& session) const {
  return registry_ != nullptr && options_.hold.count() > 0 && !is_held(session) &&
         (options_.resume_codes || session.transport->keeps_tokens());
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
  if (session.resumable && session.transport->keeps_tokens() && may_return(session))
    offer_return(session, nullptr, /*code_wanted=*/false);
}

// Who came back by a token gets the one that follows it, anyone else who can keep one gets a first.
void ShardSessions::offer_next(Session& session, const ResumeRequest& request) {
  if (const std::optional<ResumeToken> token = ResumeToken::parse(request.token)) {
    const SecretHash shown = hash_of(*token);
    offer_return(session, &shown, /*code_wanted=*/false);
  } else if (session.transport->keeps_tokens()) {
    offer_return(session, nullptr, /*code_wanted=*/false);
  }
}

void ShardSessions::offer_return(Session& session, const SecretHash* shown, bool code_wanted) {
  const DetailsPtr details = manager_.details(session.id);
  ResumeKeys keys = details ? details->resume : ResumeKeys{};
  auto offer = std::make_unique<Offer>();
  if (session.offer) {
    // What was not handed out yet comes along: the store may have its hash already.
    offer->stores = session.offer->stores;
    offer->token = std::exchange(session.offer->token, {});
    offer->code = std::exchange(session.offer->code, {});
    offer->wanted = session.offer->wanted;
  }
  if (code_wanted) offer->wanted = true;
  session.recording = true;  // a client may have learnt to keep tokens only after the world was attached
  if (session.transport->keeps_tokens() && !code_wanted) {
    ResumeToken fresh{.family = keys.family};
    if (!is_set(fresh.family)) random_(fresh.family);
    if (shown != nullptr) {
      fresh.secret = successor(*shown, registry_->key());
    } else {
      random_(fresh.secret);
    }
    rotate(keys, shown != nullptr ? *shown : keys.current, fresh, clock_.wall);
    offer->token = fresh.text();
    session.previous_token = false;  // until it is handed out
  } else {
    std::array<std::uint8_t, 8> random{};
    random_(random);
    std::uint64_t bits = 0;
    std::memcpy(&bits, random.data(), sizeof(bits));
    const ResumeCode code = ResumeCode::from(bits);
    keys.code = hash_of(code);
    offer->code = code.text();
  }
  ++offer->stores;
  session.offer = std::move(offer);
  if (!set_keys(session, keys, when_stored(session.handle, &ShardSessions::hand_out)))
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
  if (!session.offer) return;
  if (!stored) session.offer->forget();
  if (--session.offer->stores > 0) return;
  const std::unique_ptr<Offer> offer = std::move(session.offer);
  if (is_held(session) || offer->is_empty()) return;
  session.resumable = true;
  if (!offer->token.empty()) {
    session.transport->give_token(offer->token);
    session.previous_token = true;
  }
  if (offer->code.empty()) return;
  if (offer->wanted) {
    session.transport->give_code(offer->code);
  } else {
    constexpr std::string_view kWords = "To come back to this session from any client, type: resume ";
    tell_secretly(session, std::string(kWords) + offer->code, std::string(kWords) + "****-****-****");
  }
}

void ShardSessions::retire_previous_token(Session& session) {
  session.previous_token = false;
  const DetailsPtr details = manager_.details(session.id);
  if (!details || !is_set(details->resume.previous)) return;
  ResumeKeys keys = details->resume;
  if (!WYLD_PLANTED_BUG(1)) retire_previous(keys);
  [[maybe_unused]] const bool taken = set_keys(session, keys, {});
}

void ShardSessions::token_kept(SessionHandle handle) {
  Session* const session = find(handle);
  if (session != nullptr && session->previous_token) retire_previous_token(*session);
}

void ShardSessions::code_wanted(SessionHandle handle) {
  Session* const session = find(handle);
  if (session == nullptr || !session->entered || !may_return(*session)) return;
  offer_return(*session, nullptr, /*code_wanted=*/true);
}

}  // namespace wyld::session
