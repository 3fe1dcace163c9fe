#include "bench/harness/html_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "bench/harness/units.h"

namespace wyld::bench {
namespace {

constexpr double kWidth = 460;
constexpr double kHeight = 230;
constexpr double kLeft = 14;  // the density has no y axis that means anything
constexpr double kRight = kWidth - 14;
constexpr double kTop = 14;
constexpr double kBottom = kHeight - 34;
constexpr int kCurvePoints = 120;

double place(double value, double low, double high, double from, double to) {
  return high > low ? from + (value - low) / (high - low) * (to - from) : (from + to) / 2;
}

std::string open_svg(std::string_view label) {
  return fmt::format("<svg class=\"plot\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">",
                     kWidth, kHeight, escape_html(label));
}

std::string vertical(std::string_view kind, double x, double from, double to) {
  return fmt::format("<line class=\"{0}\" x1=\"{1:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{3:.1f}\"/>",
                     kind, x, from, to);
}

std::string horizontal(std::string_view kind, double y, double from, double to) {
  return fmt::format("<line class=\"{0}\" x1=\"{2:.1f}\" x2=\"{3:.1f}\" y1=\"{1:.1f}\" y2=\"{1:.1f}\"/>",
                     kind, y, from, to);
}

struct TimeUnit {
  double seconds;
  const char* name;
};

TimeUnit unit_of(double seconds) {
  if (seconds >= 1) return {1, "s"};
  if (seconds >= 1e-3) return {1e-3, "ms"};
  if (seconds >= 1e-6) return {1e-6, "µs"};
  return {1e-9, "ns"};
}

// As many decimals as the distance of two ticks asks for.
std::string tick_label(double value, double step) {
  const double decimals = step > 0 ? std::max(0.0, -std::floor(std::log10(step) + 1e-9)) : 0;
  return fmt::format("{:.{}f}", value == 0 ? 0 : value, static_cast<int>(std::min(decimals, 6.0)));
}

std::string_view class_of(OutlierClass outlier) {
  switch (outlier) {
    case OutlierClass::kNone:
      return "dot";
    case OutlierClass::kLowMild:
    case OutlierClass::kHighMild:
      return "dot mild";
    case OutlierClass::kLowSevere:
    case OutlierClass::kHighSevere:
      return "dot severe";
  }
  return "dot";
}

std::string_view name_of(OutlierClass outlier) {
  switch (outlier) {
    case OutlierClass::kNone:
      return "";
    case OutlierClass::kLowMild:
      return ", low mild outlier";
    case OutlierClass::kHighMild:
      return ", high mild outlier";
    case OutlierClass::kLowSevere:
      return ", low severe outlier";
    case OutlierClass::kHighSevere:
      return ", high severe outlier";
  }
  return "";
}

std::string sample_title(const Analysis& analysis, std::size_t index) {
  const Sample& sample = analysis.measurement.samples[index];
  const double seconds = sample.seconds_per_iteration();
  return fmt::format("<title>sample {}: {}, {} iterations{}</title>", index + 1, html_time(seconds),
                     sample.iterations, name_of(analysis.fences.classify(seconds)));
}

// A dot, or at the edge of the drawing a triangle that points to where the sample is.
std::string mark(const Analysis& analysis, std::size_t index, double x, double y, double radius, bool inside,
                 std::string_view outwards) {
  const double seconds = analysis.measurement.samples[index].seconds_per_iteration();
  const std::string_view kind = class_of(analysis.fences.classify(seconds));
  const std::string title = sample_title(analysis, index);
  if (inside)
    return fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\">{}</circle>", kind, x, y,
                       radius, title);
  std::string points;
  if (outwards == "up")
    points = fmt::format("{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}", x - 4, y + 4, x + 4, y + 4, x, y - 3);
  if (outwards == "down")
    points = fmt::format("{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}", x - 4, y - 4, x + 4, y - 4, x, y + 3);
  if (outwards == "left")
    points = fmt::format("{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}", x + 4, y - 4, x + 4, y + 4, x - 3, y);
  if (outwards == "right")
    points = fmt::format("{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}", x - 4, y - 4, x - 4, y + 4, x + 3, y);
  return fmt::format("<polygon class=\"{}\" points=\"{}\">{}</polygon>", kind, points, title);
}

std::string curve(const std::vector<double>& at, const std::vector<double>& density, const PlotRange& range,
                  double peak, bool closed) {
  std::string path;
  for (std::size_t index = 0; index < at.size(); ++index) {
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L",
                        place(at[index], range.low, range.high, kLeft, kRight),
                        place(density[index], 0, peak, kBottom, kTop));
  }
  if (closed) path += fmt::format("L{:.1f} {:.1f}L{:.1f} {:.1f}Z", kRight, kBottom, kLeft, kBottom);
  return path;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char letter : text) {
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        // Names and errors may hold anything; a control byte has no place in a page.
        escaped += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
    }
  }
  return escaped;
}

