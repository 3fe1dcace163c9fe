#include "bench/harness/json_report.h"

#include <boost/json.hpp>
#include <cstddef>
#include <utility>

#include "bench/harness/baseline.h"

namespace wyld::bench {
namespace {

namespace json = boost::json;

json::array to_json(const Interval& interval) { return {interval.low, interval.estimate, interval.high}; }

json::object to_json(const Analysis& analysis) {
  json::object object{{"time", to_json(analysis.time)},
                      {"slope", to_json(analysis.slope)},
                      {"throughput", to_json(analysis.throughput)},
                      {"mean", analysis.mean},
                      {"median", analysis.median},
                      {"standard_deviation", analysis.standard_deviation},
                      {"median_absolute_deviation", analysis.median_absolute_deviation},
                      {"outliers",
                       {{"low_severe", analysis.outliers.low_severe},
                        {"low_mild", analysis.outliers.low_mild},
                        {"high_mild", analysis.outliers.high_mild},
                        {"high_severe", analysis.outliers.high_severe}}}};
  if (analysis.change) {
    object["change"] = {{"relative", to_json(analysis.change->relative)},
                        {"p_value", analysis.change->p_value},
                        {"machine", analysis.machine_change},
                        {"verdict", std::string(to_string(analysis.change->verdict))}};
    if (analysis.taken_back)
      object["change"].as_object()["taken_back"] = std::string(to_string(*analysis.taken_back));
  } else if (!analysis.no_verdict.empty()) {
    object["no_verdict"] = analysis.no_verdict;
  }
  return object;
}

json::object to_json(const TargetResult& result) {
  json::object object{{"operation", std::string(result.target.operation)},
                      {"benchmark", std::string(result.target.benchmark)},
                      {"source", std::string(to_string(result.target.source))},
                      {"target", format_target(result.target)},
                      {"value", result.target.value},
                      {"outcome", std::string(to_string(result.outcome))}};
  if (result.measured) object["measured"] = *result.measured;
  return object;
}

}  // namespace

std::string json_report(const Report& report) {
  json::object document = to_json(report.run);
  json::array& benchmarks = document["benchmarks"].as_array();
  for (std::size_t index = 0; index < benchmarks.size(); ++index) {
    const Analysis& analysis = report.analyses[index];
    if (analysis.measurement.measured()) benchmarks[index].as_object()["analysis"] = to_json(analysis);
  }
  json::array targets;
  for (const TargetResult& result : report.targets) targets.push_back(to_json(result));
  document["targets"] = std::move(targets);
  if (report.baseline) {
    document["baseline"] = {{"name", report.baseline->baseline_name},
                            {"commit", report.baseline->environment.commit},
                            {"date", report.baseline->environment.date}};
  }
  json::array warnings;
  for (const std::string& warning : report.warnings) warnings.emplace_back(warning);
  document["warnings"] = std::move(warnings);
  return to_text(document);
}

}  // namespace wyld::bench
