#pragma once
// The drawings of the HTML report as inline SVG. Colours come from the page's style sheet by class, so that
// they follow light and dark; every drawing has a label for those who cannot see it.

#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/analysis.h"

namespace wyld::bench {

[[nodiscard]] std::string escape_html(std::string_view text);
// "us" becomes the micro sign of the page.
[[nodiscard]] std::string html_time(double seconds);

// How the samples are spread: the kernel density, the samples under it, the estimate with its interval,
// and the baseline's density behind.
[[nodiscard]] std::string density_plot(const Analysis& analysis);

// The samples in the order they were taken; a drift or a burst of outliers shows here.
[[nodiscard]] std::string samples_plot(const Analysis& analysis);

// The interval of a change on a scale from -`reach` to +`reach`, with the band that counts as noise.
[[nodiscard]] std::string change_plot(const Change& change, double reach, double noise_threshold);

// Round numbers from `low` to `high`, at most `count_max` of them.
[[nodiscard]] std::vector<double> ticks(double low, double high, int count_max);

// What part of the samples the plots show. Severe outliers would squeeze the rest to a line: they are
// drawn at the edge instead.
struct PlotRange {
  double low = 0;
  double high = 1;

  [[nodiscard]] bool contains(double value) const { return value >= low && value <= high; }
};
[[nodiscard]] PlotRange plot_range(const Analysis& analysis);

}  // namespace wyld::bench
