#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/gmcp/state.h"

namespace wyld::session {

// What the side-channel memories of a shard hold together.
//
// Owner    ShardSessions; outlives its memories.
struct SideChannelBudget {
  std::size_t bytes_max;
  std::size_t bytes = 0;
};

// The side channel of one session: the last state of each state package, for clients that come back, and what
// waits for a client that is away or slow. States that wait are told once, as they are then; events are told
// one by one and in their order. Each message says which it is: the world's word, or codec/gmcp/state.h by
// the package's name. An event of a package leaves the state of the same package as it is.
//
// Owner    a session, from its first side-channel message on.
// Thread   the shard's.
// Limits   kStateBytesMax for a state, kStatesBytesMax for all, kWaitingMax messages that wait, kBytesMax
//          together, and the shard's budget. A state beyond them is not remembered. Of what waits, the oldest
//          events give way; the owner tells the player how many are lost.
class SideChannelMemory {
 public:
  static constexpr std::size_t kStateBytesMax = 16 * 1024;
  static constexpr std::size_t kStatesBytesMax = 96 * 1024;  // the rest is there for events
  static constexpr std::size_t kWaitingMax = 1024;
  static constexpr std::size_t kBytesMax = 128 * 1024;

  explicit SideChannelMemory(SideChannelBudget& budget) noexcept : budget_(budget) {}
  ~SideChannelMemory();
  SideChannelMemory(const SideChannelMemory&) = delete;
  SideChannelMemory& operator=(const SideChannelMemory&) = delete;

  // The world has sent this, and the client gets it at once, or never.
  void sent(std::string_view package, std::string_view body, gmcp::Meaning meaning);
  // The world has sent this, and the client gets it later. False: a message was lost.
  bool hold_back(std::string_view package, std::string_view body, gmcp::Meaning meaning);

  using Send = std::function<void(std::string_view package, std::string_view body)>;
  // To the client that has had everything else.
  void send_waiting(const Send& send);
  // To a client that has come back, and may have forgotten all of it: every state, and what waits.
  void send_all(const Send& send);

  // The world has begun anew, and says itself how things are.
  void forget_states();

  [[nodiscard]] bool waits() const noexcept { return !waiting_.empty() || lost_ > 0; }
  // Messages that waited and gave way, since the last call.
  [[nodiscard]] std::size_t take_lost() noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Message {
    std::string package;
    std::string body;
    gmcp::Meaning meaning = gmcp::Meaning::kEvent;
    bool in_states = false;  // of waiting_: `body` is in states_
  };
  using Messages = std::vector<Message>;

  [[nodiscard]] static std::size_t cost(std::string_view package, std::string_view body) noexcept {
    return sizeof(Message) + package.size() + body.size();
  }
  [[nodiscard]] static bool is_state(const Message& message) noexcept {
    return message.meaning != gmcp::Meaning::kEvent;
  }
  [[nodiscard]] static Messages::iterator find_state(Messages& messages, std::string_view package) noexcept;
  // False: it is an event, or there is no room for the state.
  bool remember(std::string_view package, std::string_view body, gmcp::Meaning meaning);
  void forget(Messages::iterator state) noexcept;
  void remove(Messages& messages, Messages::iterator which) noexcept;
  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept;
  // Drops the oldest event that waits, to make room; false: there is none.
  bool lose_one() noexcept;
  void add(Messages& messages, Message message);

  SideChannelBudget& budget_;
  Messages states_;   // one for each package
  Messages waiting_;  // in the order of the world
  std::size_t bytes_ = 0;
  std::size_t states_bytes_ = 0;  // of them
  std::size_t lost_ = 0;
};

}  // namespace wyld::session
