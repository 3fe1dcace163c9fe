#pragma once
// A text that a world has its player edit.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "session/line_editor.h"

namespace wyld::session {

// One edit, from the world's request to its answer. A client with an editor of its own edits in it; with any
// other the player edits line by line. A change of clients keeps what was typed in the line editor.
//
// Owner    a session, between on_edit() and the answer.
// Thread   its shard's.
// Limits   LineEditor::kBytesMax of text; accepts() tells.
class Editing {
 public:
  Editing(std::uint64_t edit, std::string_view title, std::string_view text)
      : edit_(edit), title_(title), text_(text) {}

  [[nodiscard]] static bool accepts(std::string_view text) noexcept {
    return text.size() <= LineEditor::kBytesMax;
  }

  // The world's number.
  [[nodiscard]] std::uint64_t edit() const noexcept { return edit_; }
  [[nodiscard]] const std::string& title() const noexcept { return title_; }
  // As it is now, as far as the gateway knows.
  [[nodiscard]] std::string text() const { return lines_ ? lines_->text() : text_; }

  // The client has an editor, and has opened it.
  void client_edits() {
    text_ = text();
    lines_.reset();
  }
  // It has none: the player edits here. Returns what the player reads first.
  [[nodiscard]] std::string edit_by_lines() {
    lines_ = std::make_unique<LineEditor>(title_, text());
    return lines_->greeting();
  }
  [[nodiscard]] bool by_lines() const noexcept { return lines_ != nullptr; }
  // Only by_lines().
  [[nodiscard]] LineEditor::Step line(std::string_view line) { return lines_->line(line); }
  // Whether a client's answer is meant for this edit.
  [[nodiscard]] bool is_answered_by(std::uint64_t edit) const noexcept { return edit == edit_ && !lines_; }

 private:
  std::uint64_t edit_;
  std::string title_;
  std::string text_;
  std::unique_ptr<LineEditor> lines_;  // null: the client edits
};

}  // namespace wyld::session
