#include "world/grpc/core/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "world/grpc/core/wire.h"

namespace wyld::grpc_world {
namespace {

namespace json = boost::json;
using wire::Field;
using wire::Nested;
using wire::Reader;
using wire::Type;

// The members of Value's oneof.
constexpr std::uint32_t kNull = 1;
constexpr std::uint32_t kBoolean = 2;
constexpr std::uint32_t kNumber = 3;
constexpr std::uint32_t kInteger = 4;
constexpr std::uint32_t kText = 5;
constexpr std::uint32_t kList = 6;
constexpr std::uint32_t kMap = 7;

void put_kind(std::string& out, std::uint32_t kind, std::uint64_t value) {
  wire::put_tag(out, kind, Type::kVarint);
  wire::put_varint(out, value);
}

[[nodiscard]] bool put_number(std::string& out, double number) {
  if (!std::isfinite(number)) return false;
  wire::put_tag(out, kNumber, Type::kFixed64);
  const auto bits = std::bit_cast<std::uint64_t>(number);
  out.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
  return true;
}

[[nodiscard]] bool put_value(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      put_kind(out, kNull, 1);
      return true;
    case json::kind::bool_:
      put_kind(out, kBoolean, value.get_bool() ? 1 : 0);
      return true;
    case json::kind::int64:
      put_kind(out, kInteger, static_cast<std::uint64_t>(value.get_int64()));
      return true;
    case json::kind::uint64:
      return put_number(out, static_cast<double>(value.get_uint64()));
    case json::kind::double_:
      return put_number(out, value.get_double());
    case json::kind::string:
      wire::put_bytes_always(out, kText, {value.get_string().data(), value.get_string().size()});
      return true;
    case json::kind::array: {
      const Nested list(out, kList);
      for (const json::value& element : value.get_array()) {
        const Nested one(out, 1);
        if (!put_value(out, element)) return false;
      }
      return true;
    }
    case json::kind::object: {
      const Nested map(out, kMap);
      for (const auto& field : value.get_object()) {
        const Nested entry(out, 1);
        wire::put_bytes(out, 1, {field.key().data(), field.key().size()});
        const Nested one(out, 2);
        if (!put_value(out, field.value())) return false;
      }
      return true;
    }
  }
  return false;
}

void put_json_text(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char byte : text) {
    switch (byte) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      default:
        if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(byte));
        } else {
          out.push_back(byte);
        }
    }
  }
  out.push_back('"');
}

// Writes one Value as JSON.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out), begin_(out.size()) {}

  [[nodiscard]] bool write(std::string_view value, std::size_t depth) {
    Field kind;
    Field field;
    Reader reader(value);
    while (reader.next(field)) {
      if (is_kind(field)) kind = field;
    }
    if (!reader.ok() || out_.size() - begin_ > kValueBytesMax) return false;
    switch (kind.number) {
      case kBoolean:
        out_ += kind.value != 0 ? "true" : "false";
        return true;
      case kNumber:
        if (!std::isfinite(kind.as_double())) return false;
        fmt::format_to(std::back_inserter(out_), "{}", kind.as_double());
        return true;
      case kInteger:
        fmt::format_to(std::back_inserter(out_), "{}", static_cast<std::int64_t>(kind.value));
        return true;
      case kText:
        if (!is_valid_utf8(kind.bytes)) return false;
        put_json_text(out_, kind.bytes);
        return true;
      case kList:
        return depth < kValueDepthMax && write_list(kind.bytes, depth + 1);
      case kMap:
        return depth < kValueDepthMax && write_map(kind.bytes, depth + 1);
      default:
        out_ += "null";
        return true;
    }
  }

 private:
  static bool is_kind(const Field& field) noexcept {
    switch (field.number) {
      case kNull:
      case kBoolean:
      case kInteger:
        return field.type == Type::kVarint;
      case kNumber:
        return field.type == Type::kFixed64;
      case kText:
      case kList:
      case kMap:
        return field.type == Type::kBytes;
      default:
        return false;
    }
  }

  [[nodiscard]] bool write_list(std::string_view list, std::size_t depth) {
    out_.push_back('[');
    Reader reader(list);
    Field field;
    bool first = true;
    while (reader.next(field)) {
      if (!field.is(1, Type::kBytes)) continue;
      if (!std::exchange(first, false)) out_.push_back(',');
      if (!write(field.bytes, depth)) return false;
    }
    out_.push_back(']');
    return reader.ok();
  }

  [[nodiscard]] bool write_map(std::string_view map, std::size_t depth) {
    struct Entry {
      std::string_view key;
      std::string_view value;
      std::size_t place = 0;
    };
    std::vector<Entry> entries;
    Reader reader(map);
    Field field;
    while (reader.next(field)) {
      if (!field.is(1, Type::kBytes)) continue;
      Entry& entry = entries.emplace_back();
      entry.place = entries.size();
      Reader parts(field.bytes);
      Field part;
      while (parts.next(part)) {
        if (part.is(1, Type::kBytes)) entry.key = part.bytes;
        if (part.is(2, Type::kBytes)) entry.value = part.bytes;
      }
      if (!parts.ok() || !is_valid_utf8(entry.key)) return false;
    }
    if (!reader.ok()) return false;
    // By name, and of one name the last first, which is the one that stays.
    std::ranges::sort(entries, [](const Entry& left, const Entry& right) {
      return left.key != right.key ? left.key < right.key : left.place > right.place;
    });
    const auto doubled = std::ranges::unique(
        entries, [](const Entry& left, const Entry& right) { return left.key == right.key; });
    entries.erase(doubled.begin(), doubled.end());
    out_.push_back('{');
    bool first = true;
    for (const Entry& entry : entries) {
      if (!std::exchange(first, false)) out_.push_back(',');
      put_json_text(out_, entry.key);
      out_.push_back(':');
      if (!write(entry.value, depth)) return false;
    }
    out_.push_back('}');
    return true;
  }

  std::string& out_;
  std::size_t begin_;
};

}  // namespace

bool append_value(std::string_view text, std::string& out) {
  if (text.size() > kValueBytesMax) return false;
  const std::size_t before = out.size();
  json::parse_options options;
  options.max_depth = kValueDepthMax;
  json::error_code error;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error || !put_value(out, value) || out.size() - before > kValueBytesMax) {
    out.resize(before);
    return false;
  }
  return true;
}

bool append_json(std::string_view value, std::string& out) {
  const std::size_t before = out.size();
  if (value.size() > kValueBytesMax || !JsonWriter(out).write(value, 0) ||
      out.size() - before > kValueBytesMax) {
    out.resize(before);
    return false;
  }
  return true;
}

}  // namespace wyld::grpc_world
