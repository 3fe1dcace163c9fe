#pragma once

namespace wyld {

// Which bug of tests/simulation/bugs is awake; 0: none. Set before a run, by its one thread.
inline int planted_bug = 0;

}  // namespace wyld
