#include "bench/harness/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace wyld::bench {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::pair<std::string_view, std::string Environment::*> kEnvironmentTexts[] = {
    {"commit", &Environment::commit},
    {"compiler", &Environment::compiler},
    {"build_type", &Environment::build_type},
    {"flags", &Environment::flags},
    {"host", &Environment::host},
    {"processor", &Environment::processor},
    {"system", &Environment::system},
    {"date", &Environment::date}};
constexpr std::pair<std::string_view, std::int64_t Environment::*> kEnvironmentNumbers[] = {
    {"processors", &Environment::processors}, {"memory_bytes", &Environment::memory_bytes}};

// Everything below throws what Boost.JSON throws; parse_run() turns it into a sentence.
std::string text_at(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found == nullptr ? std::string() : json::value_to<std::string>(*found);
}

double number_at(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found == nullptr ? 0 : found->to_number<double>();
}

json::object measurement_to_json(const Measurement& measurement) {
  json::object object{{"name", measurement.name}};
  if (!measurement.not_run.empty()) object["not_run"] = measurement.not_run;
  if (!measurement.label.empty()) object["label"] = measurement.label;
  if (measurement.items_per_iteration > 0) object["items_per_iteration"] = measurement.items_per_iteration;
  if (measurement.bytes_per_iteration > 0) object["bytes_per_iteration"] = measurement.bytes_per_iteration;
  if (!measurement.counters.empty()) {
    json::object counters;
    for (const auto& [name, value] : measurement.counters) {
      // JSON has no word for "not a number"; a counter without a value is left out.
      if (std::isfinite(value)) counters[name] = value;
    }
    object["counters"] = std::move(counters);
  }
  json::array iterations;
  json::array seconds;
  json::array rounds;
  for (const Sample& sample : measurement.samples) {
    iterations.emplace_back(sample.iterations);
    seconds.emplace_back(sample.seconds);
    rounds.emplace_back(sample.round);
  }
  object["iterations"] = std::move(iterations);
  object["seconds"] = std::move(seconds);
  object["rounds"] = std::move(rounds);
  object["pace"] = json::array(measurement.pace.begin(), measurement.pace.end());
  return object;
}

Measurement measurement_from_json(const json::object& object) {
  Measurement measurement;
  measurement.name = text_at(object, "name");
  measurement.not_run = text_at(object, "not_run");
  measurement.label = text_at(object, "label");
  measurement.items_per_iteration = number_at(object, "items_per_iteration");
  measurement.bytes_per_iteration = number_at(object, "bytes_per_iteration");
  if (const json::value* counters = object.if_contains("counters")) {
    for (const auto& [name, value] : counters->as_object()) {
      measurement.counters[std::string(name)] = value.to_number<double>();
    }
  }
  for (const json::value& seconds : object.at("pace").as_array()) {
    measurement.pace.push_back(seconds.to_number<double>());
  }
  const json::array& iterations = object.at("iterations").as_array();
  const json::array& seconds = object.at("seconds").as_array();
  const json::array& rounds = object.at("rounds").as_array();
  if (iterations.size() != seconds.size() || iterations.size() != rounds.size())
    throw std::invalid_argument("iterations, seconds and rounds differ in number");
  for (std::size_t index = 0; index < iterations.size(); ++index) {
    const Sample sample{iterations[index].to_number<std::int64_t>(), seconds[index].to_number<double>(),
                        rounds[index].to_number<std::int64_t>()};
    if (sample.iterations <= 0 || sample.seconds < 0)
      throw std::invalid_argument("a sample without iterations");
    measurement.samples.push_back(sample);
  }
  return measurement;
}

Results run_from_json(const json::object& document) {
  Results run;
  run.quick = document.at("quick").as_bool();
  const json::object& environment = document.at("environment").as_object();
  for (const auto& [key, member] : kEnvironmentTexts) run.environment.*member = text_at(environment, key);
  for (const auto& [key, member] : kEnvironmentNumbers) {
    run.environment.*member = environment.at(key).to_number<std::int64_t>();
  }
  for (const json::value& measurement : document.at("benchmarks").as_array()) {
    run.measurements.push_back(measurement_from_json(measurement.as_object()));
  }
  return run;
}

}  // namespace

