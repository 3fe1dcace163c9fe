#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>

#include "base/log_writer.h"

namespace wyld {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kDebug:
      return spdlog::level::debug;
  }
  return spdlog::level::info;
}

// About 8,000 lines: a reader may stall for a while before any is lost.
constexpr std::size_t kPendingBytesMax = 1024 * 1024;
constexpr std::chrono::seconds kPatienceAtExit{1};

std::unique_ptr<spdlog::formatter> line_format() {
  return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                                                     spdlog::pattern_time_type::utc);
}

std::string dropped_notice(std::uint64_t dropped) {
  const std::string text = fmt::format("log_lines_dropped lines={}", dropped);
  spdlog::memory_buf_t line;
  line_format()->format(spdlog::details::log_msg("wyldgate", spdlog::level::warn, text), line);
  return fmt::to_string(line);
}

// Null until the first line, and never destroyed: threads may log until the process is gone.
std::atomic<LogWriter*> writer = nullptr;

class WriterSink final : public spdlog::sinks::base_sink<std::mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    writer.load(std::memory_order_relaxed)->add({line.data(), line.size()});
  }
  void flush_() override {}
};

spdlog::logger& logger() {
  static spdlog::logger& instance = [] -> spdlog::logger& {
    writer = new LogWriter(STDERR_FILENO, kPendingBytesMax, dropped_notice);
    auto& made = *new spdlog::logger("wyldgate", std::make_shared<WriterSink>());
    made.set_formatter(line_format());
    std::atexit([] { flush_log(kPatienceAtExit); });
    return made;
  }();
  return instance;
}

}  // namespace

void flush_log(std::chrono::milliseconds patience) {
  if (LogWriter* const started = writer.load()) started->flush(patience);
}

void log_last_words(std::string_view text) noexcept {
  constexpr std::chrono::milliseconds kPatience{500};
  flush_log(kPatience);
  write_if_ready(STDERR_FILENO, text, kPatience);
}

void set_log_level(LogLevel level) { logger().set_level(spdlog_level(level)); }

std::string log_value(std::string_view value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  bool quote = value.empty();
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      if (c == ' ' || c == '"' || c == '=') quote = true;
      out += c;
    }
  }
  return quote ? "\"" + out + "\"" : out;
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!logger().should_log(spdlog_level(level))) return;
  std::string line(event);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += log_value(field.value);
  }
  logger().log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace wyld
