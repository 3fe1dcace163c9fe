#pragma once
// Runs kept as JSON files, so that a later run can be compared with them: NAME is DIRECTORY/NAME.json.
// The same document, with the analysis added, is what --json prints, so any kept result can be a baseline.
//
// Errors   sentences that name the file and what to do; a file of a later format is refused, not guessed at.

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/results.h"

namespace wyld::bench {

inline constexpr int kFormat = 1;

// Letters, digits, '-', '_' and '.', not first; at most 64: a name is a file name and nothing more.
[[nodiscard]] bool is_baseline_name(std::string_view name);

// The name under which the last run of `filter` is kept: "last", or "last-" with the filter's letters and a
// hash.
[[nodiscard]] std::string last_run_name(std::string_view filter);

[[nodiscard]] boost::json::object to_json(const Results& run);
// With one measurement a line, so that two files can be compared by eye.
[[nodiscard]] std::string to_text(const boost::json::object& document);
[[nodiscard]] Expected<Results> parse_run(std::string_view text);

// Replaces the file as a whole: a reader sees the old or the new one.
[[nodiscard]] Expected<std::filesystem::path> save_baseline(const std::filesystem::path& directory,
                                                            const std::string& name, const Results& run);
[[nodiscard]] Expected<Results> load_baseline(const std::filesystem::path& directory,
                                              const std::string& name);
// The later of the last run of `filter` and the last one of everything; nothing when there is neither, or
// `trouble` when the files cannot be read.
[[nodiscard]] std::optional<Results> load_last_run(const std::filesystem::path& directory,
                                                   std::string_view filter, std::string& trouble);
[[nodiscard]] std::vector<std::string> saved_baselines(const std::filesystem::path& directory);

// Also used for the reports.
[[nodiscard]] Expected<std::filesystem::path> write_file(const std::filesystem::path& path,
                                                         std::string_view text);

}  // namespace wyld::bench
