#pragma once
// Keeps the score of a run: what was typed, said, promised; and what became of it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/session_id.h"
#include "session/player_transport.h"
#include "session/session_record.h"
#include "simulation/random.h"
#include "simulation/schedule.h"
#include "simulation/trace.h"

namespace wyld::simulation {

// What kind of world plays.
enum class WorldKind : std::uint8_t { kDemo, kGame, kStream };

// What a player typed, and why.
enum class LineKind : std::uint8_t { kCommand, kLogin, kSecret };

// The number of a session in the model; numbers are part of what worlds say, so that a screen knows whose
// words it shows.
using SessionNumber = std::uint32_t;
inline constexpr SessionNumber kNoSession = ~SessionNumber{0};

// What one screen has shown of one session.
struct Shown {
  SessionNumber session = kNoSession;
  std::uint32_t next = 0;    // the number of the next words, if nothing is missing
  std::uint64_t screen = 0;  // which one it is
  bool gap = false;          // something is missing here, and the player was told
  bool wide_gap = false;     // something of what was said before the player came back may be missing
  bool may_repeat = false;   // a replay to a client that does not count
};

// Knows nothing of how the core does it: only what was promised.
//
// Owner    Simulation.
// Errors   the first broken promise is kept in failure(); the run stops then.
class Model {
 public:
  Model(const Schedule& schedule, Trace& trace) : schedule_(schedule), trace_(trace) {}

  [[nodiscard]] bool failed() const noexcept { return !failure_.empty(); }
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  void fail(std::string words);

  // --- sessions ---
  SessionNumber number_of(const SessionId& id);
  // Of what a client was told; kNoSession: no session has this id.
  [[nodiscard]] SessionNumber number_of(std::string_view text) const;
  [[nodiscard]] const SessionId& id_of(SessionNumber session) const { return scores_[session].id; }
  void world_let_go(const SessionId& id) { score(id).let_go = true; }
  // A connection that came as `fresh` goes on as `id`.
  void went_over(std::uint64_t connection, const SessionId& fresh, const SessionId& id);
  // Whose a connection is from now on; telnet clients are not told.
  void bound(std::uint64_t connection, const SessionId& id) { bound_[connection].push_back(number_of(id)); }
  // Whose it has been, the first one first.
  [[nodiscard]] const std::vector<SessionNumber>& sessions_of(std::uint64_t connection) {
    return bound_[connection];
  }
  [[nodiscard]] bool is_over(SessionNumber session) const { return scores_[session].over; }
  // The housekeeper has removed it.
  void removed(const SessionId& id);
  void set_hold(Duration hold) noexcept { hold_ = hold; }

  // --- what worlds say ---
  // "W3.17 words;\n", the next of the session.
  std::string say(const SessionId& id, std::string_view words);
  // A world has forgotten what it said and what nobody had: from this one on, up to the last.
  void unsaid(const SessionId& id, std::uint32_t from, std::uint32_t to);
  [[nodiscard]] std::uint32_t said_count(const SessionId& id) { return count_of(score(id).said); }
  // A screen shows words.
  void shown(Shown& screen, SessionNumber session, std::uint32_t words);
  // The player is told that something is missing; `wide`: nobody knows where.
  void told_gap(Shown& screen, bool wide);
  // A client that counts has read this at `offset`: whoever reads there, reads the same.
  void read_at(SessionNumber session, session::OutputPosition position, std::string_view bytes);
  // A client without position comes back: it may read again from here on. See TelnetPlayer.
  void may_repeat_from(const SessionId& id, std::uint32_t words);
  // A world says these once more to a gateway that was killed before it could acknowledge them.
  void may_resend_from(const SessionId& id, std::uint32_t words);

  // --- what players type ---
  std::string type(LineKind kind);
  // A line of no number is none of the model's.
  [[nodiscard]] bool was_received(std::string_view line) {
    const Line* const known = find(line);
    return known == nullptr || known->session != kNoSession;
  }
  // Passed on by the connection to the session.
  void received(std::uint64_t connection, const SessionId& id, std::string_view line);
  // Then, when the call is over: whether the line waits for its world. `deferred`: nobody knows yet.
  void settled(const SessionId& id, std::string_view line, bool deferred);
  // The session has the store keep these: they wait. What waited and is not among them, does not any more.
  void queued(const SessionId& id, std::span<const session::QueuedCommand> commands);
  // The session gives it to the link.
  void given(const SessionId& id, std::string_view line);
  // The link will not name it, should its game die.
  void unnamed(std::string_view line) {
    if (Line* const found = find(line)) found->unnamed = true;
  }
  // The world takes it. `login`: at a login of its own.
  void arrived(const SessionId& id, std::string_view line, bool login, bool forgetful);
  void away(const SessionId& id, bool away);
  [[nodiscard]] bool is_away(const SessionId& id) { return score(id).away; }
  // The queue may go out from now on: by the player's word (whatever the game asks just then), or since the
  // player has been logged in.
  void released(const SessionId& id, bool by_word);
  // The word has come, and is heard in its turn.
  void word_deferred(const SessionId& id) { score(id).word_deferred = true; }
  // The gateway answers a client that wants to come back.
  void answered(const session::ResumeAnswer& answer);
  // The gateway says something on its own behalf.
  void noticed(const SessionId& id, std::string_view words);
  // A screen shows it.
  void read_notice(SessionNumber session, std::string_view words);