std::string html_time(double seconds) {
  std::string text = format_seconds(seconds);
  if (text.ends_with(" us")) text.replace(text.size() - 2, 2, "µs");
  return text;
}

std::vector<double> ticks(double low, double high, int count_max) {
  std::vector<double> values;
  if (!(high > low) || count_max < 2) return values;
  const double rough = (high - low) / (count_max - 1);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * (1 - 1e-9)) {
      step = factor * power;
      break;
    }
  }
  for (double index = std::ceil(low / step - 1e-9); index * step <= high + 1e-9 * step; ++index) {
    values.push_back(index * step);
  }
  return values;
}

PlotRange plot_range(const Analysis& analysis) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  const auto widen = [&](std::span<const double> values) {
    if (values.empty()) return;
    const Fences fences = tukey_fences(values);
    for (const double value : values) {
      const OutlierClass outlier = fences.classify(value);
      if (outlier == OutlierClass::kLowSevere || outlier == OutlierClass::kHighSevere) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  };
  widen(analysis.measurement.seconds_per_iteration());
  widen(analysis.before);
  low = std::min(low, analysis.time.low);
  high = std::max(high, analysis.time.high);
  const double margin = std::max(0.06 * (high - low), 0.002 * std::abs(high));
  return {std::max(0.0, low - margin), high + margin};
}

std::string density_plot(const Analysis& analysis) {
  const std::vector<double> seconds = analysis.measurement.seconds_per_iteration();
  const PlotRange range = plot_range(analysis);
  std::vector<double> at;
  for (int point = 0; point <= kCurvePoints; ++point) {
    at.push_back(range.low + (range.high - range.low) * point / kCurvePoints);
  }
  const std::vector<double> now = kernel_density(seconds, density_bandwidth(seconds), at);
  const std::vector<double> before = kernel_density(analysis.before, density_bandwidth(analysis.before), at);
  double peak = 1.08 * std::max(std::ranges::max(now), before.empty() ? 0 : std::ranges::max(before));
  if (peak <= 0) peak = 1;
  const auto x = [&](double value) { return place(value, range.low, range.high, kLeft, kRight); };

  std::string svg = open_svg(fmt::format(
      "Distribution of {} samples of {}: most between {} and {}", seconds.size(), analysis.measurement.name,
      html_time(quantile(seconds, 0.25)), html_time(quantile(seconds, 0.75))));
  const double band = std::max(1.5, x(analysis.time.high) - x(analysis.time.low));
  svg +=
      fmt::format("<rect class=\"interval\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
                  x(analysis.time.low), kTop, band, kBottom - kTop);
  svg += fmt::format("<path class=\"area\" d=\"{}\"/>", curve(at, now, range, peak, true));
  if (!analysis.before.empty())
    svg += fmt::format("<path class=\"before\" d=\"{}\"/>", curve(at, before, range, peak, false));
  svg += fmt::format("<path class=\"curve\" d=\"{}\"/>", curve(at, now, range, peak, false));
  svg += vertical("estimate", x(analysis.time.estimate), kTop, kBottom);
  svg += horizontal("axis", kBottom, kLeft, kRight);

  const TimeUnit unit = unit_of(analysis.time.estimate);
  const std::vector<double> marks = ticks(range.low / unit.seconds, range.high / unit.seconds, 5);
  const double step = marks.size() > 1 ? marks[1] - marks[0] : 0;
  for (std::size_t index = 0; index < marks.size(); ++index) {
    const double at_x = std::clamp(x(marks[index] * unit.seconds), kLeft + 12, kRight - 24);
    svg += vertical("axis", x(marks[index] * unit.seconds), kBottom, kBottom + 4);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}{}</text>", at_x,
                       kBottom + 20, tick_label(marks[index], step),
                       index + 1 == marks.size() ? fmt::format(" {}", unit.name) : "");
  }
  for (std::size_t index = 0; index < seconds.size(); ++index) {
    const double value = seconds[index];
    const double clamped = std::clamp(value, range.low, range.high);
    // Spread over three rows, so that equal samples do not hide one another.
    const double y = kBottom - 7 - 5 * static_cast<double>(index % 3);
    svg += mark(analysis, index, x(clamped), y, 1.8, range.contains(value),
                value > range.high ? "right" : "left");
  }
  return svg + "</svg>";
}

