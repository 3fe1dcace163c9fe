#pragma once
// What simulated connections are made of, and whom they reach.

#include <cstddef>
#include <string_view>

#include "simulation/random.h"

namespace wyld::simulation {

// How bad the network is.
struct NetworkPlan {
  Duration delay_min = std::chrono::milliseconds(1);
  Duration delay_max = std::chrono::milliseconds(40);
  double short_read = 0;                 // that a read brings only a part of what is there
  std::size_t window_bytes = 64 * 1024;  // that the systems in between take
};

// The client's end of a connection.
class ClientEnd {
 public:
  virtual void on_bytes(std::string_view bytes) = 0;
  virtual void on_end() = 0;

 protected:
  ~ClientEnd() = default;
};

}  // namespace wyld::simulation
