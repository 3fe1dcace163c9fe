#include "session/line_editor.h"

#include <charconv>
#include <utility>

namespace wyld::session {
namespace {

constexpr std::string_view kCommands =
    "Each line you type is added to the text. Commands: `.save` keeps the text,\n"
    "`.quit` discards your changes, `.show` shows the text, `.delete 3` removes line 3,\n"
    "`.clear` removes everything. To begin a line with a dot, type two dots.\n";

}  // namespace

LineEditor::LineEditor(std::string_view title, std::string_view text) : title_(title) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines_.emplace_back(text.substr(0, end));
    bytes_ += lines_.back().size() + 1;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string LineEditor::greeting() const {
  std::string out = "Editing: " + title_ + '\n';
  out += listing();
  out += kCommands;
  return out;
}

std::string LineEditor::listing() const {
  if (lines_.empty()) return "(no text yet)\n";
  std::string out;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    out += std::to_string(i + 1);
    out += ": ";
    out += lines_[i];
    out += '\n';
  }
  return out;
}

std::string LineEditor::text() const {
  std::string out;
  out.reserve(bytes_);
  for (const std::string& line : lines_) {
    out += line;
    out += '\n';
  }
  return out;
}

LineEditor::Step LineEditor::line(std::string_view line) {
  if (line.starts_with('.') && !line.starts_with("..")) return command(line.substr(1));
  asked_ = false;
  if (line.starts_with("..")) line.remove_prefix(1);
  if (bytes_ + line.size() + 1 > kBytesMax) return {.say = "The text is full: this line was not added.\n"};
  lines_.emplace_back(line);
  bytes_ += line.size() + 1;
  changed_ = true;
  return {};
}

LineEditor::Step LineEditor::command(std::string_view command) {
  const std::size_t space = command.find(' ');
  const std::string_view word = command.substr(0, space);
  const std::string_view rest =
      space == std::string_view::npos ? std::string_view() : command.substr(space + 1);
  const bool asked = std::exchange(asked_, false);
  if (word == "save" || word == "s") return {.outcome = Outcome::kSaved};
  if (word == "quit" || word == "q") {
    if (!changed_ || asked) return {.outcome = Outcome::kCancelled};
    asked_ = true;
    return {.say = "You have unsaved changes: `.quit` again discards them, `.save` keeps them.\n"};
  }
  if (word == "show" || word == "p") return {.say = listing()};
  if (word == "clear") {
    lines_.clear();
    bytes_ = 0;
    changed_ = true;
    return {.say = listing()};
  }
  if (word == "delete" || word == "d") {
    std::size_t number = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (parsed.ec != std::errc{} || parsed.ptr != rest.data() + rest.size() || number == 0 ||
        number > lines_.size())
      return {.say = "Which line? `.show` numbers them.\n"};
    bytes_ -= lines_[number - 1].size() + 1;
    lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(number - 1));
    changed_ = true;
    return {.say = "Removed.\n"};
  }
  return {.say = std::string(kCommands)};
}

}  // namespace wyld::session
