#pragma once
// The report as one HTML file: no network, no script, light and dark after the reader's setting, from a
// phone's width up.

#include <string>
#include <string_view>

#include "bench/harness/analysis.h"

namespace wyld::bench {

[[nodiscard]] std::string html_report(const Report& report);

// The style sheet, in html_style.cc.
[[nodiscard]] std::string_view html_style();

}  // namespace wyld::bench
