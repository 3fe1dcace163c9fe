#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/address.h"

namespace wyld::session {

// Keeps a flood of refused connections from becoming a flood of log lines: the first refusal of an address is
// logged at once, the others of the same minute as one line with their number.
//
// Owner    Admission.
// Thread   any; one short lock.
// Limits   kAddressesMax addresses (IPv6: /64 networks) within a minute; the refusals of all further ones
// share one
//          line, under the address "others".
class RefusalLog {
 public:
  static constexpr std::size_t kAddressesMax = 1024;
  static constexpr std::chrono::minutes kPeriod{1};

  struct Line {
    std::string_view address;  // as it was first seen
    std::string_view why;      // of the last refusal
    std::uint64_t times = 1;   // 1: the first refusal; more: those that followed within the minute
    bool repeated = false;
  };
  using Emit = std::function<void(const Line&)>;

  explicit RefusalLog(Emit emit = write_to_log) : emit_(std::move(emit)) {}

  // `host` is numeric, without port; `why` is a literal.
  void refused(std::string_view host, const char* why, std::chrono::steady_clock::time_point now);
  // Logs what has been counted in minutes that are over. To be called about once a second.
  void report(std::chrono::steady_clock::time_point now);
  // Logs all that has been counted: the gateway stops.
  void report_all();

 private:
  struct Entry {
    std::string address;
    const char* why = "";
    std::uint64_t unreported = 0;
    std::chrono::steady_clock::time_point began{};
  };
  struct KeyHash {
    std::size_t operator()(const runtime::AddressKey& key) const noexcept {
      return (key.high * 0x9e3779b97f4a7c15ULL) ^ (key.low * 0xc2b2ae3d27d4eb4fULL);
    }
  };

  static void write_to_log(const Line& line);
  void emit_repeats(const Entry& entry) const;

  const Emit emit_;
  std::mutex mutex_;
  std::unordered_map<runtime::AddressKey, Entry, KeyHash> entries_;
  Entry others_{.address = "others"};  // beyond kAddressesMax
};

}  // namespace wyld::session
