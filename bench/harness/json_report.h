#pragma once
// The report for programs: the document of a baseline (see baseline.h) with estimates, changes, verdicts
// and targets added. Times are seconds, changes are shares.

#include <string>

#include "bench/harness/analysis.h"

namespace wyld::bench {

[[nodiscard]] std::string json_report(const Report& report);

}  // namespace wyld::bench
