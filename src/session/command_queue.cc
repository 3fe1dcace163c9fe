#include "session/command_queue.h"

#include <algorithm>
#include <string>
#include <utility>

namespace wyld::session {

const char* CommandQueue::add(std::uint64_t sequence, std::string_view line, Time now,
                              const CommandQueueLimits& limits) {
  if (commands_.size() >= limits.commands_max) return "Too many commands are waiting: this one was not kept.";
  if (bytes_ + line.size() > limits.bytes_max) return "Too much is waiting: this command was not kept.";
  commands_.push_back({.sequence = sequence, .line = std::string(line), .created = now});
  bytes_ += line.size();
  return nullptr;
}

void CommandQueue::restore(const std::vector<QueuedCommand>& commands) {
  for (const QueuedCommand& command : commands) {
    commands_.push_back(command);
    bytes_ += command.line.size();
  }
}

std::size_t CommandQueue::drop_older_than(Time created) noexcept {
  std::size_t dropped = 0;
  for (; !commands_.empty() && commands_.front().created < created; ++dropped) {
    bytes_ -= commands_.front().line.size();
    commands_.pop_front();
  }
  return dropped;
}

void CommandQueue::set_in_flight(bool in_flight) noexcept {
  for (QueuedCommand& command : commands_) command.in_flight = in_flight;
}

std::vector<QueuedCommand> CommandQueue::take_in_flight() {
  std::vector<QueuedCommand> taken;
  std::deque<QueuedCommand> left;
  for (QueuedCommand& command : take_all()) {
    if (command.in_flight) {
      taken.push_back(std::move(command));
    } else {
      bytes_ += command.line.size();
      left.push_back(std::move(command));
    }
  }
  commands_ = std::move(left);
  return taken;
}

std::size_t CommandQueue::drop_up_to(std::uint64_t sequence) noexcept {
  std::size_t dropped = 0;
  for (; !commands_.empty() && commands_.front().sequence <= sequence; ++dropped) {
    bytes_ -= commands_.front().line.size();
    commands_.pop_front();
  }
  return dropped;
}

bool CommandQueue::number_after(std::uint64_t sequence) noexcept {
  if (is_numbered(last_sequence())) return false;
  for (QueuedCommand& command : commands_) {
    if (!is_numbered(command.sequence)) command.sequence = sequence + 1;
    sequence = std::max(sequence, command.sequence);
  }
  return true;
}

std::deque<QueuedCommand> CommandQueue::take_all() noexcept {
  bytes_ = 0;
  return std::exchange(commands_, {});
}

CommandsPtr CommandQueue::copy() const {
  return std::make_shared<const std::vector<QueuedCommand>>(commands_.begin(), commands_.end());
}

}  // namespace wyld::session
