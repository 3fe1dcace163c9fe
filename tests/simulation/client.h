#pragma once
// The players' clients: a page or program that speaks JSON, and a telnet program.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "session/session_record.h"
#include "simulation/frames.h"
#include "simulation/model.h"
#include "simulation/screen.h"
#include "simulation/simulated_socket.h"
#include "simulation/web_visit.h"
#include "simulation/world.h"

namespace wyld::simulation {

// Takes a connection to the gateway, if one runs and it wants to. Null: refused.
using Dial = std::function<std::shared_ptr<SimulatedSocket>(ClientEnd& end, session::Protocol protocol)>;

// What a player knows, whichever client it was read on.
struct Knowledge {
  bool in_game = false;   // the world has said welcome
  bool may_send = false;  // and has not been away since
  bool waiting = false;   // commands wait for the world
  bool away = false;      // the world is
};

// What both have in common: a connection that breaks and is made again.
//
// Owner    a Person.
class Client : public ClientEnd {
 public:
  Client(Run run, const Dial& dial, std::size_t player, std::size_t number, Knowledge& knowledge)
      : run_(run),
        dial_(dial),
        player_(player),
        knowledge_(knowledge),
        screen_(run.model, player * 4 + number) {}
  virtual ~Client() = default;

  // Once in a while: connects if it is time to, answers questions, gives up what takes too long.
  void attend();
  // True: lines that are typed go out.
  [[nodiscard]] virtual bool playing() const = 0;
  [[nodiscard]] virtual bool can_come_back() const = 0;
  // A line typed by a player who is in the game.
  virtual void say(const std::string& line) = 0;
  // The person turns it off: it neither reconnects nor speaks until wanted again.
  void set_wanted(bool wanted);
  // Everything is quiet: what was typed on the connection has reached a session.
  void check_typed();
  // Whether the person looks at this one now.
  void set_looked_at(bool looked_at) noexcept { looked_at_ = looked_at; }
  [[nodiscard]] bool looked_at() const noexcept { return looked_at_; }
  [[nodiscard]] SimulatedSocket* connection() noexcept { return connection_.get(); }
  [[nodiscard]] Screen& screen() noexcept { return screen_; }
  void hang_up();

  // ClientEnd:
  void on_bytes(std::string_view bytes) override;
  void on_end() override;

 protected:
  // How it connects this time.
  [[nodiscard]] virtual session::Protocol choose_protocol() = 0;
  // The connection is there, and WebSocket frames can be written where it has any.
  virtual void greet() = 0;
  virtual void read(std::string_view bytes) = 0;
  virtual void lost() = 0;
  virtual void type(const std::string& line) = 0;
  // Reads the gateway's words that matter to a player.
  void read_notice(std::string_view words);
  void answer_questions();
  // Into the trace: what happens to this client.
  template <typename Words>
  void tell(Words&& words) {
    run_.trace([&] { return name() + words(); });
  }

  const Run run_;
  const Dial& dial_;
  session::Protocol protocol_ = session::Protocol::kTelnet;  // of the connection
  const std::size_t player_;
  Knowledge& knowledge_;
  std::shared_ptr<SimulatedSocket> connection_;
  Screen screen_;
  TimePoint waits_since_{};         // for an answer to its greeting
  std::vector<std::string> typed_;  // on the connection

 private:
  [[nodiscard]] std::string name() const;
  void visit();

  WebVisit web_;
  bool upgrade_asked_ = false;
  bool wanted_ = false;
  bool looked_at_ = false;
  TimePoint typed_at_{};
  TimePoint next_try_{};
  Duration pause_ = std::chrono::milliseconds(500);
};

class JsonClient final : public Client {
 public:
  // `number`: of the player's clients.
  JsonClient(Run run, const Dial& dial, std::size_t player, std::size_t number, Knowledge& knowledge)
      : Client(run, dial, player, number, knowledge) {}

  [[nodiscard]] bool playing() const override { return state_ == State::kPlaying; }
  [[nodiscard]] bool can_come_back() const override { return !token_.empty(); }
  void say(const std::string& line) override;
  void want_code();
  // The code that the gateway has given; empty: none yet.
  [[nodiscard]] std::string take_code() { return std::exchange(code_, {}); }
  // As a copied tab has it.
  void copy_from(const JsonClient& other);
  [[nodiscard]] const std::deque<std::string>& former_tokens() const noexcept { return former_tokens_; }
  [[nodiscard]] std::string greeting(std::string_view token, session::OutputPosition position) const;

 private:
  enum class State : std::uint8_t { kOffline, kGreeting, kResuming, kReplaying, kPlaying };
  [[nodiscard]] session::Protocol choose_protocol() override { return session::Protocol::kWebSocketJson; }
  void greet() override;
  void read(std::string_view bytes) override;
  void lost() override;
  void type(const std::string& line) override;
  void on_message(std::string_view message);
  void on_resumed(std::string_view message);
  void send(std::string_view message);
  void count(std::string_view bytes);
  void play();

  State state_ = State::kOffline;
  frames::Reader reader_;
  std::string token_;
  std::deque<std::string> former_tokens_;
  std::string code_;
  session::OutputPosition position_;
  SessionNumber fresh_ = kNoSession;  // of the connection
  std::vector<std::string> early_;    // what came before the answer to a resume
  session::OutputPosition fresh_position_;
  std::deque<std::string> held_;  // typed while away
  bool masked_ = false;           // what is typed is not shown
};

class TelnetClient final : public Client {
 public:
  TelnetClient(Run run, const Dial& dial, std::size_t player, std::size_t number, Knowledge& knowledge)
      : Client(run, dial, player, number, knowledge) {}

  [[nodiscard]] bool playing() const override { return state_ == State::kPlaying; }
  [[nodiscard]] bool can_come_back() const override { return !code_.empty(); }
  void say(const std::string& line) override;
  void set_code(std::string code) { code_ = std::move(code); }

 private:
  enum class State : std::uint8_t { kOffline, kGreeting, kResuming, kPlaying };
  // Telnet on a plain socket, or in a WebSocket.
  [[nodiscard]] session::Protocol choose_protocol() override;
  void greet() override;
  void read(std::string_view bytes) override;
  void lost() override;
  void type(const std::string& line) override;
  void send(std::string_view bytes);
  void on_telnet(std::string_view bytes);
  void on_text(std::string_view text);
  void on_command(std::uint8_t command, std::uint8_t option);
  void on_world_line(std::string line);
  void on_gateway_line(std::string_view line);
  void lose_words(bool wide);

  State state_ = State::kOffline;
  frames::Reader reader_;
  std::uint8_t iac_ = 0;  // the bytes of a command that have come: 0, 1 or 2; 3 within a subnegotiation
  std::uint8_t command_ = 0;
  std::string line_;
  std::string words_;         // a line of the world's, as far as it has come
  std::string former_words_;  // the same, of the connection before
  std::string code_;
  std::string shown_code_;        // on this connection
  std::size_t missed_lines_ = 0;  // that are still to be told
  bool answers_marks_ = true;
};

}  // namespace wyld::simulation
