#pragma once
// Places where the build of the simulator's own test can be made wrong on purpose, to show that it would be
// found. Nothing in any other build.

#ifdef WYLDGATE_PLANTED_BUGS
namespace wyld {
// Which one; 0: none. Set before a run, by its one thread.
inline int planted_bug = 0;
}  // namespace wyld
#define WYLD_PLANTED_BUG(number) (::wyld::planted_bug == (number))
#else
#define WYLD_PLANTED_BUG(number) false
#endif
