// GMCP Char.Login on a player's Telnet connection: docs/protocols/gmcp-char-login.md.
#include <algorithm>
#include <utility>

#include "base/counters.h"
#include "transport/connections.h"
#include "transport/telnet_dialect.h"

namespace wyld::transport {
namespace {

namespace login = gmcp::char_login;

// A client forgets what was refused: it shows one token and one password. Those beyond get no answer, which
// would cost more than they do.
constexpr std::uint8_t kAttemptsMax = 5;
// Clients drop a token without an account.
constexpr std::string_view kNobodyKnown = "player";

}  // namespace

bool TelnetDialect::offers_tokens() const noexcept {
  const GmcpTokens where = options().gmcp_tokens;
  return where == GmcpTokens::kPlain || (where == GmcpTokens::kEncrypted && encrypted_);
}

bool TelnetDialect::awaits_char_login() const noexcept {
  if (char_login_.version != 0) return char_login_.awaited;
  return offers_tokens() && endpoint_.gmcp_supports_may_come();
}

// Only where what comes back can be honoured: a client may take the offer for a reason not to type name and
// password, and a refusal for a reason not to connect again.
void TelnetDialect::offer_char_login() {
  if (char_login_.version != 0 || !offers_tokens()) return;
  const std::uint32_t version = std::min(endpoint_.gmcp_version_of(login::kModule), login::kTokensSince);
  if (version == 0 || (version < login::kTokensSince && !sessions().logs_players_in())) return;
  char_login_.version = version;
  char_login_.awaited = true;
  std::string body;
  login::append_default(version, body);
  send_gmcp(login::kDefault, body);
}

void TelnetDialect::take_char_login(std::string_view package, std::string_view body) {
  std::optional<login::ClientMessage> message = login::parse(package, body);
  if (!message) return count(Counter::kMalformedInput);
  if (message->keeps_tokens) char_login_.forgets_tokens = !*message->keeps_tokens;
  if (message->kind == login::Kind::kOther) return;
  char_login_.awaited = false;
  const bool returns = message->kind == login::Kind::kReturn && char_login_.version >= login::kTokensSince;
  const bool signs_in = message->kind == login::Kind::kSignIn && !char_login_.signed_in;
  if ((returns || signs_in) && char_login_.attempts == kAttemptsMax) {
    count(returns ? Counter::kResumeRefused : Counter::kLoginsRefused);
  } else if ((returns || signs_in) && !shown_) {
    ++char_login_.attempts;
    shown_ = std::make_unique<Shown>(message->kind, session::Secret(message->account),
                                     session::Secret(message->secret));
  }
  session::wipe(message->account);
  session::wipe(message->secret);
  if (shown_ && negotiation_ends_ == runtime::TimePoint{}) sign_in();
}

void TelnetDialect::sign_in() {
  const std::unique_ptr<Shown> shown = std::move(shown_);
  if (!in_session()) return;
  if (shown->kind == login::Kind::kSignIn)
    return sessions().credentials(session(), shown->account.view(), shown->secret.view());
  char_login_.asked = true;
  observed(Passed::kToken, shown->secret.view(), [&] {
    sessions().resume(session(), {.token = std::string(shown->secret.view()), .code = {}, .position = {}});
  });
}

void TelnetDialect::resumed(const session::ResumeAnswer& answer) {
  const bool asked = std::exchange(char_login_.asked, false);
  // The connection ends with these words. No result: the client would throw away a token that is good.
  if (answer.result == session::ResumeResult::kBusy) return;
  // No result here either; the player goes on to the login.
  const bool elsewhere = answer.result == session::ResumeResult::kElsewhere;
  const bool back = !elsewhere && answer.result != session::ResumeResult::kGone;
  if (back) char_login_.signed_in = true;
  if (asked && !elsewhere) {
    std::string body;
    login::append_result(back, back ? std::string_view() : answer.text, body);
    send_gmcp(login::kResult, body);
  }
  send_notice(answer.text);
}

void TelnetDialect::login_result(bool success, std::string_view text) {
  if (success) char_login_.signed_in = true;
  std::string body;
  login::append_result(success, success ? std::string_view() : text, body);
  send_gmcp(login::kResult, body);
}

// Name and version, as GMCP Core.Hello has them.
std::string TelnetDialect::token_client() const {
  if (std::string hello = endpoint_.gmcp_hello(); !hello.empty()) return hello;
  const Capabilities& client = endpoint_.capabilities();
  return client.client_name + ' ' + client.client_version;
}

void TelnetDialect::give_token(std::string_view token) {
  const std::string account = sessions().account_of(session());
  std::string body;
  login::append_token(account.empty() ? kNobodyKnown : account, token, encrypted_, body);
  send_gmcp(login::kToken, body);
  session::wipe(body);
}

std::string TelnetDialect::side_channel_supports() const {
  std::string supports = endpoint_.gmcp_supports();
  if (char_login_.version == 0) return supports;
  std::optional<std::string> told = login::supports_without("Core.Supports.Set", supports);
  return told ? std::move(*told) : supports;
}

}  // namespace wyld::transport
