#pragma once
// The command line of wyldgate-bench. One table in options.cc holds name, value and help of each option.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <regex>
#include <span>
#include <string>
#include <string_view>

#include "bench/harness/results.h"

namespace wyld::bench {

struct Options {
  // A regular expression that matches anywhere in a name; a plain word is one too.
  std::string filter;
  bool help = false;
  bool list = false;
  // Tiny samples that only show that each benchmark works. Every output says so.
  bool quick = false;
  bool verbose = false;

  std::string save_baseline;
  std::string baseline;
  // Compares with the last full run of the same filter, or of everything, and keeps this one as the last. A
  // `baseline` is compared with instead.
  bool against_last = false;
  // Reports these saved results in place of measuring.
  std::string load_baseline;
  std::filesystem::path baseline_directory = "build/bench/baselines";

  double noise_threshold = 0.01;
  // More samples narrow the intervals with the square root of their number.
  std::size_t sample_size = 50;
  // Aimed at for each benchmark, without its set-up. Longer samples hide a busy machine better.
  double measurement_seconds = 2;

  bool json = false;
  std::optional<std::filesystem::path> json_file;  // without it, standard output in place of the text
  std::optional<std::filesystem::path> html_directory;

  // Exit 1 when a benchmark regressed by at least this much.
  std::optional<double> fail_on_regressed;
  // Exit 1 when a target is missed.
  bool fail_on_missed = false;

  // The PostgreSQL database of the store's benchmarks; without it they look at DATABASE_URL's name. Empty:
  // DATABASE_URL's, whatever its name is.
  std::optional<std::string> database;

  std::string commit;
};

inline constexpr std::size_t kSampleSizeMin = 5;
inline constexpr std::size_t kSampleSizeMax = 10'000;

// `arguments` without the program's name. The error is one line for standard error; exit code 2.
[[nodiscard]] Expected<Options> parse_options(std::span<const std::string> arguments);
[[nodiscard]] std::string usage();

// "5%" or "0.05", from 0 to under 10 (1000 %).
[[nodiscard]] std::optional<double> parse_share(std::string_view text);

}  // namespace wyld::bench
