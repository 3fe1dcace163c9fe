#pragma once
// Broken invariants of our own. Never used on anything that came from outside.

namespace wyld {

// Prints `what` with its place and aborts.
[[noreturn]] void check_failed(const char* what, const char* file, int line) noexcept;

}  // namespace wyld

#define WYLD_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::wyld::check_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define WYLD_DCHECK(condition) static_cast<void>(0)
#else
#define WYLD_DCHECK(condition) WYLD_CHECK(condition)
#endif
