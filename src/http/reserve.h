#pragma once
// The few places for connections that were not admitted.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "runtime/address.h"

namespace wyld::http {

// A connection beyond the bounds still gets a moment, so that a health check is answered while players or an
// attacker hold everything else, and so that others read why they are refused. Whoever is slow gives way: a
// member that finds its address, or all of it, full takes the place of the one that came first.
//
// Owner    a shard's web side; members leave before they end.
// Thread   the shard's.
// Limits   kMembersMax in all, kMembersPerAddress of one address (IPv6: of one /64).
template <typename Member>
class Reserve {
 public:
  static constexpr std::size_t kMembersMax = 32;
  static constexpr std::size_t kMembersPerAddress = 4;

  // The member that has lost its place to `member`, for the caller to end; null when there was room.
  [[nodiscard]] Member* enter(Member& member, const runtime::AddressKey& address) {
    Member* loser = nullptr;
    const auto of_address = [&address](const Place& place) { return place.address == address; };
    if (std::count_if(places_.begin(), places_.end(), of_address) >= std::ptrdiff_t{kMembersPerAddress}) {
      const auto first = std::find_if(places_.begin(), places_.end(), of_address);
      loser = first->member;
      places_.erase(first);
    } else if (places_.size() >= kMembersMax) {
      loser = places_.front().member;
      places_.erase(places_.begin());
    }
    places_.push_back({&member, address});
    return loser;
  }

  // Nothing when it has no place.
  void leave(const Member& member) {
    std::erase_if(places_, [&member](const Place& place) { return place.member == &member; });
  }

  [[nodiscard]] std::size_t members() const noexcept { return places_.size(); }

 private:
  struct Place {
    Member* member;
    runtime::AddressKey address;
  };
  std::vector<Place> places_;  // as they came
};

}  // namespace wyld::http
