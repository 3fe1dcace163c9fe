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
  kept_.reset();
  offset_ = 0;
  follows_ = false;
}

bool OutputLog::record() {
  if (kept_) return false;
  kept_ = std::make_unique<Kept>(shard_);
  return true;
}

void OutputLog::detached(std::uint64_t delivered, bool client_counts, bool is_certain) {
  record();
  const std::uint64_t confirmed = std::min(delivered, offset_);
  // Doubts are over when the client has read that something may be missing, and not before.
  kept_->is_certain = is_certain && (kept_->is_certain || confirmed > kept_->confirmed);
  if (kept_->previous && kept_->is_certain && confirmed > kept_->previous->told_from)
    kept_->previous->told = true;
  // A client that does not count may come with another screen than the one that has the beginning of the
  // line.
  kept_->confirmed = kept_->ring.line_begin(confirmed);
  if (!kept_->stored) kept_->stored = std::make_unique<Stored>();
  kept_->stored->kept_from = client_counts ? 0 : kept_->confirmed;
}

bool OutputLog::is_due(TimePoint now) const noexcept {
  const Stored* const stored = kept_ ? kept_->stored.get() : nullptr;
  return stored != nullptr &&
         ((offset_ - stored->end) * kStoreShare >= stored->bytes || now - stored->at >= kStoreAtLatest);
}

Scrollback OutputLog::to_store(bool complete, TimePoint now) {
  record();
  const Previous* const previous = kept_->previous.get();
  // A gap of the previous process that nobody has read of yet is still to be told.
  if (previous != nullptr && !previous->complete && !previous->told) complete = false;
  // Nor does anybody know what a proxy had not passed on.
  if (!kept_->is_certain) complete = false;
  Scrollback scrollback{
      .epoch = shard_.epoch, .confirmed = kept_->confirmed, .complete = complete, .end = offset_};
  if (previous != nullptr && previous->complete) {
    const auto kept = std::min<std::ptrdiff_t>(std::ssize(previous->epochs), kEarlierEpochsMax);
    scrollback.earlier_epochs.assign(previous->epochs.end() - kept, previous->epochs.end());
  }
  if (!kept_->stored) kept_->stored = std::make_unique<Stored>();
  Stored& stored = *kept_->stored;
  scrollback.pieces = kept_->ring.pieces(stored.kept_from);
  stored.bytes = 0;
  for (const OutputPiece& piece : scrollback.pieces) stored.bytes += piece.text.size();
  kept_->dirty = false;
  stored.end = offset_;
  stored.at = now;
  return scrollback;
}

void OutputLog::continue_from(const Scrollback* scrollback, const std::optional<OutputPosition>& position) {
  record();
  kept_->previous = std::make_unique<Previous>();
  Previous& previous = *kept_->previous;
  if (scrollback != nullptr && scrollback->epoch != 0) {
    previous = {
        .epochs = scrollback->earlier_epochs, .end = scrollback->end, .complete = scrollback->complete};
    previous.epochs.push_back(scrollback->epoch);
    // Output between what the client had and the first piece was not kept. A line may have begun in there.
    if (!scrollback->pieces.empty() && scrollback->confirmed < scrollback->pieces.front().offset)
      kept_->ring.continue_line(scrollback->confirmed, scrollback->pieces.front().offset);
    for (const OutputPiece& piece : scrollback->pieces)
      kept_->ring.append(piece.offset, piece.kind, piece.text, piece.created);
    offset_ = previous.end;
    kept_->confirmed = std::min(scrollback->confirmed, offset_);
    return;
  }
  if (position) offset_ = std::min(position->offset, kOffsetMax);
  previous.end = kept_->confirmed = offset_;
}

OutputLog::Replay OutputLog::replay_for(const std::optional<OutputPosition>& position) const {
  Replay replay;
  const Previous* const previous = kept_ ? kept_->previous.get() : nullptr;
  if (position && position->epoch == shard_.epoch) {
    replay.wanted = std::min(position->offset, offset_);
  } else if (!position && kept_ && !kept_->is_certain) {
    replay.wanted = kept_->confirmed;
    replay.sure = false;
    replay.in_transit = previous == nullptr || previous->complete;
  } else if (previous == nullptr || !position) {
    replay.wanted = kept_ ? kept_->confirmed : 0;
    replay.sure = previous == nullptr || previous->complete || previous->told;
  } else {
    // Another process may have had the session, and was killed before it could say so.
    const bool known = std::ranges::find(previous->epochs, position->epoch) != previous->epochs.end();
    replay.wanted = std::min(position->offset, previous->end);
    replay.sure = known && previous->complete;
  }
  const bool is_empty = !kept_ || kept_->ring.empty();
  const std::uint64_t begin = is_empty ? offset_ : kept_->ring.begin();
  replay.missing = std::max(replay.wanted, begin) - replay.wanted;
  // A client that counted in another process may be anywhere, and has to count from where the replay begins.
  replay.from = replay.wanted + replay.missing;
  if (!is_empty) replay.from = kept_->ring.character_begin(replay.from);
  replay.bytes = offset_ - replay.from;
  visit(replay.from, [&replay](const OutputRing::PieceView& piece) {
    replay.lines += static_cast<std::uint64_t>(std::count(piece.text.begin(), piece.text.end(), '\n'));
    if (piece.kind == OutputKind::kNotice) ++replay.lines;
  });
  return replay;
}

OutputLog::UnfinishedLine OutputLog::unfinished_line() const {
  UnfinishedLine line;
  if (!kept_ || kept_->ring.empty()) return line;
  kept_->ring.visit(kept_->ring.line_begin(offset_), [&line](const OutputRing::PieceView& piece) {
    line.is_prompt = piece.kind == OutputKind::kPrompt;
    if (piece.kind == OutputKind::kText) line.text += piece.text;
    if (piece.kind == OutputKind::kNotice) line.text.clear();
  });
  line.text.erase(0, line.text.rfind('\n') + 1);
  return line;
}

}  // namespace wyld::session
