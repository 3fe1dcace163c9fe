#include "session/output_log.h"

#include <algorithm>
#include <iterator>

namespace wyld::session {
namespace {

constexpr std::ptrdiff_t kEarlierEpochsMax = 7;
constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 53;  // what a client may say
// Each time all that is kept is written. It is worth it when half as much is new, or when this time has gone
// by: a kill in between leaves a gap, and the player hears of it.
constexpr std::size_t kStoreShare = 2;
constexpr std::chrono::seconds kStoreAtLatest{60};

}  // namespace

void OutputLog::clear() noexcept {
  ring_.clear();
  offset_ = confirmed_ = 0;
  stored_.reset();
  previous_.reset();
  recording_ = dirty_ = false;
}

void OutputLog::detached(std::uint64_t delivered, bool client_counts) {
  const std::uint64_t confirmed = std::min(delivered, offset_);
  if (previous_ && confirmed > previous_->told_from) previous_->told = true;
  // A client that does not count may come with another screen than the one that has the beginning of the
  // line.
  confirmed_ = ring_.line_begin(confirmed);
  if (!stored_) stored_ = std::make_unique<Stored>();
  stored_->kept_from = client_counts ? 0 : confirmed_;
}

bool OutputLog::is_due(TimePoint now) const noexcept {
  return stored_ != nullptr &&
         ((offset_ - stored_->end) * kStoreShare >= stored_->bytes || now - stored_->at >= kStoreAtLatest);
}

Scrollback OutputLog::to_store(bool complete, TimePoint now) {
  // A gap of the previous process that nobody has read of yet is still to be told.
  if (previous_ && !previous_->complete && !previous_->told) complete = false;
  Scrollback scrollback{.epoch = epoch_, .confirmed = confirmed_, .complete = complete, .end = offset_};
  if (previous_ && previous_->complete) {
    const std::vector<std::uint64_t>& epochs = previous_->epochs;
    const auto kept = std::min<std::ptrdiff_t>(std::ssize(epochs), kEarlierEpochsMax);
    scrollback.earlier_epochs.assign(epochs.end() - kept, epochs.end());
  }
  if (!stored_) stored_ = std::make_unique<Stored>();
  stored_->bytes = 0;
  ring_.visit(stored_->kept_from, [&](const OutputRing::PieceView& piece) {
    scrollback.pieces.push_back({.kind = piece.kind,
                                 .offset = piece.offset,
                                 .text = std::string(piece.text),
                                 .created = piece.created});
    stored_->bytes += piece.text.size();
  });
  dirty_ = false;
  stored_->end = offset_;
  stored_->at = now;
  return scrollback;
}

void OutputLog::continue_from(const Scrollback* scrollback, const std::optional<OutputPosition>& position) {
  previous_ = std::make_unique<Previous>();
  if (scrollback != nullptr && scrollback->epoch != 0) {
    *previous_ = {
        .epochs = scrollback->earlier_epochs, .end = scrollback->end, .complete = scrollback->complete};
    previous_->epochs.push_back(scrollback->epoch);
    // Output between what the client had and the first piece was not kept. A line may have begun in there.
    if (!scrollback->pieces.empty() && scrollback->confirmed < scrollback->pieces.front().offset)
      ring_.continue_line(scrollback->confirmed, scrollback->pieces.front().offset);
    for (const OutputPiece& piece : scrollback->pieces)
      ring_.append(piece.offset, piece.kind, piece.text, piece.created);
    offset_ = previous_->end;
    confirmed_ = std::min(scrollback->confirmed, offset_);
    return;
  }
  if (position) offset_ = std::min(position->offset, kOffsetMax);
  previous_->end = confirmed_ = offset_;
}

OutputLog::Replay OutputLog::replay_for(const std::optional<OutputPosition>& position) const {
  Replay replay;
  if (position && position->epoch == epoch_) {
    replay.wanted = std::min(position->offset, offset_);
  } else if (!previous_ || !position) {
    replay.wanted = confirmed_;
    replay.sure = !previous_ || previous_->complete || previous_->told;
  } else {
    // Another process may have had the session, and was killed before it could say so.
    const bool known = std::ranges::find(previous_->epochs, position->epoch) != previous_->epochs.end();
    replay.wanted = std::min(position->offset, previous_->end);
    replay.sure = known && previous_->complete;
  }
  replay.missing = std::max(replay.wanted, begin()) - replay.wanted;
  // A client that counted in another process may be anywhere, and has to count from where the replay begins.
  replay.from = ring_.character_begin(replay.wanted + replay.missing);
  replay.bytes = offset_ - replay.from;
  ring_.visit(replay.from, [&replay](const OutputRing::PieceView& piece) {
    replay.lines += static_cast<std::uint64_t>(std::count(piece.text.begin(), piece.text.end(), '\n'));
    if (piece.kind == OutputKind::kNotice) ++replay.lines;
  });
  return replay;
}

OutputLog::UnfinishedLine OutputLog::unfinished_line() const {
  UnfinishedLine line;
  if (ring_.empty()) return line;
  ring_.visit(ring_.line_begin(offset_), [&line](const OutputRing::PieceView& piece) {
    line.is_prompt = piece.kind == OutputKind::kPrompt;
    if (piece.kind == OutputKind::kText) line.text += piece.text;
    if (piece.kind == OutputKind::kNotice) line.text.clear();
  });
  line.text.erase(0, line.text.rfind('\n') + 1);
  return line;
}

}  // namespace wyld::session
