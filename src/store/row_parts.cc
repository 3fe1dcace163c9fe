#include "store/row_parts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace wyld::store {
namespace {

// In the order of session::OutputKind.
constexpr std::array<std::string_view, 3> kPieceKinds{"text", "prompt", "notice"};
constexpr std::string_view kEarlier = "earlier";
constexpr std::string_view kConfirmed = "confirmed";
// The last line: whether the scrollback is complete.
constexpr std::string_view kEnd = "end";
constexpr std::string_view kBreak = "break";

}  // namespace

void keep_parts(session::SessionRow& row, const session::SessionRow& earlier) {
  if (row.commands == nullptr) row.commands = earlier.commands;
  if (row.scrollback == nullptr) row.scrollback = earlier.scrollback;
}

void clear_parts(session::SessionRow& row) {
  static const session::CommandsPtr kNoCommands = std::make_shared<std::vector<session::QueuedCommand>>();
  static const session::ScrollbackPtr kNoScrollback = std::make_shared<session::Scrollback>();
  if (row.commands == nullptr) row.commands = kNoCommands;
  if (row.scrollback == nullptr) row.scrollback = kNoScrollback;
}

void drop_empty_parts(session::SessionRow& row) noexcept {
  if (row.commands != nullptr && row.commands->empty()) row.commands = nullptr;
  if (row.scrollback != nullptr && is_empty(*row.scrollback)) row.scrollback = nullptr;
}

bool is_empty(const session::Scrollback& scrollback) noexcept {
  return scrollback.pieces.empty() && !scrollback.complete;
}

std::size_t bytes_of(const session::CommandsPtr& commands) noexcept {
  if (commands == nullptr) return 0;
  std::size_t bytes = 0;
  for (const session::QueuedCommand& command : *commands) bytes += sizeof(command) + command.line.size();
  return bytes;
}

std::size_t bytes_of(const session::ScrollbackPtr& scrollback) noexcept {
  if (scrollback == nullptr) return 0;
  std::size_t bytes = 0;
  for (const session::OutputPiece& piece : scrollback->pieces) bytes += sizeof(piece) + piece.text.size();
  return bytes;
}

std::vector<ScrollbackLine> lines_of(const session::Scrollback& scrollback) {
  std::vector<ScrollbackLine> lines;
  if (is_empty(scrollback)) return lines;
  lines.reserve(scrollback.earlier_epochs.size() + scrollback.pieces.size() + 2);
  for (const std::uint64_t epoch : scrollback.earlier_epochs)
    lines.push_back({.epoch = epoch, .kind = kEarlier});
  lines.push_back({.epoch = scrollback.epoch, .kind = kConfirmed, .position = scrollback.confirmed});
  for (const session::OutputPiece& piece : scrollback.pieces)
    lines.push_back({.epoch = scrollback.epoch,
                     .kind = kPieceKinds.at(static_cast<std::size_t>(piece.kind)),
                     .position = piece.offset,
                     .text = piece.text,
                     .created = piece.created});
  lines.push_back(
      {.epoch = scrollback.epoch,
       .kind = scrollback.complete ? kEnd : kBreak,
       .position = scrollback.end,
       .text = {},
       .created = lines.empty() ? std::chrono::system_clock::time_point{} : lines.back().created});
  return lines;
}

session::SessionRow* PartsReader::find(const SessionId& id) {
  if (by_id_.empty())
    for (session::SessionRow& row : rows_) by_id_.emplace(row.session.id, &row);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

void PartsReader::drop_scrollback(const std::unordered_set<SessionId>& sessions) {
  for (const SessionId& id : sessions) {
    if (session::SessionRow* const row = find(id)) row->scrollback = nullptr;
  }
}

void PartsReader::add(const SessionId& id, session::QueuedCommand command) {
  if (commands_of_ != id) {
    commands_of_ = id;
    commands_ = std::make_shared<std::vector<session::QueuedCommand>>();
    if (session::SessionRow* const row = find(id)) row->commands = commands_;
  }
  commands_->push_back(std::move(command));
}

bool PartsReader::add(const SessionId& id, const ScrollbackLine& line) {
  if (scrollback_of_ != id) {
    scrollback_of_ = id;
    scrollback_ = std::make_shared<session::Scrollback>();
  }
  if (line.kind == kEnd || line.kind == kBreak) {
    scrollback_->epoch = line.epoch;
    scrollback_->complete = line.kind == kEnd;
    scrollback_->end = line.position;
    if (session::SessionRow* const row = find(id)) row->scrollback = scrollback_;
    return true;
  }
  if (line.kind == kEarlier) {
    scrollback_->earlier_epochs.push_back(line.epoch);
    return true;
  }
  if (line.kind == kConfirmed) {
    scrollback_->confirmed = line.position;
    return true;
  }
  const auto kind = std::ranges::find(kPieceKinds, line.kind);
  if (kind == kPieceKinds.end()) return false;
  scrollback_->pieces.push_back({.kind = static_cast<session::OutputKind>(kind - kPieceKinds.begin()),
                                 .offset = line.position,
                                 .text = std::string(line.text),
                                 .created = line.created});
  return true;
}

}  // namespace wyld::store
