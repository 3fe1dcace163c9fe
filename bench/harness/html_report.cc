#include "bench/harness/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "bench/harness/html_plot.h"
#include "bench/harness/text_report.h"
#include "bench/harness/units.h"

namespace wyld::bench {
namespace {

// Fragment identifiers: the position keeps them unique whatever the names are.
std::string anchor(std::size_t index) { return fmt::format("b{}", index + 1); }

std::string chip(std::string_view kind, std::string_view text) {
  return fmt::format("<span class=\"chip{}{}\">{}</span>", kind.empty() ? "" : " ", kind, escape_html(text));
}

std::string verdict_chip(Verdict verdict) {
  if (verdict == Verdict::kImproved) return chip("good", to_string(verdict));
  if (verdict == Verdict::kRegressed) return chip("bad", to_string(verdict));
  return chip("", to_string(verdict));
}

std::string fact(std::string_view term, std::string_view text, std::string_view kind = "") {
  return fmt::format("<div{}><dt>{}</dt><dd>{}</dd></div>",
                     kind.empty() ? "" : fmt::format(" class=\"{}\"", kind), term, text);
}

std::string tile(std::string_view kind, std::size_t number, std::string_view text) {
  return fmt::format("<li{}><strong>{}</strong><span>{}</span></li>",
                     kind.empty() ? "" : fmt::format(" class=\"{}\"", kind), number, text);
}

// The same reach for every row, so that rows can be compared; what is beyond 100 % is drawn at the edge.
double change_reach(const Report& report) {
  double reach = 5 * report.options.verdict.noise_threshold;
  for (const Analysis& analysis : report.analyses) {
    if (!analysis.change) continue;
    reach =
        std::max({reach, std::abs(analysis.change->relative.low), std::abs(analysis.change->relative.high)});
  }
  return std::min(reach, 1.0);
}

// "<= 100 us" with the signs that a page has.
std::string with_signs(std::string text) {
  for (const auto& [ascii, sign] : {std::pair<std::string_view, std::string_view>{"<=", "≤"},
                                    {">=", "≥"},
                                    {" us", " µs"},
                                    {" x", " ×"}}) {
    if (const std::size_t at = text.find(ascii); at != std::string::npos)
      text.replace(at, ascii.size(), sign);
  }
  return escape_html(text);
}

// "2026-01-02T03:04:05Z" as "2026-01-02 03:04 UTC"; anything else as it is.
std::string html_date(const std::string& date) {
  if (date.size() != 20 || date[10] != 'T') return escape_html(date);
  return escape_html(date.substr(0, 10) + " " + date.substr(11, 5) + " UTC");
}

std::string head(const Report& report) {
  const Environment& environment = report.run.environment;
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  page += fmt::format("<title>{}Wyldgate benchmarks, {}</title>\n<style>{}</style></head>\n<body><main>\n",
                      report.run.quick ? "Quick run: " : "", escape_html(environment.commit), html_style());
  page += "<h1>Wyldgate benchmarks</h1>\n";
  page += fmt::format("<p class=\"soft\">Commit <code>{}</code>, measured {}",
                      escape_html(environment.commit), html_date(environment.date));
  if (report.baseline) {
    page += fmt::format(", compared with <code>{}</code> (commit <code>{}</code>, {})",
                        escape_html(report.baseline->baseline_name),
                        escape_html(report.baseline->environment.commit),
                        html_date(report.baseline->environment.date));
  }
  page += "</p>\n";
  if (report.run.quick) {
    page +=
        "<p class=\"quick\">Quick run: it shows that the benchmarks work. The figures mean nothing.</p>\n";
  }
  for (const std::string& warning : report.warnings)
    page += fmt::format("<p class=\"warning\">Warning: {}</p>\n", escape_html(warning));
  return page;
}

std::string tiles(const Report& report) {
  const auto measured = static_cast<std::size_t>(std::ranges::count_if(
      report.analyses, [](const Analysis& analysis) { return analysis.measurement.measured(); }));
  std::string list = "<ul class=\"tiles\">";
  list += tile("", measured, measured == 1 ? "benchmark" : "benchmarks");
  if (report.baseline && report.incomparable.empty()) {
    const std::size_t improved = report.count(Verdict::kImproved);
    const std::size_t regressed = report.count(Verdict::kRegressed);
    list += tile(improved > 0 ? "good" : "", improved, "improved");
    list += tile(regressed > 0 ? "bad" : "", regressed, "regressed");
    if (const std::size_t unsure = report.count_taken_back(Verdict::kRegressed); unsure > 0)
      list += tile("bad", unsure, "regressed unless the machine explains it");
    list += tile("", report.count(Verdict::kNoChange) + report.count(Verdict::kWithinNoise), "unchanged");
  }
  if (!report.targets.empty() && !report.run.quick) {
    list += tile("good", report.count(Outcome::kMet), "targets met");
    const std::size_t missed = report.count(Outcome::kMissed);
    list += tile(missed > 0 ? "bad" : "", missed, "targets missed");
  }
  if (measured < report.analyses.size()) list += tile("", report.analyses.size() - measured, "not run");
  return list + "</ul>\n";
}

std::string targets_table(const Report& report) {
  if (report.targets.empty()) return "";
  std::string table = fmt::format(
      "<h2 id=\"targets\">Targets{}</h2>\n<div class=\"card scroll\"><table><thead><tr><th>Operation</th>"
      "<th class=\"wide-only\">Source</th><th class=\"right\">Target</th><th class=\"right\">Measured</th>"
      "<th></th></tr></thead><tbody>\n",
      report.run.quick ? " (quick run)" : "");
  for (const TargetResult& result : report.targets) {
    std::string outcome = chip("", "not measured");
    if (result.outcome == Outcome::kNotJudged) outcome = chip("", "not judged");
    if (result.outcome == Outcome::kMet) outcome = chip("good", "met");
    if (result.outcome == Outcome::kMissed) outcome = chip("bad", "missed");
    const std::string measured = result.measured ? format_measured(result.target, *result.measured) : "";
    table += fmt::format(
        "<tr><th>{}</th><td class=\"soft wide-only\">{}</td><td class=\"right num target\">{}</td>"
        "<td class=\"right num\">{}</td><td class=\"right\">{}</td></tr>\n",
        escape_html(result.target.operation), to_string(result.target.source),
        with_signs(format_target(result.target)), with_signs(measured), outcome);
  }
  return table + "</tbody></table></div>\n";
}

std::string change_cell(const Analysis& analysis, const Report& report, double reach) {
  if (!analysis.change)
    return fmt::format("<td colspan=\"3\" class=\"soft reason\">{}</td>", escape_html(analysis.no_verdict));
  return fmt::format("<td class=\"wide-only\">{}</td><td class=\"right num\">{}</td><td>{}</td>",
                     change_plot(*analysis.change, reach, report.options.verdict.noise_threshold),
                     format_share(analysis.change->relative.estimate),
                     verdict_chip(analysis.change->verdict));
}

std::string index(const Report& report) {
  const bool compared = report.baseline.has_value();
  const double reach = change_reach(report);
  std::string table =
      "<h2 id=\"index\">Benchmarks</h2>\n<div class=\"card scroll\"><table><thead><tr><th>Name</th>"
      "<th class=\"right\">Time</th><th class=\"right wide-only\">Throughput</th>";
  if (compared) {
    table += fmt::format("<th class=\"wide-only\">Change (±{:.0f} %)</th><th></th><th></th>", 100 * reach);
  }
  table += "</tr></thead><tbody>\n";
  std::string_view section;
  for (std::size_t number = 0; number < report.analyses.size(); ++number) {
    const Analysis& analysis = report.analyses[number];
    const Category category = category_of(analysis.measurement.name);
    if (category.title != section) {
      section = category.title;
      table +=
          fmt::format("<tr class=\"section\"><th colspan=\"{}\">{}</th></tr>\n", compared ? 6 : 3, section);
    }
    table += fmt::format("<tr><th><a href=\"#{}\">{}</a></th>", anchor(number),
                         escape_html(analysis.measurement.name));
    if (analysis.measurement.measured()) {
      table += fmt::format("<td class=\"right num\">{}</td><td class=\"right num wide-only\">{}</td>",
                           html_time(analysis.time.estimate),
                           format_rate(analysis.throughput.estimate, analysis.throughput_unit));
      if (compared) table += change_cell(analysis, report, reach);
    } else {
      table += fmt::format("<td class=\"soft reason\" colspan=\"{}\">not run, because {}</td>",
                           compared ? 5 : 2, escape_html(analysis.measurement.not_run));
    }
    table += "</tr>\n";
  }
  return table + "</tbody></table></div>\n";
}

std::string figures(const Analysis& analysis, const Report& report) {
  std::string list = "<dl class=\"figures\">";
  list += fact("Time per iteration",
               fmt::format("{} <span class=\"range\">{} to {}</span>", html_time(analysis.time.estimate),
                           html_time(analysis.time.low), html_time(analysis.time.high)),
               "main");
  list += fact("Throughput", fmt::format("{} <span class=\"range\">{} to {}</span>",
                                         format_rate(analysis.throughput.estimate, analysis.throughput_unit),
                                         format_rate(analysis.throughput.low, analysis.throughput_unit),
                                         format_rate(analysis.throughput.high, analysis.throughput_unit)));
  if (analysis.change) {
    const Change& change = *analysis.change;
    const double significance = report.options.verdict.significance;
    list += fact("Change of the mean",
                 fmt::format("{} <span class=\"range\">{} to {}, p = {} {} {}</span>",
                             format_share(change.relative.estimate), format_share(change.relative.low),
                             format_share(change.relative.high), format_p_value(change.p_value),
                             change.p_value < significance ? "&lt;" : "&ge;", significance));
    if (std::abs(analysis.machine_change) > report.options.verdict.noise_threshold) {
      list += fact("Machine itself", fmt::format("{} <span class=\"range\">counts as noise</span>",
                                                 format_share(analysis.machine_change)));
    }
    if (analysis.taken_back) list += fact("Verdict taken back", describe_taken_back(analysis));
  } else if (!analysis.no_verdict.empty()) {
    list += fact("Change", "no verdict: " + escape_html(analysis.no_verdict));
  }
  for (const auto& [name, value] : analysis.measurement.counters) {
    list +=
        fact(escape_html(name),
             counter_unit(name) == CounterUnit::kSeconds ? html_time(value) : format_counter(name, value));
  }
  return list + "</dl>\n";
}

std::string details(const Analysis& analysis) {
  const std::vector<Sample>& samples = analysis.measurement.samples;
  const auto [fewest, most] = std::ranges::minmax(samples, {}, &Sample::iterations);
  std::string block = "<details><summary>Statistics</summary><dl class=\"facts\">";
  block += fact("Mean", html_time(analysis.mean)) + fact("Median", html_time(analysis.median)) +
           fact("Standard deviation", html_time(analysis.standard_deviation)) +
           fact("Median absolute deviation", html_time(analysis.median_absolute_deviation));
  block += fact("Outliers", describe_outliers(analysis.outliers, samples.size()));
  block += fact("Samples", fmt::format("{}, of {} to {} iterations", samples.size(), fewest.iterations,
                                       most.iterations));
  block += fact("Slope",
                fmt::format("{} <span class=\"range\">{} to {}</span>", html_time(analysis.slope.estimate),
                            html_time(analysis.slope.low), html_time(analysis.slope.high)));
  if (!analysis.before.empty()) {
    block += fact("Baseline mean", html_time(mean(analysis.before))) +
             fact("Baseline median", html_time(median(analysis.before)));
  }
  return block + "</dl></details>\n";
}

std::string benchmark(const Analysis& analysis, const Report& report, std::size_t number) {
  std::string block = fmt::format("<article class=\"benchmark card\" id=\"{}\"><header><h3>{}</h3>",
                                  anchor(number), escape_html(analysis.measurement.name));
  if (report.run.quick) block += chip("", "quick");
  if (analysis.change) block += verdict_chip(analysis.change->verdict);
  if (!analysis.measurement.label.empty())
    block += fmt::format("<span class=\"soft\">{}</span>", escape_html(analysis.measurement.label));
  block += "</header>\n";
  if (!analysis.measurement.measured()) {
    return block + fmt::format("<p class=\"soft\">Not run, because {}</p></article>\n",
                               escape_html(analysis.measurement.not_run));
  }
  block += figures(analysis, report);
  block += fmt::format(
      "<div class=\"plots\"><figure><figcaption>Distribution</figcaption>{}</figure>"
      "<figure><figcaption>Samples over time</figcaption>{}</figure></div>\n",
      density_plot(analysis), samples_plot(analysis));
  return block + details(analysis) + "</article>\n";
}

std::string legend(const Report& report) {
  std::string list =
      "<ul class=\"legend\"><li><i></i>this run</li><li class=\"l-band\"><i></i>estimate and its 95 % "
      "interval</li>";
  if (report.baseline) list += "<li class=\"l-before\"><i></i>baseline</li>";
  return list +
         "<li class=\"l-mild\"><i></i>mild outlier</li><li class=\"l-severe\"><i></i>severe outlier (a "
         "triangle when "
         "off the scale)</li></ul>\n";
}

std::string machine(const Environment& environment) {
  std::string block =
      "<h2 id=\"machine\">Machine and build</h2>\n<div class=\"card machine\"><dl class=\"facts\">";
  block += fact("Host", escape_html(environment.host));
  block +=
      fact("Processor", fmt::format("{} × {}", environment.processors, escape_html(environment.processor)));
  block += fact("Memory", format_bytes(static_cast<double>(environment.memory_bytes)));
  block += fact("System", escape_html(environment.system));
  block += fact("Compiler", escape_html(environment.compiler));
  block += fact("Build type", escape_html(environment.build_type));
  block += fact("Commit", fmt::format("<code>{}</code>", escape_html(environment.commit)));
  block += fact("Measured", html_date(environment.date));
  block += fact("Flags", fmt::format("<code>{}</code>", escape_html(environment.flags)), "wide");
  return block + "</dl></div>\n";
}

}  // namespace

std::string html_report(const Report& report) {
  std::string page = head(report);
  page += tiles(report);
  page += targets_table(report);
  page += index(report);
  page += fmt::format("<h2>Each benchmark</h2>\n{}", legend(report));
  for (std::size_t number = 0; number < report.analyses.size(); ++number) {
    page += benchmark(report.analyses[number], report, number);
  }
  page += machine(report.run.environment);
  return page + "</main></body></html>\n";
}

}  // namespace wyld::bench
