#pragma once
// The log: one line an event, with fields. Nothing a player typed is ever logged, and control bytes of
// values from outside come out escaped.

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
// Any thread.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// The form a value takes in the log: quoted when it has spaces, control and non-ASCII bytes as \xNN.
[[nodiscard]] std::string log_value(std::string_view value);

}  // namespace wyld
