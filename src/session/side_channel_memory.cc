#include "session/side_channel_memory.h"

#include <algorithm>
#include <utility>

#include "base/counters.h"
#include "codec/gmcp/message.h"

namespace wyld::session {

SideChannelMemory::~SideChannelMemory() { budget_.bytes -= bytes_; }

SideChannelMemory::Messages::iterator SideChannelMemory::find_state(Messages& messages,
                                                                    std::string_view package) noexcept {
  return std::ranges::find_if(messages, [package](const Message& message) {
    return is_state(message) && gmcp::same_package(message.package, package);
  });
}

bool SideChannelMemory::has_room(std::size_t bytes) const noexcept {
  return bytes_ + bytes <= kBytesMax && budget_.bytes + bytes <= budget_.bytes_max;
}

void SideChannelMemory::add(Messages& messages, Message message) {
  const std::size_t bytes = cost(message.package, message.body);
  bytes_ += bytes;
  budget_.bytes += bytes;
  messages.push_back(std::move(message));
}

void SideChannelMemory::remove(Messages& messages, Messages::iterator which) noexcept {
  const std::size_t bytes = cost(which->package, which->body);
  bytes_ -= bytes;
  budget_.bytes -= bytes;
  messages.erase(which);
}

bool SideChannelMemory::remember(std::string_view package, std::string_view body, gmcp::Meaning meaning) {
  if (meaning == gmcp::Meaning::kEvent) return false;
  const auto known = find_state(states_, package);
  std::string state(body);
  if (known != states_.end()) {
    if (known->body == body) return true;
    if (meaning == gmcp::Meaning::kFields) state = gmcp::merge_fields(known->body, body);
    forget(known);
  }
  const std::size_t bytes = cost(package, state);
  if (bytes > kStateBytesMax || states_bytes_ + bytes > kStatesBytesMax || !has_room(bytes)) return false;
  states_bytes_ += bytes;
  add(states_, {.package = std::string(package), .body = std::move(state), .meaning = meaning});
  return true;
}

void SideChannelMemory::forget(Messages::iterator state) noexcept {
  states_bytes_ -= cost(state->package, state->body);
  remove(states_, state);
}

void SideChannelMemory::sent(std::string_view package, std::string_view body, gmcp::Meaning meaning) {
  remember(package, body, meaning);
}

bool SideChannelMemory::hold_back(std::string_view package, std::string_view body, gmcp::Meaning meaning) {
  const bool remembered = remember(package, body, meaning);
  if (meaning != gmcp::Meaning::kEvent) {
    // The new one goes to the end: the order stays that of the world.
    const auto same = find_state(waiting_, package);
    if (same != waiting_.end()) remove(waiting_, same);
  }
  Message message{.package = std::string(package),
                  .body = remembered ? std::string() : std::string(body),
                  .meaning = meaning,
                  .in_states = remembered};
  const std::size_t bytes = cost(message.package, message.body);
  const std::size_t lost_before = lost_;
  while (waiting_.size() >= kWaitingMax || !has_room(bytes)) {
    const bool made_room = bytes <= kBytesMax && lose_one();
    ++lost_;
    count(Counter::kSideChannelSkipped);
    if (!made_room) return false;
  }
  add(waiting_, std::move(message));
  return lost_ == lost_before;
}

bool SideChannelMemory::lose_one() noexcept {
  const auto oldest = std::ranges::find(waiting_, false, &Message::in_states);
  if (oldest == waiting_.end()) return false;
  remove(waiting_, oldest);
  return true;
}

void SideChannelMemory::send_waiting(const Send& send) {
  for (const Message& message : waiting_) {
    const auto state = message.in_states ? find_state(states_, message.package) : states_.end();
    if (!message.in_states) {
      send(message.package, message.body);
    } else if (state != states_.end()) {
      send(state->package, state->body);
    }
  }
  while (!waiting_.empty()) remove(waiting_, std::prev(waiting_.end()));
}

void SideChannelMemory::send_all(const Send& send) {
  // Those that wait come in their place.
  for (const Message& state : states_) {
    if (find_state(waiting_, state.package) == waiting_.end()) send(state.package, state.body);
  }
  send_waiting(send);
}

void SideChannelMemory::forget_states() {
  std::erase_if(waiting_, [this](const Message& message) {
    if (!is_state(message)) return false;
    const std::size_t bytes = cost(message.package, message.body);
    bytes_ -= bytes;
    budget_.bytes -= bytes;
    return true;
  });
  while (!states_.empty()) forget(std::prev(states_.end()));
}

std::size_t SideChannelMemory::take_lost() noexcept { return std::exchange(lost_, 0); }

}  // namespace wyld::session
