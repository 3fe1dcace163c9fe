#include "bench/harness/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "bench/harness/html_plot.h"
#include "bench/harness/testing_runs.h"

namespace wyld::bench {
namespace {

using ::testing::HasSubstr;
using testing::measurement;
using ::testing::Not;
using testing::run;

// Empty when every element is closed in order; otherwise what is wrong.
std::string unbalanced(std::string_view page) {
  const std::set<std::string_view> kVoid = {"meta", "!doctype"};
  std::vector<std::string_view> open;
  for (std::size_t at = page.find('<'); at != std::string_view::npos; at = page.find('<', at + 1)) {
    const std::size_t end = page.find('>', at);
    if (end == std::string_view::npos) return "a tag without an end";
    const std::string_view tag = page.substr(at + 1, end - at - 1);
    const bool closes = tag.starts_with('/');
    const std::string_view name = tag.substr(closes ? 1 : 0, tag.find_first_of(" /", 1) - (closes ? 1 : 0));
    if (closes) {
      const std::string_view closed = tag.substr(1);
      if (open.empty() || open.back() != closed) return "unexpected </" + std::string(closed) + ">";
      open.pop_back();
    } else if (!tag.ends_with('/') && !kVoid.contains(name)) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : "<" + std::string(open.back()) + "> is never closed";
}

Report full_report() {
  Results now =
      run({measurement("session_new", 80e-9), measurement("telnet/decode/<plain> & \"more\"", 3e-6)});
  now.measurements[0].samples[7].seconds *= 5;
  now.measurements[1].counters["p99"] = 1e-3;
  now.measurements[1].label = "<b>label</b>";
  Measurement absent;
  absent.name = "create_session/durable/postgres";
  absent.not_run = "needs PostgreSQL <16>";
  now.measurements.push_back(absent);
  Results before = run({measurement("session_new", 60e-9)});
  before.baseline_name = "old";
  before.environment.flags = "-O2 -DX=\"<y>\"";
  return analyse(now, before, {});
}

TEST(HtmlReport, NeedsNeitherNetworkNorScript) {
  const std::string page = html_report(full_report());
  for (const char* foreign : {"http:", "https:", "<script", "src=", "url(", "@import", "<link", "onload"}) {
    EXPECT_THAT(page, Not(HasSubstr(foreign)));
  }
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, HasSubstr("width=device-width"));
}

TEST(HtmlReport, EveryElementIsClosed) {
  EXPECT_EQ(unbalanced(html_report(full_report())), "");
  EXPECT_EQ(unbalanced("<p><b></p></b>"), "unexpected </p>") << "the check itself works";
  Results quick = run({measurement("a", 1e-9)});
  quick.quick = true;
  EXPECT_EQ(unbalanced(html_report(analyse(quick, std::nullopt, {}))), "");
}

TEST(HtmlReport, HoldsIndexPlotsComparisonTargetsAndMachine) {
  const std::string page = html_report(full_report());
  for (const char* word :
       {"id=\"index\"", "href=\"#b1\"", "id=\"b1\"", "id=\"machine\"", "id=\"targets\"", "Distribution",
        "Samples over time", "class=\"before\"", "regressed", "compared with <code>old</code>",
        "not run, because", "Test CPU &lt;1&gt;", "dot severe", "differs in flags", "8.000 GiB"}) {
    EXPECT_THAT(page, HasSubstr(word));
  }
}

TEST(HtmlReport, NamesAndReasonsAreEscaped) {
  const std::string page = html_report(full_report());
  EXPECT_THAT(page, Not(HasSubstr("<plain>")));
  EXPECT_THAT(page, Not(HasSubstr("<b>label")));
  EXPECT_THAT(page, HasSubstr("telnet/decode/&lt;plain&gt; &amp; &quot;more&quot;"));
  EXPECT_EQ(escape_html("a\x1b[1m'b'"), "a [1m&#39;b&#39;");
}

TEST(HtmlReport, AQuickRunSaysSoOnTop) {
  Results quick = run({measurement("session_new", 1e-9)});
  quick.quick = true;
  const std::string page = html_report(analyse(quick, std::nullopt, {}));
  EXPECT_THAT(page, HasSubstr("<title>Quick run: "));
  EXPECT_THAT(page, HasSubstr("class=\"quick\""));
  EXPECT_THAT(page, HasSubstr("Targets (quick run)"));
}

TEST(HtmlPlot, SevereOutliersAreDrawnAtTheEdge) {
  const Report report = full_report();
  const PlotRange range = plot_range(report.analyses[0]);
  EXPECT_LT(range.high, 150e-9) << "the sample of 400 ns does not squeeze the rest";
  EXPECT_THAT(samples_plot(report.analyses[0]), HasSubstr("<polygon class=\"dot severe\""));
  EXPECT_TRUE(range.contains(60e-9)) << "the baseline is in the picture";
}

TEST(HtmlPlot, EqualSamplesAndSingleSamplesAreDrawn) {
  Measurement constant = measurement("a", 1e-6);
  for (Sample& sample : constant.samples) sample.seconds = 1e-6 * static_cast<double>(sample.iterations);
  Measurement single = measurement("b", 2);
  single.samples.resize(1);
  Measurement nothing = measurement("c", 0);
  const Report report = analyse(run({constant, single, nothing}), std::nullopt, {});
  for (const Analysis& analysis : report.analyses) {
    for (const std::string& plot : {density_plot(analysis), samples_plot(analysis)}) {
      EXPECT_EQ(unbalanced(plot), "");
      EXPECT_THAT(plot, Not(HasSubstr("nan")));
      EXPECT_THAT(plot, Not(HasSubstr("inf")));
    }
  }
}

TEST(HtmlPlot, TicksAreRoundNumbers) {
  EXPECT_EQ(ticks(0, 10, 6), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  const std::vector<double> small = ticks(97.13, 99.02, 5);
  ASSERT_GE(small.size(), 3U);
  EXPECT_NEAR(small[0], 97.5, 1e-9);
  EXPECT_NEAR(small[1], 98.0, 1e-9);
  EXPECT_TRUE(ticks(5, 5, 5).empty());
  for (double high = 1e-9; high < 1e9; high *= 3.7) EXPECT_LE(ticks(0, high, 5).size(), 6U);
}

}  // namespace
}  // namespace wyld::bench
