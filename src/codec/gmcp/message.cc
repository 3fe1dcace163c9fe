#include "codec/gmcp/message.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <optional>

namespace wyld::gmcp {
namespace {

constexpr std::string_view kSupportsSet = "Core.Supports.Set";
constexpr std::string_view kSupportsAdd = "Core.Supports.Add";
constexpr std::string_view kSupportsRemove = "Core.Supports.Remove";

namespace json = boost::json;

namespace saved {
enum : std::uint32_t { kPackage = 1 };  // a list of "Room 1"
}

// Takes every event of the parser and keeps nothing: only the grammar is of interest.
struct NullHandler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  using Code = json::error_code;
  static bool on_document_begin(Code&) { return true; }
  static bool on_document_end(Code&) { return true; }
  static bool on_object_begin(Code&) { return true; }
  static bool on_object_end(std::size_t, Code&) { return true; }
  static bool on_array_begin(Code&) { return true; }
  static bool on_array_end(std::size_t, Code&) { return true; }
  static bool on_key_part(json::string_view, std::size_t, Code&) { return true; }
  static bool on_key(json::string_view, std::size_t, Code&) { return true; }
  static bool on_string_part(json::string_view, std::size_t, Code&) { return true; }
  static bool on_string(json::string_view, std::size_t, Code&) { return true; }
  static bool on_number_part(json::string_view, Code&) { return true; }
  static bool on_int64(std::int64_t, json::string_view, Code&) { return true; }
  static bool on_uint64(std::uint64_t, json::string_view, Code&) { return true; }
  static bool on_double(double, json::string_view, Code&) { return true; }
  static bool on_bool(bool, Code&) { return true; }
  static bool on_null(Code&) { return true; }
  static bool on_comment_part(json::string_view, Code&) { return true; }
  static bool on_comment(json::string_view, Code&) { return true; }
};

json::parse_options options() {
  json::parse_options options;
  options.max_depth = kBodyDepthMax;
  return options;
}

char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

// The strings of a JSON array; nothing when `body` is no array.
std::optional<std::vector<std::string>> array_of_strings(std::string_view body) {
  json::error_code error;
  const json::value value = json::parse(json::string_view(body.data(), body.size()), error, {}, options());
  if (error || !value.is_array()) return std::nullopt;
  std::vector<std::string> strings;
  for (const json::value& element : value.get_array()) {
    if (strings.size() == kSupportsMax) break;
    if (element.is_string()) strings.emplace_back(element.get_string().data(), element.get_string().size());
  }
  return strings;
}

std::string_view package_of(std::string_view element) noexcept {
  return element.substr(0, element.find(' '));
}

std::uint32_t version_in(std::string_view element) noexcept {
  const std::size_t space = element.find(' ');
  if (space == std::string_view::npos) return 1;
  std::uint32_t version = 1;
  const std::string_view digits = element.substr(space + 1);
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  return result.ec == std::errc{} ? version : 1;
}

}  // namespace

bool valid_package(std::string_view package) noexcept {
  return !package.empty() && package.size() <= kPackageBytesMax &&
         std::all_of(package.begin(), package.end(), [](char byte) {
           return (byte >= '0' && byte <= '9') || (lower(byte) >= 'a' && lower(byte) <= 'z') || byte == '_' ||
                  byte == '.' || byte == '-';
         });
}

bool valid_body(std::string_view body) {
  if (body.empty()) return true;
  json::basic_parser<NullHandler> parser(options());
  json::error_code error;
  const std::size_t used = parser.write_some(false, body.data(), body.size(), error);
  return !error && used == body.size();
}

std::string_view as_json(std::string_view body, std::string& scratch) {
  if (valid_body(body)) return body;
  scratch.clear();
  bool in_string = false;
  bool escaped = false;
  for (const char byte : body) {
    if (in_string && static_cast<unsigned char>(byte) < 0x20) {
      constexpr std::string_view kHex = "0123456789abcdef";
      scratch += "\\u00";
      scratch += kHex[static_cast<unsigned char>(byte) >> 4U];
      scratch += kHex[static_cast<unsigned char>(byte) & 15U];
      escaped = false;
      continue;
    }
    scratch += byte;
    if (byte == '"' && !escaped) in_string = !in_string;
    escaped = in_string && byte == '\\' && !escaped;
  }
  if (valid_body(scratch)) return scratch;
  scratch = json::serialize(json::string_view(body.data(), body.size()));
  return scratch;
}

bool same_package(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

bool is_part_of(std::string_view package, std::string_view module) noexcept {
  return package.size() >= module.size() && same_package(package.substr(0, module.size()), module) &&
         (package.size() == module.size() || package[module.size()] == '.');
}

bool Supports::concerns(std::string_view package) noexcept {
  return same_package(package, kSupportsSet) || same_package(package, kSupportsAdd) ||
         same_package(package, kSupportsRemove);
}

bool Supports::apply(std::string_view package, std::string_view body) {
  if (same_package(package, kSupportsSet)) return set(body);
  if (same_package(package, kSupportsAdd)) return add(body);
  return same_package(package, kSupportsRemove) && remove(body);
}

bool Supports::set(std::string_view body) {
  const auto elements = array_of_strings(body);
  if (!elements) return false;
  entries_.clear();
  for (const std::string& element : *elements) put({std::string(package_of(element)), version_in(element)});
  return true;
}

bool Supports::add(std::string_view body) {
  const auto elements = array_of_strings(body);
  if (!elements) return false;
  for (const std::string& element : *elements) put({std::string(package_of(element)), version_in(element)});
  return true;
}

bool Supports::remove(std::string_view body) {
  const auto elements = array_of_strings(body);
  if (!elements) return false;
  for (const std::string& element : *elements) {
    std::erase_if(entries_,
                  [&](const Entry& entry) { return same_package(entry.package, package_of(element)); });
  }
  return true;
}

bool Supports::remove_if_part_of(std::string_view module) {
  return std::erase_if(entries_, [&](const Entry& entry) { return is_part_of(entry.package, module); }) > 0;
}

std::uint32_t Supports::version_of(std::string_view package) const noexcept {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& it) { return same_package(it.package, package); });
  return found == entries_.end() ? 0 : found->version;
}

void Supports::put(const Entry& entry) {
  if (!valid_package(entry.package)) return;
  const auto known = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& it) { return same_package(it.package, entry.package); });
  if (known != entries_.end()) {
    known->version = entry.version;
  } else if (entries_.size() < kSupportsMax) {
    entries_.push_back(entry);
  }
}

void Supports::save(archive::Writer& out) const {
  for (const Entry& entry : entries_)
    out.element(saved::kPackage, entry.package + ' ' + std::to_string(entry.version));
}

void Supports::load(archive::Reader& in) {
  Supports fresh;
  while (in.next()) {
    if (in.tag() != saved::kPackage) continue;
    const std::string_view element = in.bytes();
    in.require(valid_package(package_of(element)), "a package has no valid name");
    in.require(fresh.entries_.size() < kSupportsMax, "there are too many packages");
    if (in.ok()) fresh.put({std::string(package_of(element)), version_in(element)});
  }
  if (in.ok()) *this = std::move(fresh);
}

std::string Supports::to_json() const {
  std::string text = "[";
  for (const Entry& entry : entries_) {  // valid_package() left nothing that needs escaping
    if (text.size() > 1) text += ',';
    text += '"' + entry.package + ' ' + std::to_string(entry.version) + '"';
  }
  return text + ']';
}

}  // namespace wyld::gmcp