  // --- secrets ---
  void token_given(const SessionId& id, std::string_view token);
  void token_received(std::string_view token);
  // The gateway was told that the client keeps its last one: those before are over.
  void token_kept(const SessionId& id);
  // A client that has shown this one is back.
  void token_taken(std::string_view token);
  void code_given(const SessionId& id, std::string_view code);
  // A new one was asked for: the one before may be over.
  void code_wanted(const SessionId& id);
  // Somebody shows one.
  void token_shown(std::string_view token) { shown_token_ = token; }
  // A client that showed this token or code was told that its place is gone.
  void told_gone(std::string_view token);
  void told_wrong_code(std::string_view code);
  // Text that must not hold a secret.
  void scan(std::string_view where, std::string_view text);

  // --- the gateway ---
  void logged(std::string_view event, std::string_view session, std::string_view reason);
  // Its process was killed, and this is what the store has.
  void killed(std::span<const session::SessionRow> rows);
  void restarted(std::span<const session::SessionRow> rows);
  void wall_jumped(Duration by) noexcept;

  // --- the end ---
  // Everything is well and quiet: this screen has had all, and who lives has said all.
  // What is said from now on need not arrive before the end.
  void last_words();
  // Its player is there to read what is said.
  void check_screen(const Shown& screen);
  // `players_release`: only a player's word sends what waits; who has left for another session never says it.
  void check_end(bool players_release);

 private:
  struct Line {
    std::string text;
    LineKind kind = LineKind::kCommand;
    SessionNumber session = kNoSession;
    std::uint64_t connection = 0;
    std::uint64_t order = 0;        // of being received
    std::uint64_t released_at = 0;  // what was typed from this order on, comes behind
    bool given = false;
    bool queued = false;
    bool promised = false;  // the player was told that it waits
    bool by_word = false;   // that the player gave
    bool unnamed = false;   // typed while the game had masked the input: nobody ever names it
    bool excused = false;
    bool gone = false;      // from the queue, and not to the world
    bool deferred = false;  // received faster than it may be, and taken in its turn
    std::uint32_t arrivals = 0;
  };
  enum class Fate : std::uint8_t { kUnknown, kShown, kMissed, kUnsaid };
  struct Canon {
    std::uint64_t epoch = 0;
    std::string bytes;  // zero where nobody has read
  };
  struct Score {
    SessionId id;
    std::vector<Fate> said;
    std::vector<std::uint32_t> lines;  // received, in order
    std::size_t lines_done = 0;        // those before are settled for good
    std::vector<Canon> canons;
    std::uint64_t last_direct = 0;  // orders of what arrived last
    std::uint64_t last_queued = 0;
    std::uint32_t repeat_from = ~std::uint32_t{0};
    std::uint32_t resend_from = ~std::uint32_t{0};
    std::uint32_t last_words = 0;      // words said until last_words()
    std::uint32_t said_at_return = 0;  // words said until the player came back last
    std::uint32_t told_to = 0;         // up to these words, a gap was told
    std::uint64_t told_on = 0;         // on this screen
    std::uint32_t excuses = 0;         // lines that were refused in words
    bool refused = false;              // the line that was received last
    bool word_deferred = false;
    bool attended = false;  // at the end
    TimePoint held_since{};
    std::chrono::system_clock::time_point rotated{};
    std::uint32_t tokens = 0;           // given
    std::uint32_t newest_received = 0;  // serial of a token
    std::uint32_t kept = 0;             // the same; as far as this process knows
    std::string code;                   // the last one
    bool any_gap = false;
    bool away = false;
    bool let_go = false;
    bool over = false;
    bool revoked = false;
    bool was_revoked = false;     // by a process that was killed meanwhile perhaps
    bool token_received = false;  // or code
  };
  struct Token {
    SessionNumber session = kNoSession;
    std::uint32_t serial = 0;
  };

  template <typename Container>
  static std::uint32_t count_of(const Container& container) noexcept {
    return static_cast<std::uint32_t>(container.size());
  }
  Score& score(const SessionId& id) { return scores_[number_of(id)]; }
  [[nodiscard]] std::string name(SessionNumber session) const;
  [[nodiscard]] bool may_be_missing(const Shown& screen, const Score& score,
                                    std::uint32_t words) const noexcept;
  Line* find(std::string_view line);
  void check_order(Score& score, const Line& line);
  void closed(Score& score, SessionNumber session, std::string_view reason);
  void revoked(Score& score, SessionNumber session);

  const Schedule& schedule_;
  Trace& trace_;
  std::string failure_;
  std::vector<Score> scores_;
  std::unordered_map<SessionId, SessionNumber> numbers_;
  std::unordered_map<std::uint64_t, std::vector<SessionNumber>> bound_;
  std::vector<Line> lines_;
  std::uint64_t orders_ = 0;
  std::unordered_map<std::string, Token> tokens_;
  std::unordered_map<std::string, SessionNumber> codes_;
  std::string shown_token_;
  Duration hold_{};
  Duration jumped_{};  // the most the wall clock was set forward
};

}  // namespace wyld::simulation
