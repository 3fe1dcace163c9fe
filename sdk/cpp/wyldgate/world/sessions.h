#pragma once
// Every session of a world: numbers, acknowledgements, what must be said again. No gRPC, no threads, no
// clock.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "wyldgate/world/handler.h"
#include "wyldgate/world/sequence_store.h"
#include "wyldgate/world/session.h"
#include "wyldgate/world/v1/world.pb.h"

namespace wyldgate::world {

struct SessionsOptions {
  // The next one is sent away with a sentence.
  std::size_t sessions_max = 100'000;
  // Commands of one session that its gateway has not acknowledged. Beyond it output, prompts and side channel
  // are left out, and the player is told how many; everything else has as much room again, and is dropped
  // beyond.
  std::size_t unacknowledged_max = 1024;
  // Sessions that are over and whose numbers are kept, because their gateway may not know yet.
  std::size_t ended_max = 10'000;
  // A session whose gateway has gone and does not attach it again is over after this.
  std::chrono::seconds forget_after = std::chrono::minutes(30);
  // One message; the contract allows 1 MiB, and one command may exceed this by 256 KiB.
  std::size_t message_bytes = 256 * 1024;
};

// One stream of one gateway. Never 0, never used again.
using StreamId = std::uint64_t;

// Exactly once, both ways: an event whose number was taken is dropped, a command that was not acknowledged is
// said again on the next stream. With a SequenceStore that holds across restarts of the process too.
//
// Owner    Server, or a test.
// Thread   one at a time.
// Errors   a store that fails: take(), close() and turn() return its words, nothing more is said or
// acknowledged, and
//          the world should stop. Nonsense from a gateway is ignored and counted.
// Limits   SessionsOptions.
class Sessions {
 public:
  // `store` may be null: numbers live as long as the process.
  Sessions(Handler& handler, SequenceStore* store, const SessionsOptions& options = {});
  ~Sessions();

  using Failure = std::optional<SequenceStore::Error>;

  // Reads the store. Once, before everything else. A session that was left is over `forget_after` from `now`.
  [[nodiscard]] Failure load(TimePoint now);

  [[nodiscard]] StreamId open();
  // What the gateway sent after its hello; one turn.
  [[nodiscard]] Failure take(StreamId stream, const v1::ConnectRequest& request, TimePoint now);
  void close(StreamId stream, TimePoint now);
  // A turn of the world's own: work() may speak to any session.
  [[nodiscard]] Failure turn(const std::function<void()>& work, TimePoint now);
  // The next message for `stream`; false: there is nothing to write.
  [[nodiscard]] bool next(StreamId stream, v1::ConnectResponse& message);

  // Null: no such session, or it is over.
  [[nodiscard]] Session* find(std::string_view id);
  void for_each(const std::function<void(Session&)>& work);
  [[nodiscard]] std::size_t count() const { return live_; }
  // Events and acknowledgements that fitted no session.
  [[nodiscard]] std::uint64_t ignored_count() const { return ignored_; }

  // To everybody at once, by one message to each gateway: not numbered, not repeated after a broken stream.
  // Dropped where more than a thousand wait already.
  void broadcast(std::string_view text);
  void broadcast_to(std::span<const std::string> session_ids, std::string_view text);
  // To sessions whose notes have all these values.
  void broadcast_to_noted(const std::map<std::string, std::string>& notes, std::string_view text);

  // GetProperties() would answer differently now: gateways are told.
  void properties_changed();

 private:
  friend class Session;

  struct Stream {
    std::deque<std::string> waiting;  // sessions with something to write
    std::deque<v1::Broadcast> broadcasts;
    // Of sessions that are this stream's no longer.
    std::vector<v1::Acknowledgement> last_acknowledgements;
    bool properties_changed = false;
  };

  void replay(journal::Turn&& turn);
  [[nodiscard]] Failure finish_turn();
  [[nodiscard]] std::vector<journal::Turn> everything() const;
  void handle(StreamId stream, const v1::SessionEvent& event, TimePoint now);
  void attach(StreamId stream, const v1::SessionEvent& event);
  void dispatch(Session& session, const v1::SessionEvent& event, TimePoint now);
  void end(Session& session, v1::DetachReason reason);
  void end_leavers();
  void let_go(TimePoint now);
  template <typename Work>
  void guarded(Session& session, Work&& work);
  void number_what_was_said();
  void put(Session& session, v1::SessionCommand&& command);
  void acknowledged(Session& session, std::uint64_t number);
  void mark_changed(Session& session);
  void wake(Session& session);
  void send_to_all(const v1::Broadcast& broadcast);
  static journal::SessionRecord record_of(const Session& session);

  Handler& handler_;
  SequenceStore* store_;
  SessionsOptions options_;
  std::unordered_map<std::string, std::unique_ptr<Session>> sessions_;
  std::size_t live_ = 0;
  std::deque<std::string> ended_;  // oldest first
  std::map<StreamId, Stream> streams_;
  StreamId last_stream_ = 0;
  TimePoint next_look_{};
  std::uint64_t ignored_ = 0;
  bool failed_ = false;

  // Of the turn that runs.
  std::vector<std::pair<Session*, v1::SessionCommand>> said_;
  std::vector<Session*> changed_;
  std::vector<Session*> leavers_;  // the world has said goodbye to them
  journal::Turn kept_;
};

}  // namespace wyldgate::world
