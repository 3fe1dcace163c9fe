#pragma once
// The table of settings as text for people: a file to start from, the values in force, the manual.

#include <string>

#include "config/load.h"

namespace wyld::config {

// A file with every setting, explained, commented out at its default: valid TOML that changes nothing.
[[nodiscard]] std::string default_file();

// Every setting with its value and, as a comment, where the value came from. Loading it gives the same
// settings, except for passwords in URLs, which are not shown.
[[nodiscard]] std::string effective_file(const Loaded& loaded);

// The reference part of docs/configuration.md, in Markdown.
[[nodiscard]] std::string manual();

}  // namespace wyld::config
