#include "codec/telnet/negotiator.h"

namespace wyld::telnet {
namespace {

namespace saved {
enum : std::uint32_t { kOptionRow = 1, kRefused = 2, kLastSent = 3, kRefusedAt = 4, kAnsweringSince = 5 };
// Of an option: those of our side, and those of his, which are kHis greater.
enum : std::uint32_t { kNumber = 1, kState = 2, kFlags = 3, kStale = 4, kHis = 3 };
}  // namespace saved

constexpr archive::Schema kOptionSchema{"option", 1};

// Of an option's four bits in RefusalCounts.
constexpr unsigned shift_of(unsigned option) noexcept { return option % 2U * 4U; }

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

void Negotiator::save(archive::Writer& out) const {
  for (std::size_t row = 0; row < kOptionTable.size(); ++row) {
    const auto answered = [&](Side side) {
      return (answered_ >> (row * 2 + static_cast<std::size_t>(side)) & 1U) != 0;
    };
    const auto is_idle = [&](Side side) { return half(side, row) == Half{} && !answered(side); };
    if (is_idle(Side::kUs) && is_idle(Side::kHim)) continue;
    out.section(saved::kOptionRow, [&] {
      out.field(saved::kNumber, kOptionTable[row].option);
      for (const Side side : {Side::kUs, Side::kHim}) {
        const Half& it = half(side, row);
        const std::uint32_t his = side == Side::kHim ? std::uint32_t{saved::kHis} : 0U;
        out.field(saved::kState + his, State{it.state});
        out.flags(saved::kFlags + his, {it.wanted, it.acknowledges, it.silent, answered(side)});
        out.field(saved::kStale + his, it.stale_count);
      }
    });
  }
  for (unsigned option = 0; refusals_ != nullptr && option < 256; ++option) {
    const unsigned counts = (*refusals_)[option / 2] >> shift_of(option) & 15U;
    if (counts != 0) out.element(saved::kRefused, option * 16U + counts);
  }
  out.field(saved::kLastSent, last_sent_);
  out.field(saved::kRefusedAt, refused_at_);
  out.field(saved::kAnsweringSince, answering_since_);
}

void Negotiator::load(archive::Reader& in) {
  Negotiator fresh(role_);
  while (in.next()) {
    switch (in.tag()) {
      case saved::kOptionRow:
        in.section(kOptionSchema, [&] { fresh.load_option(in); });
        break;
      case saved::kRefused:
        fresh.load_refusals(in);
        break;
      case saved::kLastSent:
        in.read(fresh.last_sent_);
        break;
      case saved::kRefusedAt:
        in.read(fresh.refused_at_);
        break;
      case saved::kAnsweringSince:
        in.read(fresh.answering_since_);
        break;
      default:
        break;
    }
  }
  for (const Half& it : fresh.halves_) {
    if (it.state == State::kWantNoOpposite || it.state == State::kWantYesOpposite) ++fresh.queued_count_;
  }
  if (in.ok()) *this = std::move(fresh);
}

void Negotiator::load_option(archive::Reader& in) {
  std::uint8_t option = 0;
  std::array<State, 2> states{};
  std::array<Half, 2> halves{};
  std::array<bool, 2> answered{};
  while (in.next()) {
    if (in.tag() == saved::kNumber) {
      in.read(option);
      continue;
    }
    const std::size_t side = in.tag() > saved::kStale ? 1 : 0;
    switch (in.tag() - (side == 0 ? 0U : std::uint32_t{saved::kHis})) {
      case saved::kState:
        in.read(states[side], State::kWantYesOpposite);
        break;
      case saved::kFlags: {
        bool wanted = false;
        bool acknowledges = false;
        bool silent = false;
        in.flags({&wanted, &acknowledges, &silent, &answered[side]});
        halves[side].wanted = wanted;
        halves[side].acknowledges = acknowledges;
        halves[side].silent = silent;
        break;
      }
      case saved::kStale:
        in.read(halves[side].stale_count);
        break;
      default:
        break;
    }
  }
  const std::optional<std::size_t> row = option_row(option);
  if (!row) {
    return in.require(states[0] == State::kNo && states[1] == State::kNo,
                      "an option is in use that this program does not know");
  }
  for (const Side side : {Side::kUs, Side::kHim}) {
    const auto index = static_cast<std::size_t>(side);
    halves[index].state = states[index];
    half(side, *row) = halves[index];
    if (answered[index]) answered_ |= 1U << (*row * 2 + index);
  }
}

void Negotiator::load_refusals(archive::Reader& in) {
  std::uint16_t value = 0;
  in.read(value, std::uint16_t{255U * 16U + 15U});
  if (!in.ok()) return;
  if (refusals_ == nullptr) refusals_ = std::make_unique<RefusalCounts>();
  const unsigned option = value / 16U;
  std::uint8_t& counts = (*refusals_)[option / 2];
  counts =
      static_cast<std::uint8_t>((counts & ~(15U << shift_of(option))) | (value % 16U) << shift_of(option));
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
  const unsigned shift = shift_of(option) + static_cast<unsigned>(side) * 2U;
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
