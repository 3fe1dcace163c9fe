#include "session/refusal_log.h"

#include "base/log.h"

namespace wyld::session {

void RefusalLog::refused(std::string_view host, const char* why, std::chrono::steady_clock::time_point now) {
  const runtime::AddressKey key = runtime::address_key(host);
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end() && now - found->second.began < kPeriod) {
    ++found->second.unreported;
    found->second.why = why;
    return;
  }
  if (found == entries_.end() && entries_.size() >= kAddressesMax) {
    if (others_.unreported++ == 0) others_.began = now;
    others_.why = why;
    return;
  }
  Entry& entry = entries_[key];
  emit_repeats(entry);
  entry = {.address = std::string(host), .why = why, .began = now};
  emit_({.address = host, .why = why});
}

void RefusalLog::report(std::chrono::steady_clock::time_point now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& item) {
    if (now - item.second.began < kPeriod) return false;
    emit_repeats(item.second);
    return true;
  });
  if (others_.unreported != 0 && now - others_.began >= kPeriod) {
    emit_repeats(others_);
    others_ = {.address = "others"};
  }
}

void RefusalLog::report_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, entry] : entries_) emit_repeats(entry);
  entries_.clear();
  emit_repeats(others_);
  others_ = {.address = "others"};
}

void RefusalLog::emit_repeats(const Entry& entry) const {
  if (entry.unreported == 0) return;
  emit_({.address = entry.address, .why = entry.why, .times = entry.unreported, .repeated = true});
}

void RefusalLog::write_to_log(const Line& line) {
  if (line.repeated) {
    log(LogLevel::kInfo, "connections_refused",
        {{"address", std::string(line.address)},
         {"times", std::to_string(line.times)},
         {"why", std::string(line.why)}});
  } else {
    log(LogLevel::kInfo, "connection_refused",
        {{"address", std::string(line.address)}, {"why", std::string(line.why)}});
  }
}

}  // namespace wyld::session
