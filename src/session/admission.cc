#include "session/admission.h"

#include <algorithm>
#include <utility>

#include "base/counters.h"

namespace wyld::session {
namespace {

// A browser opens so many at once, and keeps them for a while.
constexpr std::uint32_t kWebConnectionsPerPage = 6;

}  // namespace

// A bound that one more connection would break: how that is counted, and what is said about it.
struct Admission::Bound {
  Counter counter;
  ErrorCode code;
  const char* sentence;
};

constexpr Admission::Bound Admission::kFull{Counter::kConnectionsRefusedTotal, ErrorCode::kUnavailable,
                                            "The gateway is full. Please try again in a few minutes."};
constexpr Admission::Bound Admission::kTooMany{Counter::kConnectionsRefusedAddress, ErrorCode::kLimit,
                                               "There are too many connections from your address."};
constexpr Admission::Bound Admission::kTooManyLogins{
    Counter::kConnectionsRefusedUnauthenticated, ErrorCode::kLimit,
    "Too many connections from your address are still logging in."};
constexpr Admission::Bound Admission::kTooFast{
    Counter::kConnectionsRefusedRate, ErrorCode::kLimit,
    "Your address is connecting too often. Please wait a few seconds."};

Lease::Lease(Lease&& other) noexcept
    : admission_(std::exchange(other.admission_, nullptr)),
      key_(other.key_),
      exempt_(other.exempt_),
      web_(other.web_),
      authenticated_(other.authenticated_) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release();
    admission_ = std::exchange(other.admission_, nullptr);
    key_ = other.key_;
    exempt_ = other.exempt_;
    web_ = other.web_;
    authenticated_ = other.authenticated_;
  }
  return *this;
}

void Lease::authenticated() noexcept {
  if (admission_ == nullptr || authenticated_ || web_) return;
  authenticated_ = true;
  admission_->mark_authenticated(key_, exempt_);
}

void Lease::release() noexcept {
  Admission* const admission = std::exchange(admission_, nullptr);
  if (admission == nullptr) return;
  if (web_) {
    admission->leave_web(key_, exempt_);
  } else {
    admission->leave(key_, exempt_, authenticated_);
  }
}

HeldPlace::HeldPlace(HeldPlace&& other) noexcept
    : admission_(std::exchange(other.admission_, nullptr)), ticket_(other.ticket_) {}

HeldPlace& HeldPlace::operator=(HeldPlace&& other) noexcept {
  if (this != &other) {
    release();
    admission_ = std::exchange(other.admission_, nullptr);
    ticket_ = other.ticket_;
  }
  return *this;
}

void HeldPlace::release() noexcept {
  Admission* const admission = std::exchange(admission_, nullptr);
  if (admission == nullptr) return;
  const std::lock_guard lock(admission->mutex_);
  admission->forget_held(ticket_);
}

bool Admission::exempt(std::string_view host) const noexcept {
  return std::any_of(options_.exempt_networks.begin(), options_.exempt_networks.end(),
                     [host](const runtime::Network& network) { return network.contains(host); });
}

Result<Lease> Admission::admit(std::string_view host, std::chrono::steady_clock::time_point now) {
  return admit_as(Kind::kPlayer, host, now);
}

Result<Lease> Admission::admit_web(std::string_view host, std::chrono::steady_clock::time_point now) {
  return admit_as(Kind::kWeb, host, now);
}

Result<Lease> Admission::admit_as(Kind kind, std::string_view host,
                                  std::chrono::steady_clock::time_point now) {
  const bool is_exempt = exempt(host);
  const runtime::AddressKey key = runtime::address_key(host);
  const std::lock_guard lock(mutex_);
  if (const Bound* const broken = bound_broken(kind, key, is_exempt, now)) {
    count(broken->counter);
    refusals_.refused(host, broken->sentence, now);
    return fail(broken->code, broken->sentence);
  }
  ++connections_;
  if (!is_exempt) {
    Entry& entry = entries_[key];
    if (kind == Kind::kWeb) {
      ++entry.web;
    } else {
      ++entry.connections;
      ++entry.unauthenticated;
    }
  }
  if (kind == Kind::kPlayer) count(Counter::kConnectionsAccepted);
  return Lease(*this, key, is_exempt, kind == Kind::kWeb);
}

const Admission::Bound* Admission::bound_broken(Kind kind, const runtime::AddressKey& key, bool is_exempt,
                                                std::chrono::steady_clock::time_point now) {
  // No session that gives way would help.
  if (connections_ >= options_.connections_max) return &kFull;
  if (!is_exempt) {
    forget_idle(now);
    Entry& entry = entries_[key];
    entry.last_arrival = now;
    if (const Bound* const broken =
            kind == Kind::kWeb ? web_bound_broken(entry, now) : player_bound_broken(entry, now)) {
      return broken;
    }
  }
  // Only now: a connection that is refused ends no session.
  return make_room() ? nullptr : &kFull;
}

