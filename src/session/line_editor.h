#pragma once
// A text edited line by line, for clients that have nothing better.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wyld::session {

// Lines typed are added; a line that begins with a dot is a command. Sans-I/O.
//
// Owner    a session in state Editing.
// Limits   bytes_max of text; a line beyond it is refused with a sentence.
class LineEditor {
 public:
  static constexpr std::size_t kBytesMax = std::size_t{64} * 1024;

  LineEditor(std::string_view title, std::string_view text);

  enum class Outcome : std::uint8_t { kGoesOn, kSaved, kCancelled };
  struct Step {
    Outcome outcome = Outcome::kGoesOn;
    std::string say = {};  // for the player: whole lines
  };

  // What the player reads first: the title, the text with line numbers, the commands in one line.
  [[nodiscard]] std::string greeting() const;
  [[nodiscard]] Step line(std::string_view line);
  // With '\n' after each line.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] const std::string& title() const noexcept { return title_; }

 private:
  [[nodiscard]] std::string listing() const;
  [[nodiscard]] Step command(std::string_view command);

  std::string title_;
  std::vector<std::string> lines_;
  std::size_t bytes_ = 0;
  bool changed_ = false;
  bool asked_ = false;  // whether to drop the changes
};

}  // namespace wyld::session
