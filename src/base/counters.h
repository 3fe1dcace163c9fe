#pragma once
// What happened how often, by name. Every limit that is hit and every failure branch has one.

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace wyld {

enum class Counter : std::uint8_t {
  kConnectionsAccepted,
  kConnectionsRefusedTotal,            // over limits.connections
  kConnectionsRefusedAddress,          // over connections_per_address
  kConnectionsRefusedUnauthenticated,  // over unauthenticated_per_address
  kConnectionsRefusedRate,             // over new_per_second_per_address
  kAcceptFailures,
  kHostsUnknown,  // web requests for a name that is not in web.hosts
  kSessionsOpened,
  kSessionsClosed,
  kSessionsRefused,
  kLoginDeadlines,
  kSlowReaders,
  kOutputSkipped,
  kSideChannelSkipped,
  kLinesThrottled,
  kInputsDropped,      // more than may wait, or still waiting when the session ended
  kRequestsCoalesced,  // interrupts, codes and changes of capabilities over their rate
  kLinesOversized,
  kSubnegotiationsOversized,
  kNegotiationFloods,
  kMalformedInput,
  kWebSocketFailures,
  kUpstreamConnects,
  kUpstreamFailures,
  kUpstreamLosses,
  kMailboxFull,
  kStoreLosses,          // the database went away
  kStoreRowsRejected,    // it refused a row for good
  kStoreRowsUnreadable,  // it gave back a row that makes no sense
  kStoreBacklogFull,     // a new session was refused, because too much waits for the database
  kLoginsRefused,        // wrong name or wrong password
  kLoginsDelayed,        // put off, because logins had failed
  kLoginsUnavailable,    // the database was away, or memory short
  kLoginsBusy,           // too many waited to be checked
  kAccountsRefused,      // the address had made too many
  kSessionsHeld,         // lost their connection and were kept
  kSessionsExpired,      // nobody came back in time
  kSessionsGaveWay,      // were held, and made room for a connection
  kSessionsNotHeld,      // lost their connection too young
  kSessionsTakenOver,    // the player came back while the old connection looked alive
  kResumed,
  kResumedWithGap,
  kResumeRefused,    // wrong, retired or tried too often
  kResumeRevoked,    // a retired token was shown: its family is no longer good
  kCommandsQueued,   // for a world that was away
  kCommandsRefused,  // over the bounds of the queue
  kCommandsSent,     // from the queue
  kNotesRefused,     // of worlds, over their bounds
  kLogLinesDropped,  // whoever reads standard error did not keep up
  kCount,
};

// Any thread; relaxed.
void count(Counter counter, std::uint64_t by = 1) noexcept;
[[nodiscard]] std::uint64_t counted(Counter counter) noexcept;
[[nodiscard]] std::string_view counter_name(Counter counter) noexcept;

}  // namespace wyld
