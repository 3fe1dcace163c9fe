#include "session/resume_words.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace wyld::session {
namespace {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

// "21:05 UTC".
std::string time_of_day(std::chrono::system_clock::time_point time) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count() % (24 * 60);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d UTC", static_cast<int>(minutes / 60),
                static_cast<int>(minutes % 60));
  return text.data();
}

std::string size_in_words(std::uint64_t bytes) {
  return bytes < 1000 ? counted(bytes, "byte", "bytes")
                      : "about " + std::to_string((bytes + 500) / 1000) + " kB";
}

}  // namespace

std::string words_of(const ResumeAnswer& answer) {
  std::string words = "You are back.";
  if (!answer.missing.has_value()) {
    words += std::string(answer.in_transit ? " Some output shortly before " : " Some output since ") +
             time_of_day(answer.since) + " may be missing.";
  } else if (*answer.missing > 0) {
    words += " Output since " + time_of_day(answer.since) +
             " is incomplete: " + size_in_words(*answer.missing) + " could not be kept.";
  }
  if (answer.lines > 0) words += " " + counted(answer.lines, "line", "lines") + " you missed:";
  return words;
}

}  // namespace wyld::session
