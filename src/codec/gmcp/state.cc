#include "codec/gmcp/state.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "codec/gmcp/message.h"

namespace wyld::gmcp {
namespace {

namespace json = boost::json;

struct Row {
  std::string_view package;
  Meaning meaning;
};

// Lists that other packages add to and remove from (Char.Items, Room.Players) are events: without what came
// after it, such a list would be wrong.
constexpr std::array kRows = {
    Row{"Char.Base", Meaning::kFields},        Row{"Char.MaxStats", Meaning::kFields},
    Row{"Char.Name", Meaning::kState},         Row{"Char.Stats", Meaning::kFields},
    Row{"Char.Status", Meaning::kFields},      Row{"Char.StatusVars", Meaning::kFields},
    Row{"Char.Vitals", Meaning::kFields},      Row{"Char.Worth", Meaning::kFields},
    Row{"Comm.Channel.List", Meaning::kState}, Row{"Group", Meaning::kState},
    Row{"Room.Info", Meaning::kState},         Row{"Room.Map", Meaning::kState},
    Row{"World.Time", Meaning::kState},
};

json::value parse(std::string_view body) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = kBodyDepthMax;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error, {}, options);
  return error ? json::value() : value;
}

}  // namespace

Meaning meaning_of(std::string_view package) noexcept {
  const auto found =
      std::ranges::find_if(kRows, [package](const Row& row) { return same_package(row.package, package); });
  return found == kRows.end() ? Meaning::kEvent : found->meaning;
}

std::string merge_fields(std::string_view state, std::string_view change) {
  json::value before = parse(state);
  const json::value after = parse(change);
  if (!before.is_object() || !after.is_object()) return std::string(change);
  json::object& fields = before.get_object();
  for (const json::key_value_pair& field : after.get_object()) fields[field.key()] = field.value();
  return json::serialize(before);
}

}  // namespace wyld::gmcp
