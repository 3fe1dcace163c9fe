#include "simulation/player.h"

#include <fmt/format.h>

#include "simulation/gateway.h"

namespace wyld::simulation {
namespace {

constexpr Duration kFarewell = std::chrono::seconds(3);

}  // namespace

Player::Player(Gateway& gateway, std::uint8_t shard, std::shared_ptr<Connection> connection)
    : gateway_(gateway),
      connection_(std::move(connection)),
      shard_(shard),
      settling_([](void* self) { static_cast<Player*>(self)->settle(); }, this) {
  connection_->open_gateway(*this);
}

session::ShardSessions& Player::sessions() { return gateway_.sessions(shard_); }
const TurnClock& Player::clock() const { return gateway_.clock(); }

SessionId Player::session_id() {
  const SessionId* const id = sessions().id_of(session_);
  return id != nullptr ? *id : SessionId{};
}

void Player::open(session::Protocol protocol, std::string_view address) {
  const Result<session::SessionHandle> opened = sessions().open(*this, protocol, address);
  if (!opened) {
    end(session::EndReason::kBusy, opened.error().what);
    return;
  }
  session_ = *opened;
  in_session_ = true;
  came_as_ = session_id();
  gateway_.model().bound(connection_->number(), came_as_);
}

void Player::write(std::string_view bytes) {
  connection_->write(bytes);
  gateway_.flush_later(connection_);
}

void Player::tell_when_drained() {
  connection_->tell_when_drained();
  gateway_.flush_later(connection_);
}

void Player::on_drained() {
  if (in_session_ && !moving_) sessions().drained(session_);
}

void Player::on_end() {
  gateway_.trace()([&] {
    return fmt::format("the gateway loses connection {}, {} bytes unconfirmed", connection_->number(),
                       unconfirmed_bytes());
  });
  settling_.cancel();
  if (moving_) {
    ended_ = true;
    connection_->write_to_nobody();
    return;
  }
  leave();
}

void Player::leave() {
  if (std::exchange(in_session_, false)) sessions().ended(session_);
  close(session::EndReason::kViolation);
}

void Player::close(session::EndReason /*reason*/) {
  gateway_.trace()([&] {
    return fmt::format("the gateway closes connection {}, {} bytes unconfirmed", connection_->number(),
                       unconfirmed_bytes());
  });
  in_session_ = false;
  settling_.cancel();
  connection_->close_after_flush(kFarewell);
  done_ = true;
}

void Player::rebind(session::SessionHandle session) {
  session_ = session;
  in_session_ = true;
  note_session();
}

void Player::note_session() {
  const SessionId id = session_id();
  if (id == came_as_) return;
  gateway_.model().went_over(connection_->number(), came_as_, id);
  gateway_.model().bound(connection_->number(), id);
  came_as_ = id;
}

bool Player::move_to(std::uint8_t shard, Arrived then) {
  const auto arrive = [this, shard, then = std::make_shared<Arrived>(std::move(then))] {
    shard_ = shard;
    (*then)(sessions(), *this);
    moving_ = false;
    while (!behind_.empty() && !moving_) {
      const std::function<void()> deed = std::move(behind_.front());
      behind_.pop_front();
      deed();
    }
    if (ended_ && !moving_ && in_session_) leave();
  };
  if (!gateway_.post(shard, arrive)) return false;
  moving_ = true;
  return true;
}

void Player::pass(std::function<void()> deed) {
  if (moving_) {
    behind_.push_back(std::move(deed));
  } else {
    deed();
  }
}

void Player::pass_line(std::string_view line, bool secret) {
  pass([this, line = std::string(line), secret] {
    settle();
    if (!in_session_) return;
    const SessionId id = session_id();
    gateway_.line_comes(connection_->number(), id, line);
    sessions().line(session_, line, secret);
    if (!secret) gateway_.line_has_come(id, line, /*deferred=*/!connection_->gateway_reads());
  });
}

}  // namespace wyld::simulation
