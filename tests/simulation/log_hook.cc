#include "simulation/log_hook.h"

#include <cstdio>

#include "base/log.h"

namespace wyld::simulation {
namespace {

thread_local Model* reader = nullptr;

}  // namespace

LogHook::LogHook(Model& model) noexcept { reader = &model; }
LogHook::~LogHook() { reader = nullptr; }

}  // namespace wyld::simulation

namespace wyld {

void set_log_level(LogLevel /*level*/) {}
void flush_log(std::chrono::milliseconds /*patience*/) {}
void log_last_words(std::string_view text) noexcept { std::fwrite(text.data(), 1, text.size(), stderr); }
std::string log_value(std::string_view value) { return std::string(value); }

void log(LogLevel /*level*/, std::string_view event, std::initializer_list<LogField> fields) {
  simulation::Model* const model = simulation::reader;
  if (model == nullptr) return;
  std::string_view session;
  std::string_view reason;
  for (const LogField& field : fields) {
    model->scan("the log", field.value);
    if (field.key == "session") session = field.value;
    if (field.key == "reason") reason = field.value;
  }
  model->logged(event, session, reason);
}

}  // namespace wyld
