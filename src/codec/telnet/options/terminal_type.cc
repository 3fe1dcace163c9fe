#include "codec/telnet/options/terminal_type.h"

#include <charconv>

#include "codec/telnet/options/subnegotiation.h"

namespace wyld::telnet {
namespace {

namespace saved {
enum : std::uint32_t { kLastAnswerHash = 1, kAnswers = 2, kQuestions = 3, kFlags = 4 };
enum : std::uint32_t { kIndex = 1 };
}  // namespace saved

constexpr std::uint8_t kIs = 0;
constexpr std::uint8_t kSend = 1;
constexpr std::string_view kMttsPrefix = "MTTS ";
constexpr std::string_view kNameOfUnknownClient = "WYLDGATE";
constexpr std::string_view kTypeOfUnknownTerminal = "ANSI";

std::uint32_t hash_of(std::string_view text) noexcept {  // FNV-1a
  std::uint32_t hash = 2166136261U;
  for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619U;
  return hash;
}

}  // namespace

void append_terminal_type_send(std::string& out) {
  SubnegotiationWriter(option::kTerminalType, out).byte(kSend);
}

void append_terminal_type_is(std::string_view name, std::string& out) {
  SubnegotiationWriter(option::kTerminalType, out).byte(kIs).bytes(name);
}

std::optional<std::string_view> parse_terminal_type_is(std::string_view payload) noexcept {
  if (payload.empty() || payload[0] != static_cast<char>(kIs)) return std::nullopt;
  return payload.substr(1);
}

bool is_terminal_type_send(std::string_view payload) noexcept {
  return !payload.empty() && payload[0] == static_cast<char>(kSend);
}

std::optional<std::uint32_t> parse_mtts(std::string_view answer) noexcept {
  if (!answer.starts_with(kMttsPrefix)) return std::nullopt;
  answer.remove_prefix(kMttsPrefix.size());
  std::uint32_t bits = 0;
  const auto [end, error] = std::from_chars(answer.data(), answer.data() + answer.size(), bits);
  if (error != std::errc{} || end != answer.data() + answer.size()) return 0;  // some send words here
  return bits;
}

bool TerminalTypeQuery::start() noexcept {
  if (asking_ || questions_ >= kQuestionsMax) return false;
  asking_ = true;
  ended_ = false;
  answers_ = 0;
  ++questions_;
  return true;
}

bool TerminalTypeQuery::on_answer(std::string_view name, Capabilities& capabilities) {
  if (!asking_) return false;  // nothing was asked
  const std::string answer = printable_ascii(name, kCapabilityTextBytesMax);
  const std::uint32_t hash = hash_of(answer);
  const bool repeated = answers_ > 0 && hash == last_answer_hash_;
  last_answer_hash_ = hash;
  ++answers_;
  bool last = answer.empty() || repeated || answers_ >= kAnswersMax || questions_ >= kQuestionsMax;
  if (const std::optional<std::uint32_t> bits = parse_mtts(answer)) {
    capabilities.mtts = *bits;
    last = true;
  } else if (answers_ == 1) {
    capabilities.client_name = answer;
  } else if (answers_ == 2) {
    // A client that knows one name only means its terminal.
    if (repeated) capabilities.client_name.clear();
    capabilities.terminal_type = answer;
  }
  if (last) {
    asking_ = false;
    ended_ = true;
    return false;
  }
  ++questions_;
  return true;
}

void TerminalTypeQuery::save(archive::Writer& out) const {
  out.field(saved::kLastAnswerHash, last_answer_hash_);
  out.field(saved::kAnswers, answers_);
  out.field(saved::kQuestions, questions_);
  out.flags(saved::kFlags, {asking_, ended_});
}

void TerminalTypeQuery::load(archive::Reader& in) {
  TerminalTypeQuery fresh;
  while (in.next()) {
    switch (in.tag()) {
      case saved::kLastAnswerHash:
        in.read(fresh.last_answer_hash_);
        break;
      case saved::kAnswers:
        in.read(fresh.answers_, std::uint8_t{kAnswersMax});
        break;
      case saved::kQuestions:
        in.read(fresh.questions_, std::uint8_t{kQuestionsMax});
        break;
      case saved::kFlags:
        in.flags({&fresh.asking_, &fresh.ended_});
        break;
      default:
        break;
    }
  }
  if (in.ok()) *this = fresh;
}

void TerminalTypeAnswers::save(archive::Writer& out) const { out.field(saved::kIndex, index_); }

void TerminalTypeAnswers::load(archive::Reader& in) {
  TerminalTypeAnswers fresh;
  while (in.next()) {
    if (in.tag() == saved::kIndex) in.read(fresh.index_, std::uint8_t{kCount - 1});
  }
  if (in.ok()) *this = fresh;
}

std::string TerminalTypeAnswers::next(const Capabilities& capabilities, std::uint32_t mtts) {
  const unsigned index = index_;
  index_ = static_cast<std::uint8_t>((index_ + 1U) % kCount);
  switch (index) {
    case 0:
      if (!capabilities.client_name.empty()) return capabilities.client_name;
      // A plain telnet client knows one name only, and gives it as often as it is asked.
      return capabilities.terminal_type.empty() ? std::string(kNameOfUnknownClient)
                                                : capabilities.terminal_type;
    case 1:
      return capabilities.terminal_type.empty() ? std::string(kTypeOfUnknownTerminal)
                                                : capabilities.terminal_type;
    default:
      return std::string(kMttsPrefix) + std::to_string(mtts);
  }
}

}  // namespace wyld::telnet
