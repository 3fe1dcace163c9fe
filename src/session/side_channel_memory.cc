#include "session/side_channel_memory.h"

#include <algorithm>
#include <utility>

#include "base/counters.h"
#include "codec/gmcp/message.h"
#include "codec/gmcp/state.h"

namespace wyld::session {

SideChannelMemory::~SideChannelMemory() { budget_.bytes -= bytes_; }

SideChannelMemory::Messages::iterator SideChannelMemory::find(Messages& messages,
                                                              std::string_view package) noexcept {
  return std::ranges::find_if(
      messages, [package](const Message& message) { return gmcp::same_package(message.package, package); });
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

bool SideChannelMemory::remember(std::string_view package, std::string_view body) {
  const gmcp::Meaning meaning = gmcp::meaning_of(package);
  if (meaning == gmcp::Meaning::kEvent) return false;
  const auto known = find(states_, package);
  std::string state(body);
  if (known != states_.end()) {
    if (known->body == body) return true;
    if (meaning == gmcp::Meaning::kFields) state = gmcp::merge_fields(known->body, body);
    remove(states_, known);
  }
  const std::size_t bytes = cost(package, state);
  if (bytes > kStateBytesMax || !has_room(bytes)) return false;
  add(states_, {std::string(package), std::move(state)});
  return true;
}

void SideChannelMemory::sent(std::string_view package, std::string_view body) { remember(package, body); }

bool SideChannelMemory::hold_back(std::string_view package, std::string_view body) {
  const bool state = remember(package, body);
  if (gmcp::meaning_of(package) != gmcp::Meaning::kEvent) {
    // The new one goes to the end: the order stays that of the world.
    const auto same = find(waiting_, package);
    if (same != waiting_.end()) remove(waiting_, same);
  }
  Message message{std::string(package), state ? std::string() : std::string(body), state};
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
  const auto oldest = std::ranges::find(waiting_, false, &Message::state);
  if (oldest == waiting_.end()) return false;
  remove(waiting_, oldest);
  return true;
}

void SideChannelMemory::send_waiting(const Send& send) {
  for (const Message& message : waiting_) {
    const auto state = message.state ? find(states_, message.package) : states_.end();
    if (!message.state) {
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
    if (find(waiting_, state.package) == waiting_.end()) send(state.package, state.body);
  }
  send_waiting(send);
}

void SideChannelMemory::forget_states() {
  std::erase_if(waiting_, [this](const Message& message) {
    if (!message.state) return false;
    const std::size_t bytes = cost(message.package, message.body);
    bytes_ -= bytes;
    budget_.bytes -= bytes;
    return true;
  });
  while (!states_.empty()) remove(states_, std::prev(states_.end()));
}

std::size_t SideChannelMemory::take_lost() noexcept { return std::exchange(lost_, 0); }

}  // namespace wyld::session
