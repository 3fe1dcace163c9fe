#include "codec/telnet/negotiator.h"

namespace wyld::telnet {
namespace {

void append_negotiation(Side side, std::uint8_t option, bool on, std::string& out) {
  const Command verb =
      side == Side::kUs ? (on ? Command::kWill : Command::kWont) : (on ? Command::kDo : Command::kDont);
  out.push_back(kIac);
  out.push_back(static_cast<char>(verb));
  out.push_back(static_cast<char>(option));
}

}  // namespace

void Negotiator::offer_all(TimePoint now, std::string& out) {
  for (const OptionRow& row : kOptionTable) {
    for (const Side side : {Side::kUs, Side::kHim}) {
      if (policy_of(row, role_, side) == Policy::kOffer) request(side, row.option, true, now, out);
    }
  }
}

Change Negotiator::receive(Command verb, std::uint8_t option, TimePoint now, std::string& out) {
  const Side side = verb == Command::kWill || verb == Command::kWont ? Side::kHim : Side::kUs;
  const bool positive = verb == Command::kWill || verb == Command::kDo;
  const std::optional<std::size_t> row = option_row(option);
  if (!row) {
    if (positive) refuse(side, option, now, out);
    return Change::kNone;
  }
  if (policy_of(kOptionTable[*row], role_, side) == Policy::kMomentary) {
    if (positive) append_negotiation(side, option, true, out);
    return Change::kNone;
  }
  return positive ? receive_positive(side, option, *row, now, out)
                  : receive_negative(side, option, *row, now, out);
}

Change Negotiator::receive_positive(Side side, std::uint8_t option, std::size_t row, TimePoint now,
                                    std::string& out) {
  Half& it = half(side, row);
  if (take_stale_answer(it, true)) return Change::kNone;
  switch (it.state) {
    case State::kNo: {
      const Policy policy = policy_of(kOptionTable[row], role_, side);
      if (policy == Policy::kRefuse || (policy == Policy::kIfWanted && !it.wanted)) {
        refuse(side, option, now, out);
        return Change::kNone;
      }
      it.state = State::kYes;
      note_answer(side, row, now);
      send(side, option, true, now, out);
      return Change::kEnabled;
    }
    case State::kYes:
      return answer_again(side, option, row, now, out) ? Change::kRepeated : Change::kNone;
    case State::kWantNo:  // not a possible answer, unless to what we said before: ours is the last word
      it.state = State::kNo;
      return Change::kNone;
    case State::kWantNoOpposite:
      --queued_count_;
      it.state = State::kYes;
      return Change::kEnabled;
    case State::kWantYes:
      it.state = State::kYes;
      note_answer(side, row, now);
      return Change::kEnabled;
    case State::kWantYesOpposite:
      --queued_count_;
      it.state = State::kWantNo;
      send(side, option, false, now, out);
      return Change::kNone;
  }
  return Change::kNone;
}

Change Negotiator::receive_negative(Side side, std::uint8_t option, std::size_t row, TimePoint now,
                                    std::string& out) {
  Half& it = half(side, row);
  if (take_stale_answer(it, false)) return Change::kNone;
  switch (it.state) {
    case State::kNo:
      return Change::kNone;
    case State::kYes:
      it.state = State::kNo;
      send(side, option, false, now, out);
      return Change::kDisabled;
    case State::kWantNo:
      it.acknowledges = true;
      it.silent = false;
      it.state = State::kNo;
      return Change::kNone;
    case State::kWantNoOpposite:
      --queued_count_;
      it.acknowledges = true;
      it.state = State::kWantYes;
      send(side, option, true, now, out);
      return Change::kNone;
    case State::kWantYes:
      it.state = State::kNo;
      return Change::kRefused;
    case State::kWantYesOpposite:
      --queued_count_;
      it.state = State::kNo;
      return Change::kRefused;
  }
  return Change::kNone;
}

Change Negotiator::request(Side side, std::uint8_t option, bool on, TimePoint now, std::string& out) {
  const std::optional<std::size_t> row = option_row(option);
  if (!row) return Change::kNone;
  Half& it = half(side, *row);
  const bool waited_enough = now - last_sent_ >= kPatience;
  switch (it.state) {
    case State::kNo:
      if (!on) return Change::kNone;
      it.state = State::kWantYes;
      break;
    case State::kYes:
      if (on) return Change::kNone;
      it.state = State::kWantNo;
      send(side, option, false, now, out);
      return Change::kDisabled;
    case State::kWantNo:
      if (!on) return Change::kNone;
      if (it.acknowledges && !waited_enough) {
        ++queued_count_;
        it.state = State::kWantNoOpposite;
        return Change::kNone;
      }
      leave_unanswered(it);
      it.state = State::kWantYes;
      break;
    case State::kWantNoOpposite:
      if (!on) {
        --queued_count_;
        it.state = State::kWantNo;
      }
      return Change::kNone;
    case State::kWantYes:
      if (on) return Change::kNone;
      if (!it.silent && !waited_enough) {
        ++queued_count_;
        it.state = State::kWantYesOpposite;
        return Change::kNone;
      }
      leave_unanswered(it);
      it.state = State::kWantNo;
      break;
    case State::kWantYesOpposite:
      if (on) {
        --queued_count_;
        it.state = State::kWantYes;
      }
      return Change::kNone;
  }
  send(side, option, on, now, out);
  return Change::kNone;
}

Change Negotiator::withdraw(Side side, std::uint8_t option, TimePoint now, std::string& out) {
  const std::optional<std::size_t> row = option_row(option);
  if (!row || half(side, *row).state != State::kWantYes) return request(side, option, false, now, out);
  leave_unanswered(half(side, *row));
  half(side, *row).state = State::kWantNo;
  send(side, option, false, now, out);
  return Change::kNone;
}

void Negotiator::set_wanted(Side side, std::uint8_t option, bool wanted) noexcept {
  if (const std::optional<std::size_t> row = option_row(option)) half(side, *row).wanted = wanted;
}

void Negotiator::flush_overdue(TimePoint now, std::string& out) {
  if (queued_count_ == 0 || now - last_sent_ < kPatience) return;
  for (std::size_t row = 0; row < kOptionTable.size(); ++row) {
    for (const Side side : {Side::kUs, Side::kHim}) {
      Half& it = half(side, row);
      if (it.state != State::kWantNoOpposite && it.state != State::kWantYesOpposite) continue;
      const bool on = it.state == State::kWantNoOpposite;
      it.state = on ? State::kWantYes : State::kWantNo;
      leave_unanswered(it);
      send(side, kOptionTable[row].option, on, now, out);
    }
  }
  queued_count_ = 0;
}

bool Negotiator::enabled(Side side, std::uint8_t option) const noexcept {
  const std::optional<std::size_t> row = option_row(option);
  return row && half(side, *row).state == State::kYes;
}

bool Negotiator::unanswered(Side side, std::uint8_t option) const noexcept {
  const std::optional<std::size_t> row = option_row(option);
  if (!row) return false;
  const State state = half(side, *row).state;
  return state != State::kNo && state != State::kYes;
}

bool Negotiator::expected(Side side, std::uint8_t option) const noexcept {
  const std::optional<std::size_t> row = option_row(option);
  if (!row) return false;
  const State state = half(side, *row).state;
  return state == State::kYes || state == State::kWantYes || state == State::kWantYesOpposite;
}

bool Negotiator::take_stale_answer(Half& it, bool positive) noexcept {
  if (it.stale_count == 0) return false;
  const bool last_positive = it.state == State::kWantYes || it.state == State::kWantYesOpposite;
  const bool first_positive = it.stale_count % 2U == 0 ? last_positive : !last_positive;
  const unsigned answered = positive == first_positive ? 1U : 2U;
  if (!positive) {
    it.acknowledges = true;
    it.silent = false;
  }
  if (answered > it.stale_count) {  // none of the earlier ones: our last message
    it.stale_count = 0;
    return false;
  }
  it.stale_count = static_cast<std::uint8_t>(it.stale_count - answered);
  return true;
}

void Negotiator::leave_unanswered(Half& it) noexcept {
  it.silent = true;
  if (it.stale_count < 0xFF) ++it.stale_count;
}

bool Negotiator::answer_again(Side side, std::uint8_t option, std::size_t row, TimePoint now,
                              std::string& out) {
  if (role_ != Role::kClientOfGame || note_answer(side, row, now)) return false;
  send(side, option, true, now, out);
  return true;
}

bool Negotiator::note_answer(Side side, std::size_t row, TimePoint now) noexcept {
  if (now - answering_since_ >= kPatience) {
    answering_since_ = now;
    answered_ = 0;
  }
  const std::uint32_t bit = 1U << (row * 2 + static_cast<std::size_t>(side));
  const bool before = (answered_ & bit) != 0;
  answered_ |= bit;
  return before;
}

void Negotiator::refuse(Side side, std::uint8_t option, TimePoint now, std::string& out) {
  if (role_ == Role::kClientOfGame && now - refused_at_ >= kPatience) refusals_.reset();
  refused_at_ = now;
  if (refusals_ == nullptr) refusals_ = std::make_unique<RefusalCounts>();
  std::uint8_t& counts = (*refusals_)[option / 2];
  const unsigned shift = (option % 2U) * 4U + static_cast<unsigned>(side) * 2U;
  const unsigned count = (counts >> shift) & 3U;
  if (count >= kRefusalsMax) return;
  counts = static_cast<std::uint8_t>(counts + (1U << shift));
  append_negotiation(side, option, false, out);
}

void Negotiator::send(Side side, std::uint8_t option, bool on, TimePoint now, std::string& out) {
  last_sent_ = now;
  append_negotiation(side, option, on, out);
}

}  // namespace wyld::telnet