std::string samples_plot(const Analysis& analysis) {
  const std::vector<double> seconds = analysis.measurement.seconds_per_iteration();
  const PlotRange range = plot_range(analysis);
  const TimeUnit unit = unit_of(analysis.time.estimate);
  const std::vector<double> marks = ticks(range.low / unit.seconds, range.high / unit.seconds, 5);
  const double step = marks.size() > 1 ? marks[1] - marks[0] : 0;
  std::vector<std::string> labels;
  std::size_t widest = 0;
  for (std::size_t index = 0; index < marks.size(); ++index) {
    labels.push_back(tick_label(marks[index], step) +
                     (index + 1 == marks.size() ? fmt::format(" {}", unit.name) : ""));
    widest = std::max(widest, labels.back().size());
  }
  const double left = 14 + 7.0 * static_cast<double>(widest);
  const auto y = [&](double value) { return place(value, range.low, range.high, kBottom, kTop); };

  std::string svg = open_svg(fmt::format(
      "{} samples of {} in the order they were taken, between {} and {}", seconds.size(),
      analysis.measurement.name, html_time(std::ranges::min(seconds)), html_time(std::ranges::max(seconds))));
  for (std::size_t index = 0; index < marks.size(); ++index) {
    const double at_y = y(marks[index] * unit.seconds);
    svg += horizontal("grid", at_y, left, kRight);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", left - 6, at_y + 4,
                       labels[index]);
  }
  const double band = std::max(1.5, y(analysis.time.low) - y(analysis.time.high));
  svg +=
      fmt::format("<rect class=\"interval\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
                  left, y(analysis.time.high), kRight - left, band);
  svg += horizontal("estimate", y(analysis.time.estimate), left, kRight);
  if (!analysis.before.empty()) {
    const double before = y(std::clamp(mean(analysis.before), range.low, range.high));
    svg += horizontal("before", before, left, kRight);
  }
  const auto last = static_cast<double>(std::max<std::size_t>(seconds.size(), 2) - 1);
  for (std::size_t index = 0; index < seconds.size(); ++index) {
    const double value = seconds[index];
    const double clamped = std::clamp(value, range.low, range.high);
    svg += mark(analysis, index, place(static_cast<double>(index), 0, last, left + 6, kRight - 6), y(clamped),
                3, range.contains(value), value > range.high ? "up" : "down");
  }
  svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">first</text>", left, kBottom + 20);
  svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">last sample</text>", kRight,
                     kBottom + 20);
  return svg + "</svg>";
}

std::string change_plot(const Change& change, double reach, double noise_threshold) {
  constexpr double kSpan = 120;
  const auto x = [&](double share) {
    return place(std::clamp(share, -reach, reach), -reach, reach, 5, kSpan - 5);
  };
  std::string_view kind = "same";
  if (change.verdict == Verdict::kImproved) kind = "improved";
  if (change.verdict == Verdict::kRegressed) kind = "regressed";
  std::string svg =
      fmt::format("<svg class=\"change\" viewBox=\"0 0 {0:.0f} 16\" role=\"img\" aria-label=\"{1} to {2}\">",
                  kSpan, format_share(change.relative.low), format_share(change.relative.high));
  svg += fmt::format("<rect class=\"noise\" x=\"{:.1f}\" y=\"1\" width=\"{:.1f}\" height=\"14\"/>",
                     x(-noise_threshold), x(noise_threshold) - x(-noise_threshold));
  svg += vertical("zero", x(0), 0, 16);
  svg += horizontal(fmt::format("whisker {}", kind), 8, x(change.relative.low), x(change.relative.high));
  svg += fmt::format("<circle class=\"point {}\" cx=\"{:.1f}\" cy=\"8\" r=\"3.5\"/>", kind,
                     x(change.relative.estimate));
  return svg + "</svg>";
}

}  // namespace wyld::bench
