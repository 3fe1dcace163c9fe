#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/archive.h"
#include "codec/telnet/option_table.h"

namespace wyld::telnet {

using TimePoint = std::chrono::steady_clock::time_point;

// What a message of the peer, or a request of ours, did to an option.
enum class Change : std::uint8_t {
  kNone,
  kEnabled,   // in force from here on
  kDisabled,  // was in force, no longer is
  kRefused,   // we asked, the peer said no
  kRepeated,  // a game asked again for what is in force, and was answered again
};

// Option negotiation by RFC 1143's "Q method": six states for each side of each option of
// option_table.h, so that no exchange can loop. One leniency: players' clients often answer nothing to
// WONT and DONT, or only the first of several offers. Since those cannot be refused they count at once,
// and a peer that did not acknowledge is told the next change directly instead of being waited for.
// docs/protocols/telnet.md has the table.
//
// A game may restart in place (copyover): it keeps its sockets, forgets every option and negotiates anew. In
// the role of its client, a WILL or DO for what is in force is therefore answered again, but not within
// kPatience of the last answer: a game that answers our answers must not keep both busy.
//
// Owner    an endpoint, one negotiator each.
// Thread   the owner's.
// Limits   an option is refused at most kRefusalsMax times a side, then met with silence; a game starts
//          afresh when nothing was refused for kPatience. The owner bounds the number of messages in time.
class Negotiator {
 public:
  static constexpr archive::Schema kArchive{"options", 1};
  static constexpr unsigned kRefusalsMax = 2;
  static constexpr std::chrono::seconds kPatience{1};

  explicit Negotiator(Role role) noexcept : role_(role) {}

  void save(archive::Writer& out) const;
  // Keeps the role. Refuses an option that is not in the table, unless it is off: the peer relies on it.
  void load(archive::Reader& in);

  // Asks for everything the table offers in this role.
  void offer_all(TimePoint now, std::string& out);

  // The peer said `verb` (WILL, WONT: his side; DO, DONT: ours). The answer is appended to `out`.
  Change receive(Command verb, std::uint8_t option, TimePoint now, std::string& out);

  // We want an option of the table on or off.
  Change request(Side side, std::uint8_t option, bool on, TimePoint now, std::string& out);

  // Like request(..., false), but never queued behind an offer that has no answer yet: a client that obeys
  // offers without ever answering them must not be left with what we no longer want.
  Change withdraw(Side side, std::uint8_t option, TimePoint now, std::string& out);

  // For Policy::kIfWanted: whether to agree when the peer asks. request() does not change it.
  void set_wanted(Side side, std::uint8_t option, bool wanted) noexcept;

  // Says what still waits for an answer that has not come for kPatience.
  void flush_overdue(TimePoint now, std::string& out);

  [[nodiscard]] bool enabled(Side side, std::uint8_t option) const noexcept;
  // In force, or asked for and not refused yet.
  [[nodiscard]] bool expected(Side side, std::uint8_t option) const noexcept;
  // What we said last has no answer yet; many peers never give one.
  [[nodiscard]] bool unanswered(Side side, std::uint8_t option) const noexcept;

 private:
  enum class State : std::uint8_t { kNo, kYes, kWantNo, kWantNoOpposite, kWantYes, kWantYesOpposite };

  struct Half {
    State state : 3 = State::kNo;
    bool wanted : 1 = false;
    bool acknowledges : 1 = false;  // has answered a WONT or DONT of ours for this option
    bool silent : 1 = false;        // has left one unanswered
    // How many messages before our last one may still be answered. They alternate, so the answer says which
    // one it belongs to; what it skips was never answered.
    std::uint8_t stale_count = 0;
    friend bool operator==(const Half&, const Half&) = default;
  };
  using RefusalCounts = std::array<std::uint8_t, 128>;  // four bits an option: two a side

  Half& half(Side side, std::size_t row) noexcept {
    return halves_[row * 2 + static_cast<std::size_t>(side)];
  }
  [[nodiscard]] const Half& half(Side side, std::size_t row) const noexcept {
    return halves_[row * 2 + static_cast<std::size_t>(side)];
  }
  Change receive_positive(Side side, std::uint8_t option, std::size_t row, TimePoint now, std::string& out);
  Change receive_negative(Side side, std::uint8_t option, std::size_t row, TimePoint now, std::string& out);
  // Whether what the peer said answers an earlier message than our last one, and so changes nothing.
  static bool take_stale_answer(Half& it, bool positive) noexcept;
  // Our last message has no answer, and another one follows it.
  static void leave_unanswered(Half& it) noexcept;
  void refuse(Side side, std::uint8_t option, TimePoint now, std::string& out);
  // To a game that asks for what is in force. False: it has just been answered.
  bool answer_again(Side side, std::uint8_t option, std::size_t row, TimePoint now, std::string& out);
  // Whether this half has been answered since the last kPatience began; from now on it has.
  bool note_answer(Side side, std::size_t row, TimePoint now) noexcept;
  void load_option(archive::Reader& in);
  void load_refusals(archive::Reader& in);
  void send(Side side, std::uint8_t option, bool on, TimePoint now, std::string& out);

  static_assert(kOptionTable.size() * 2 <= 32, "answered_ has a bit for each half");

  TimePoint last_sent_{};
  TimePoint refused_at_{};
  TimePoint answering_since_{};              // when answered_ was empty last
  std::uint32_t answered_ = 0;               // bits of the halves that were answered since
  std::unique_ptr<RefusalCounts> refusals_;  // absent until something is refused
  std::array<Half, kOptionTable.size() * 2> halves_{};
  std::uint8_t queued_count_ = 0;  // halves in an "opposite" state
  Role role_;
};

}  // namespace wyld::telnet