bool is_baseline_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '.') return false;
  return std::ranges::all_of(name, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.';
  });
}

std::string last_run_name(std::string_view filter) {
  constexpr std::size_t kLettersMax = 40;
  if (filter.empty()) return "last";
  std::string letters;
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char letter : filter) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619U;
    if (letters.size() < kLettersMax) letters += is_baseline_name({&letter, 1}) ? letter : '_';
  }
  return fmt::format("last-{}-{:08x}", letters, hash);
}

json::object to_json(const Results& run) {
  json::object environment;
  for (const auto& [key, member] : kEnvironmentTexts) environment[key] = run.environment.*member;
  for (const auto& [key, member] : kEnvironmentNumbers) environment[key] = run.environment.*member;
  json::array benchmarks;
  for (const Measurement& measurement : run.measurements)
    benchmarks.push_back(measurement_to_json(measurement));
  return {{"format", kFormat},
          {"quick", run.quick},
          {"environment", std::move(environment)},
          {"benchmarks", std::move(benchmarks)}};
}

std::string to_text(const json::object& document) {
  std::string text = "{";
  for (const auto& [key, value] : document) {
    text += fmt::format("{}\n\"{}\": ", text.size() > 1 ? "," : "", std::string_view(key));
    const json::array* rows = value.if_array();
    if (rows == nullptr || rows->empty()) {
      text += json::serialize(value);
      continue;
    }
    for (std::size_t index = 0; index < rows->size(); ++index) {
      text += index == 0 ? "[\n  " : ",\n  ";
      text += json::serialize((*rows)[index]);
    }
    text += "\n]";
  }
  return text + "\n}\n";
}

Expected<Results> parse_run(std::string_view text) {
  try {
    const json::value document = json::parse(text);
    const auto format = document.as_object().at("format").to_number<int>();
    if (format != kFormat) {
      return std::unexpected(fmt::format("it has format {}, this program reads format {}", format, kFormat));
    }
    return run_from_json(document.as_object());
  } catch (const std::exception& error) {
    return std::unexpected(fmt::format("it is not a result of this suite ({})", error.what()));
  }
}

Expected<fs::path> write_file(const fs::path& path, std::string_view text) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (error) {
    return std::unexpected(
        fmt::format("cannot make the directory {}: {}", path.parent_path().string(), error.message()));
  }
  fs::path partial = path;
  partial += ".partial";
  {
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file) return std::unexpected(fmt::format("cannot write {}", partial.string()));
  }
  fs::rename(partial, path, error);
  if (error) return std::unexpected(fmt::format("cannot write {}: {}", path.string(), error.message()));
  return path;
}

Expected<fs::path> save_baseline(const fs::path& directory, const std::string& name, const Results& run) {
  return write_file(directory / (name + ".json"), to_text(to_json(run)));
}

Expected<Results> load_baseline(const fs::path& directory, const std::string& name) {
  const fs::path path = directory / (name + ".json");
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::string known;
    for (const std::string& saved : saved_baselines(directory)) known += (known.empty() ? "" : ", ") + saved;
    return std::unexpected(
        fmt::format("there is no baseline '{}' in {} ({}); make one with --save-baseline {}", name,
                    directory.string(), known.empty() ? "none is saved" : "saved: " + known, name));
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  Expected<Results> run = parse_run(text);
  if (!run) return std::unexpected(fmt::format("cannot read {}: {}", path.string(), run.error()));
  run->baseline_name = name;
  return run;
}

std::optional<Results> load_last_run(const fs::path& directory, std::string_view filter,
                                     std::string& trouble) {
  std::optional<Results> last;
  for (const std::string& name : {last_run_name(filter), last_run_name("")}) {
    if (!fs::exists(directory / (name + ".json"))) continue;
    Expected<Results> run = load_baseline(directory, name);
    if (!run) {
      trouble = run.error();
    } else if (!last || run->environment.date > last->environment.date) {
      last = std::move(*run);
    }
  }
  return last;
}

std::vector<std::string> saved_baselines(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".json") names.push_back(entry->path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace wyld::bench