const Admission::Bound* Admission::player_bound_broken(Entry& entry,
                                                       std::chrono::steady_clock::time_point now) const {
  if (!entry.arrivals.take(options_.new_per_second_per_address, options_.new_burst_per_address, now)) {
    return &kTooFast;
  }
  if (entry.connections >= options_.connections_per_address) return &kTooMany;
  if (entry.unauthenticated >= options_.unauthenticated_per_address) return &kTooManyLogins;
  return nullptr;
}

const Admission::Bound* Admission::web_bound_broken(Entry& entry,
                                                    std::chrono::steady_clock::time_point now) const {
  if (!entry.web_arrivals.take(options_.new_per_second_per_address * kWebConnectionsPerPage,
                               options_.new_burst_per_address * kWebConnectionsPerPage, now)) {
    return &kTooFast;
  }
  if (entry.web >= std::max(options_.connections_per_address, kWebConnectionsPerPage)) return &kTooMany;
  return nullptr;
}

bool Admission::begin_refusal() noexcept {
  if (refusals_in_progress_.fetch_add(1, std::memory_order_relaxed) < kRefusalsMax) return true;
  end_refusal();
  return false;
}

std::size_t Admission::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

HeldPlace Admission::hold(std::string_view host, SessionHandle session) {
  const bool is_exempt = exempt(host);
  const runtime::AddressKey key = runtime::address_key(host);
  const std::lock_guard lock(mutex_);
  const std::uint64_t ticket = ++last_ticket_;
  held_.emplace(ticket, Held{.key = key, .exempt = is_exempt, .session = session});
  if (!is_exempt) entries_[key].held.push_back(ticket);
  return {*this, ticket};
}

std::size_t Admission::held() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

bool Admission::make_way(std::uint64_t ticket) {
  if (!give_way_ || !give_way_(held_.at(ticket).session)) return false;
  count(Counter::kSessionsGaveWay);
  forget_held(ticket);
  return true;
}

bool Admission::make_way_in(const Entry& entry) {
  return !entry.held.empty() && make_way(entry.held.front());
}

bool Admission::is_full() const noexcept {
  return 2 * (connections_ + 1) + held_.size() > 2 * options_.connections_max + kReturnDescriptors;
}

bool Admission::make_room() {
  while (is_full()) {
    if (!make_way_anywhere()) return false;
  }
  return true;
}

bool Admission::make_way_anywhere() { return !held_.empty() && make_way(held_.begin()->first); }

// A ticket that is not there any more has given way.
void Admission::forget_held(std::uint64_t ticket) noexcept {
  const auto found = held_.find(ticket);
  if (found == held_.end()) return;
  if (!found->second.exempt) std::erase(entries_.at(found->second.key).held, ticket);
  held_.erase(found);
}

void Admission::mark_authenticated(const runtime::AddressKey& key, bool is_exempt) noexcept {
  const std::lock_guard lock(mutex_);
  ++authenticated_;
  if (const auto found = entries_.find(key); !is_exempt && found != entries_.end()) {
    Entry& entry = found->second;
    --entry.unauthenticated;
    while (entry.connections - entry.unauthenticated + entry.held.size() > options_.connections_per_address) {
      if (!make_way_in(entry)) break;  // the next one tries again
    }
  }
  while (authenticated_ + held_.size() > options_.connections_max) {
    if (!make_way_anywhere()) break;
  }
}

void Admission::leave(const runtime::AddressKey& key, bool is_exempt, bool authenticated) noexcept {
  const std::lock_guard lock(mutex_);
  --connections_;
  if (authenticated) --authenticated_;
  if (is_exempt) return;
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  --found->second.connections;
  if (!authenticated) --found->second.unauthenticated;
}

void Admission::leave_web(const runtime::AddressKey& key, bool is_exempt) noexcept {
  const std::lock_guard lock(mutex_);
  --connections_;
  if (is_exempt) return;
  if (const auto found = entries_.find(key); found != entries_.end()) --found->second.web;
}

// An entry without connections matters only until its bucket is full again. Sweeping when the table
// has doubled costs a constant per arrival.
void Admission::forget_idle(std::chrono::steady_clock::time_point now) {
  if (entries_.size() < sweep_at_) return;
  const double refill_seconds = static_cast<double>(options_.new_burst_per_address) /
                                std::max(1.0, static_cast<double>(options_.new_per_second_per_address));
  std::erase_if(entries_, [&](const auto& item) {
    return item.second.connections == 0 && item.second.held.empty() && item.second.web == 0 &&
           std::chrono::duration<double>(now - item.second.last_arrival).count() > refill_seconds;
  });
  sweep_at_ = std::max<std::size_t>(1024, entries_.size() * 2);
}

}  // namespace wyld::session
