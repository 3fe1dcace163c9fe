#pragma once
// The log: one line an event, with fields. Nothing a player typed is ever logged, and control bytes of
// values from outside come out escaped.

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace wyld {

enum class LogLevel : std::uint8_t { kError, kWarning, kInfo, kDebug };

struct LogField {
  std::string_view key;
  std::string value;
};

void set_log_level(LogLevel level);

// "2026-03-01T12:00:00.123Z info session_opened session=... protocol=telnet" on standard error.
// Any thread. Never waits for whoever reads standard error: at most 1 MiB of lines waits to be written, lines
// beyond that are dropped, and `log_lines_dropped lines=N` says how many. A normal exit writes what is left,
// for a second.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// Waits at most `patience` until everything logged so far has been written: before _exit(), and before
// something else is printed that should come after it.
void flush_log(std::chrono::milliseconds patience);

// Prints `text` as it is, after what was logged before it; for a process that is about to abort. Waits for a
// stalled reader a second at most.
void log_last_words(std::string_view text) noexcept;

// The form a value takes in the log: quoted when it has spaces, control and non-ASCII bytes as \xNN.
[[nodiscard]] std::string log_value(std::string_view value);

}  // namespace wyld
