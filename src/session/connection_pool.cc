#include "session/connection_pool.h"

#include <atomic>
#include <numeric>
#include <optional>
#include <utility>

#include "base/counters.h"

namespace wyld::session {

// What the shards share while a text is on its way; the last one to finish reports.
struct ConnectionPool::Report {
  Report(std::string utf8, std::size_t shards, Done then)
      : text(std::move(utf8)), shards_left(shards), done(std::move(then)) {}

  void finish_one(const Delivery& delivery) {
    queued.fetch_add(delivery.queued, std::memory_order_relaxed);
    refused.fetch_add(delivery.refused, std::memory_order_relaxed);
    gone.fetch_add(delivery.gone, std::memory_order_relaxed);
    if (shards_left.fetch_sub(1, std::memory_order_acq_rel) != 1 || !done) return;
    done({.queued = queued.load(std::memory_order_relaxed),
          .refused = refused.load(std::memory_order_relaxed),
          .gone = gone.load(std::memory_order_relaxed)});
  }

  const std::string text;
  std::atomic<std::size_t> shards_left;
  std::atomic<std::size_t> queued{0};
  std::atomic<std::size_t> refused{0};
  std::atomic<std::size_t> gone{0};
  Done done;
};

Status ConnectionPool::send(const SessionId& id, std::string utf8, Done done) {
  const std::optional<SessionSnapshot> session = manager_.get(id);
  if (!session || session->handle.generation == 0) {
    return fail(ErrorCode::kNotFound, "no connected session has this id");
  }
  const SessionHandle handle = session->handle;
  const bool posted = mail_(static_cast<std::uint8_t>(handle.shard),
                            [&sessions = *shards_.at(handle.shard), handle, text = std::move(utf8),
                             done = std::move(done)]() mutable {
                              Delivery delivery;
                              if (sessions.id_of(handle) == nullptr) {
                                delivery.gone = 1;
                              } else if (sessions.send(handle, text)) {
                                delivery.queued = 1;
                              } else {
                                delivery.refused = 1;
                              }
                              if (done) done(delivery);
                            });
  if (posted) return {};
  count(Counter::kMailboxFull);
  return fail(ErrorCode::kUnavailable, "the shard's mailbox is full");
}

std::size_t ConnectionPool::broadcast(std::string utf8, Done done) {
  const auto report = std::make_shared<Report>(std::move(utf8), shards_.size(), std::move(done));
  std::size_t taken = 0;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    const bool posted = mail_(static_cast<std::uint8_t>(shard), [report, &sessions = *shards_[shard]] {
      report->finish_one(sessions.broadcast(report->text));
    });
    if (posted) {
      ++taken;
    } else {
      count(Counter::kMailboxFull);
      report->finish_one({});
    }
  }
  return taken;
}

std::size_t ConnectionPool::broadcast_to(std::span<const SessionId> ids, std::string utf8, Done done) {
  std::vector<SessionHandle> handles;
  handles.reserve(ids.size());
  for (const SessionId& id : ids) {
    const std::optional<SessionSnapshot> session = manager_.get(id);
    handles.push_back(session ? session->handle : SessionHandle{});
  }
  return broadcast_to_handles(handles, std::move(utf8), std::move(done));
}

std::size_t ConnectionPool::broadcast_to_handles(std::span<const SessionHandle> handles, std::string utf8,
                                                 Done done) {
  std::vector<std::vector<SessionHandle>> by_shard(shards_.size());
  Delivery rest;
  for (const SessionHandle handle : handles) {
    if (handle.generation == 0 || handle.shard >= shards_.size()) {
      ++rest.gone;
    } else {
      by_shard[handle.shard].push_back(handle);
    }
  }
  // One share more than there are shards: this call's own.
  const auto report = std::make_shared<Report>(std::move(utf8), shards_.size() + 1, std::move(done));
  std::size_t taken = 0;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    const std::size_t wanted = by_shard[shard].size();
    if (wanted == 0) {
      report->finish_one({});
      continue;
    }
    const bool posted = mail_(static_cast<std::uint8_t>(shard),
                              [report, &sessions = *shards_[shard], here = std::move(by_shard[shard])] {
                                report->finish_one(sessions.broadcast_to(here, report->text));
                              });
    if (posted) {
      taken += wanted;
    } else {
      count(Counter::kMailboxFull);
      report->finish_one({.refused = wanted});
    }
  }
  report->finish_one(rest);
  return taken;
}

std::array<std::size_t, kProtocolCount> ConnectionPool::by_protocol() const noexcept {
  std::array<std::size_t, kProtocolCount> counts{};
  for (const Protocol protocol : kProtocols) {
    counts[static_cast<std::size_t>(protocol)] = manager_.connected(protocol);
  }
  return counts;
}

std::size_t ConnectionPool::connection_count() const noexcept {
  const auto counts = by_protocol();
  return std::accumulate(counts.begin(), counts.end(), std::size_t{0});
}

}  // namespace wyld::session
