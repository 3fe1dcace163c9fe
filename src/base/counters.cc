#include "base/counters.h"

#include <array>
#include <atomic>
#include <cstddef>

namespace wyld {
namespace {

constexpr auto kCounters = static_cast<std::size_t>(Counter::kCount);

constexpr std::array<std::string_view, kCounters> kNames{
    "connections_accepted",
    "connections_refused_total",
    "connections_refused_address",
    "connections_refused_unauthenticated",
    "connections_refused_rate",
    "accept_failures",
    "hosts_unknown",
    "sessions_opened",
    "sessions_closed",
    "sessions_refused",
    "login_deadlines",
    "slow_readers",
    "output_skipped",
    "side_channel_skipped",
    "lines_throttled",
    "inputs_dropped",
    "requests_coalesced",
    "lines_oversized",
    "subnegotiations_oversized",
    "negotiation_floods",
    "malformed_input",
    "websocket_failures",
    "upstream_connects",
    "upstream_failures",
    "upstream_losses",
    "mailbox_full",
    "store_losses",
    "store_rows_rejected",
    "store_rows_unreadable",
    "store_backlog_full",
    "logins_refused",
    "logins_delayed",
    "logins_unavailable",
    "logins_busy",
    "accounts_refused",
    "sessions_held",
    "sessions_expired",
    "sessions_gave_way",
    "sessions_not_held",
    "sessions_taken_over",
    "resumed",
    "resumed_with_gap",
    "resume_refused",
    "resume_revoked",
    "commands_queued",
    "commands_refused",
    "commands_sent",
    "notes_refused",
    "log_lines_dropped",
};
static_assert(!kNames.back().empty(), "every counter has a name");

std::array<std::atomic<std::uint64_t>, kCounters> counters{};

}  // namespace

void count(Counter counter, std::uint64_t by) noexcept {
  counters[static_cast<std::size_t>(counter)].fetch_add(by, std::memory_order_relaxed);
}

std::uint64_t counted(Counter counter) noexcept {
  return counters[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
}

std::string_view counter_name(Counter counter) noexcept { return kNames[static_cast<std::size_t>(counter)]; }

}  // namespace wyld
