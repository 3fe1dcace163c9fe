#include "simulation/witness.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "simulation/gateway.h"

namespace wyld::simulation {

Witness::Witness(Gateway& gateway, std::shared_ptr<SimulatedSocket> socket, session::PlayerTransport& player)
    : gateway_(gateway), socket_(std::move(socket)), player_(player) {}

SessionId Witness::session_id() const {
  const SessionId* const id = gateway_.sessions(session_.shard).id_of(session_);
  return id != nullptr ? *id : SessionId{};
}

// --- what the session has the connection do ---

void Witness::rebind(session::SessionHandle session) {
  session_ = session;
  in_session_ = true;
  player_.rebind(session);
  note_session();
}

void Witness::note_session() {
  const SessionId id = session_id();
  if (bound_ && id == came_as_) return;
  if (bound_) gateway_.model().went_over(socket_->number(), came_as_, id);
  gateway_.model().bound(socket_->number(), id);
  bound_ = true;
  came_as_ = id;
}

bool Witness::move_to(std::uint8_t shard, Arrived then) {
  const bool moves = player_.move_to(
      shard,
      [this, then = std::move(then)](session::ShardSessions& there, session::PlayerTransport& self) mutable {
        WYLD_CHECK(is_of(self));
        moving_ = false;
        reading_ = session::Reading::kOn;
        then(there, *this);
      });
  if (moves) moving_ = true;
  return moves;
}

void Witness::set_reading(session::Reading reading) {
  reading_ = reading;
  player_.set_reading(reading);
}

void Witness::send_text(std::string_view utf8) {
  player_.send_text(utf8);
  note_words(utf8);
}

void Witness::send_encoded(const Payload& payload) {
  player_.send_encoded(payload);
  note_words(*payload);
}

void Witness::begin_output(std::uint64_t offset) {
  player_.begin_output(offset);
  wire_ends_ = {{offset, written_bytes()}};
}

void Witness::note_output(std::uint64_t offset) {
  player_.note_output(offset);
  wire_ends_[offset] = written_bytes();
}

void Witness::send_notice(std::string_view text) {
  if (!replaying_) gateway_.model().noticed(session_id(), text);
  player_.send_notice(text);
}

void Witness::end(session::EndReason reason, std::string_view text) {
  gateway_.trace()([&] {
    return fmt::format("the gateway closes connection {}, {} bytes unconfirmed", socket_->number(),
                       player_.unconfirmed_bytes());
  });
  if (in_session()) note_repeatable();
  in_session_ = false;
  player_.end(reason, text);
}

void Witness::resumed(const session::ResumeAnswer& answer) {
  note_session();
  gateway_.model().answered(answer);
  const bool back = answer.result == session::ResumeResult::kResumed ||
                    answer.result == session::ResumeResult::kResumedWithGap;
  replaying_ = back;
  words_.clear();
  if (back && !token_.empty()) gateway_.model().token_taken(std::exchange(token_, {}));
  player_.resumed(answer);
}

void Witness::replayed() {
  replaying_ = false;
  player_.replayed();
}

void Witness::give_token(std::string_view token) {
  gateway_.model().token_given(session_id(), token);
  player_.give_token(token);
}

void Witness::give_code(std::string_view code) {
  gateway_.model().code_given(session_id(), code);
  player_.give_code(code);
}

// --- what the connection passes on ---

void Witness::before(transport::Passed what, std::string_view text) {
  using transport::Passed;
  switch (what) {
    case Passed::kLine:
    case Passed::kSecretLine:
      if (text.starts_with('L')) gateway_.model().received(socket_->number(), session_id(), text);
      return;
    case Passed::kToken:
      token_ = text;
      return gateway_.model().token_shown(text);
    case Passed::kTokenKept:
      return gateway_.model().token_kept(session_id());
    case Passed::kCodeWanted:
      return gateway_.model().code_wanted(session_id());
    case Passed::kEnd:
      gateway_.trace()([&] {
        return fmt::format("the gateway loses connection {}, {} bytes unconfirmed", socket_->number(),
                           player_.unconfirmed_bytes());
      });
      if (in_session()) note_repeatable();
      in_session_ = false;
      return;
  }
}

void Witness::after(transport::Passed what, std::string_view text) {
  if (what != transport::Passed::kLine) return;
  // It, or one before it, may still wait for its turn.
  const bool deferred = reading_ != session::Reading::kOn;
  Model& model = gateway_.model();
  if (text != "send") return model.settled(came_as_, text, deferred);
  if (deferred) return model.word_deferred(came_as_);
  if (!model.is_away(came_as_)) model.released(came_as_, /*by_word=*/true);
}

// --- what a client may read again ---

void Witness::note_words(std::string_view utf8) {
  if (player_.counts_output()) return;
  if (!words_.empty() && !utf8.empty()) words_.back().second = written_bytes();  // their rest
  // "W3.17 ": the number behind the point.
  for (std::size_t at = utf8.find('W'); at != std::string_view::npos; at = utf8.find('W', at + 1)) {
    const std::size_t point = utf8.find('.', at);
    if (point == std::string_view::npos) return;
    std::uint32_t number = 0;
    const char* const end = utf8.data() + utf8.size();
    if (std::from_chars(utf8.data() + point + 1, end, number).ec == std::errc{})
      words_.emplace_back(number, written_bytes());
  }
}

// A client that does not count may read again what its system has not confirmed, and the line in which that
// begins. A page counts for itself; a player who comes back without it, by a code, is told what the
// gateway takes for unseen, and after a restart that is all that was kept.
void Witness::note_repeatable() {
  if (player_.counts_output()) return gateway_.model().may_repeat_from(came_as_, 0);
  // Where on the wire that output ends which the gateway takes for delivered.
  const std::uint64_t confirmed = wire_ends_[player_.delivered_output()];
  std::uint32_t first = ~std::uint32_t{0};
  std::size_t later = 0;
  for (auto word = words_.rbegin(); word != words_.rend(); ++word, ++later) {
    constexpr std::uint64_t kOfLine = 16;    // CR, the brackets of a notice, the mark of a prompt, a frame
    constexpr std::uint64_t kAnswers = 400;  // negotiation
    if (word->second + kOfLine * (later + 1) + kAnswers < confirmed) break;
    first = word->first;
  }
  gateway_.model().may_repeat_from(came_as_, first);  // which may have ended here by now
}

// --- all of them ---

void Witnesses::sweep() {
  std::erase_if(all_, [](const std::unique_ptr<Witness>& one) { return one->is_over(); });
  std::erase_if(sockets_, [](const auto& known) { return known.second->is_closed(); });
}

// An address may have been another connection's before.
void Witnesses::connected(const transport::Connection& connection) {
  if (accepting_ != nullptr) sockets_[&connection] = accepting_;
}

session::PlayerTransport& Witnesses::transport_for(session::PlayerTransport& player,
                                                   const transport::Connection& connection) {
  const auto known = sockets_.find(&connection);
  WYLD_CHECK(known != sockets_.end());
  all_.push_back(std::make_unique<Witness>(gateway_, known->second, player));
  return *all_.back();
}

Witness& Witnesses::of(const session::PlayerTransport& player) {
  const auto found = std::find_if(all_.rbegin(), all_.rend(),
                                  [&](const std::unique_ptr<Witness>& one) { return one->is_of(player); });
  WYLD_CHECK(found != all_.rend());
  return **found;
}

void Witnesses::before(const session::PlayerTransport& player, transport::Passed what,
                       std::string_view text) {
  of(player).before(what, text);
}

void Witnesses::after(const session::PlayerTransport& player, transport::Passed what, std::string_view text) {
  of(player).after(what, text);
}

}  // namespace wyld::simulation
