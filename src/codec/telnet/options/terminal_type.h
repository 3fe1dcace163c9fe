#pragma once
// Option 24, terminal type (RFC 1091), and what the Mud Terminal Type Standard makes of it: the first
// answer names the client, the second the terminal, the third is "MTTS " and a bit vector.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/archive.h"
#include "codec/capabilities.h"

namespace wyld::telnet {

void append_terminal_type_send(std::string& out);
void append_terminal_type_is(std::string_view name, std::string& out);

// The name of an IS; nothing for another form.
[[nodiscard]] std::optional<std::string_view> parse_terminal_type_is(std::string_view payload) noexcept;
[[nodiscard]] bool is_terminal_type_send(std::string_view payload) noexcept;

// The number after "MTTS "; nothing when `answer` is no such thing.
[[nodiscard]] std::optional<std::uint32_t> parse_mtts(std::string_view answer) noexcept;

// The asking side: step by step, until a client repeats itself or has told everything.
class TerminalTypeQuery {
 public:
  static constexpr archive::Schema kArchive{"terminal type query", 1};
  static constexpr unsigned kAnswersMax = 4;     // of one cycle
  static constexpr unsigned kQuestionsMax = 12;  // of a connection, however often it starts over

  void save(archive::Writer& out) const;
  void load(archive::Reader& in);

  // The client agreed to be asked, for the first time or again. True: send the question.
  [[nodiscard]] bool start() noexcept;
  // An answer; what it tells goes into `capabilities`. True: ask once more.
  [[nodiscard]] bool on_answer(std::string_view name, Capabilities& capabilities);
  // The client refused, or will say no more.
  void stop() noexcept { ended_ = true; }

  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  std::uint32_t last_answer_hash_ = 0;
  std::uint8_t answers_ = 0;
  std::uint8_t questions_ = 0;
  bool asking_ = false;
  bool ended_ = false;
};

// The answering side: the list a game goes through.
class TerminalTypeAnswers {
 public:
  static constexpr archive::Schema kArchive{"terminal type answers", 1};

  void save(archive::Writer& out) const;
  void load(archive::Reader& in);

  // Name, terminal, MTTS, MTTS again to show the end, and from the beginning.
  [[nodiscard]] std::string next(const Capabilities& capabilities, std::uint32_t mtts);
  void restart() noexcept { index_ = 0; }

 private:
  static constexpr std::uint8_t kCount = 4;

  std::uint8_t index_ = 0;  // below kCount
};

}  // namespace wyld::telnet
