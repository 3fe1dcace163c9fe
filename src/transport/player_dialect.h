#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "session/admission.h"
#include "session/input_gate.h"
#include "session/player_transport.h"
#include "transport/connection.h"
#include "transport/delivery_probe.h"
#include "transport/dialect.h"
#include "transport/observer.h"
#include "transport/options.h"

namespace wyld::transport {

// A dialect that players speak: the connection's part in its session. It opens the session, passes lines on,
// keeps input that comes while the connection moves, and hears of the end.
//
// Owner    its Connection; the session borrows it as its PlayerTransport.
// Thread   the shard's.
class PlayerDialect : public Dialect, public session::PlayerTransport {
 public:
  // Dialect:
  void before_flush() override;
  void on_drained() override;
  void on_timer() final;
  void on_end() override { leave_session(); }

  // PlayerTransport:
  void set_reading(session::Reading reading) override { connection().set_reading(reading); }
  void tell_when_drained() override { connection().tell_when_drained(); }
  void entered() override { lease_.authenticated(); }
  void end(session::EndReason reason, std::string_view text) final;
  void rebind(session::SessionHandle session) override;
  [[nodiscard]] bool move_to(std::uint8_t shard, Arrived then) override;
  void begin_output(std::uint64_t offset) override;
  void note_output(std::uint64_t offset) override;
  [[nodiscard]] std::uint64_t delivered_output() override { return connection().delivered_output(); }
  [[nodiscard]] bool knows_delivery() const override { return probe_ == nullptr || probe_->knows(); }
  [[nodiscard]] std::size_t unconfirmed_bytes() const override { return connection().unconfirmed_bytes(); }
  [[nodiscard]] std::size_t queued_bytes() const override { return connection().queued_bytes(); }

 protected:
  explicit PlayerDialect(session::Lease lease) : lease_(std::move(lease)) {}

  // The client's options are known as well as they will be, or it has begun to play.
  virtual void settle() = 0;
  // What was read. Called again, after a move, for what was read meanwhile.
  virtual void take_line(std::string_view line, bool secret) = 0;
  virtual void take_characters(std::string_view text) = 0;
  virtual void take_side_channel(std::string_view package, std::string_view body) = 0;
  // Writes the dialect's last words.
  virtual void say_farewell(session::EndReason reason, std::string_view text) = 0;
  // The time set by set_timer() has come.
  virtual void on_due() = 0;
  // Asks the client to say that everything before this has reached it; question_answered() is to be called
  // with the number that this returns. Nothing: the question that is out cannot be put in another way.
  [[nodiscard]] virtual std::optional<std::uint32_t> put_question() { return std::nullopt; }
  // How often the connection is kept alive; 0: never.
  [[nodiscard]] virtual runtime::Duration reminder_interval() const = 0;

  [[nodiscard]] session::ShardSessions& sessions() const noexcept;
  [[nodiscard]] const PlayerOptions& options() const noexcept;
  [[nodiscard]] Observer* observer() const noexcept;
  [[nodiscard]] runtime::TimePoint now() const noexcept;
  // False: there is no room for a session, and the client has been told.
  [[nodiscard]] bool open_session(session::Protocol protocol, std::string_view address);
  // True: the connection is moving, and this goes on to its session when it has arrived.
  [[nodiscard]] bool keep_while_moving(session::InputKind kind, std::string_view text,
                                       std::string_view package = {});
  // Settles, and passes the line on; or keeps it while the connection moves.
  void pass_line(std::string_view line, bool secret);
  // The client leaves, or is not heard of any more.
  void leave_session();
  // Passes something on to the session by `pass()`, and tells whoever observes that.
  template <typename Pass>
  void observed(Passed what, std::string_view text, Pass&& pass);
  // on_due() is called at `due`. A later call replaces an earlier one.
  void set_timer(runtime::TimePoint due);
  // Sets the timer for the next sign of life.
  void remind_later();
  // From now on the client itself is asked what has reached it.
  void ask_client(DeliveryProbe::Answers answers);
  void question_answered(std::uint32_t number);
  [[nodiscard]] const DeliveryProbe* probe() const noexcept { return probe_.get(); }

  [[nodiscard]] session::SessionHandle session() const noexcept { return session_; }
  [[nodiscard]] bool in_session() const noexcept { return in_session_; }

 private:
  void arrived(Connection& there, Arrived then);
  void ask_if_due();
  void schedule_timer();

  session::Lease lease_;
  session::SessionHandle session_;
  bool in_session_ = false;
  bool moving_ = false;                                    // to another shard, at the end of this turn
  std::unique_ptr<session::WaitingInputs> inputs_behind_;  // read while moving; null: none
  std::unique_ptr<DeliveryProbe> probe_;                   // null: its system's word counts
};

template <typename Pass>
void PlayerDialect::observed(Passed what, std::string_view text, Pass&& pass) {
  Observer* const watching = observer();
  if (watching != nullptr) watching->before(*this, what, text);
  pass();
  if (watching != nullptr && what != Passed::kEnd) watching->after(*this, what, text);
}

}  // namespace wyld::transport
