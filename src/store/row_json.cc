#include "store/row_json.h"

#include <array>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>

#include "base/utf8.h"

namespace wyld::store {
namespace {

namespace json = boost::json;

constexpr std::string_view kNothing = "{}";
constexpr std::array<std::string_view, 3> kCharsetNames{"utf-8", "latin-1", "ascii"};

// Where the nodes of one small document live while it is read or written.
class Scratch {
 public:
  [[nodiscard]] json::storage_ptr storage() noexcept { return &resource_; }

 private:
  std::array<unsigned char, 4096> bytes_;
  json::monotonic_resource resource_{bytes_.data(), bytes_.size()};
};

// Collects what differs from a default.
class Writer {
 public:
  void text(std::string_view key, std::string_view value) {
    if (!is_valid_utf8(key) || !is_valid_utf8(value)) valid_ = false;
    object_[json::string_view(key)] = json::string_view(value);
  }
  template <typename T>
  void value(std::string_view key, T value, T otherwise) {
    if (value != otherwise) object_[json::string_view(key)] = value;
  }
  [[nodiscard]] Result<std::string> finish() const {
    if (!valid_) return fail(ErrorCode::kInvalidArgument, "a text of the session is not UTF-8");
    return json::serialize(object_);
  }

 private:
  Scratch scratch_;
  json::object object_{scratch_.storage()};
  bool valid_ = true;
};

// Takes known keys out of an object.
class Reader {
 public:
  explicit Reader(std::string_view text) {
    json::error_code error;
    value_ = json::parse(json::string_view(text), error, scratch_.storage());
    object_ = error ? nullptr : value_.if_object();
    valid_ = object_ != nullptr;
  }

  void text(std::string_view key, std::string& into) {
    const json::value* const found = find(key);
    if (found == nullptr) return;
    if (const json::string* const string = found->if_string())
      into.assign(string->data(), string->size());
    else
      valid_ = false;
  }
  void flag(std::string_view key, bool& into) {
    const json::value* const found = find(key);
    if (found == nullptr) return;
    if (const bool* const flag = found->if_bool())
      into = *flag;
    else
      valid_ = false;
  }
  template <typename T>
  void number(std::string_view key, T& into) {
    const json::value* const found = find(key);
    if (found == nullptr) return;
    json::error_code error;
    const T number = found->to_number<T>(error);  // an error also when it does not fit
    if (error)
      valid_ = false;
    else
      into = number;
  }

  [[nodiscard]] bool valid() const noexcept { return valid_; }
  [[nodiscard]] const json::object* object() const noexcept { return object_; }
  void reject() noexcept { valid_ = false; }

 private:
  const json::value* find(std::string_view key) const {
    return object_ == nullptr ? nullptr : object_->if_contains(json::string_view(key));
  }

  Scratch scratch_;
  json::value value_;
  const json::object* object_ = nullptr;
  bool valid_ = true;
};

}  // namespace

std::optional<session::State> parse_state(std::string_view name) noexcept {
  for (std::size_t i = 0; i < session::kStateCount; ++i)
    if (const auto state = static_cast<session::State>(i); session::state_name(state) == name) return state;
  return std::nullopt;
}

std::optional<session::Protocol> parse_protocol(std::string_view name) noexcept {
  for (std::size_t i = 0; i < session::kProtocolCount; ++i)
    if (const auto protocol = static_cast<session::Protocol>(i); session::protocol_name(protocol) == name)
      return protocol;
  return std::nullopt;
}

std::string account_key(std::string_view name) {
  std::string key(name);
  for (char& c : key)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return key;
}

Result<std::string> capabilities_json(const Capabilities& capabilities) {
  if (capabilities == Capabilities{}) return std::string(kNothing);
  Writer out;
  const auto text = [&out](std::string_view key, std::string_view value) {
    if (!value.empty()) out.text(key, value);
  };
  text("client_name", capabilities.client_name);
  text("client_version", capabilities.client_version);
  text("terminal_type", capabilities.terminal_type);
  out.value("mtts", capabilities.mtts, 0U);
  out.value<std::uint32_t>("columns", capabilities.window.columns, 0);
  out.value<std::uint32_t>("rows", capabilities.window.rows, 0);
  if (capabilities.charset != Charset::kUtf8)
    out.text("charset", kCharsetNames.at(static_cast<std::size_t>(capabilities.charset)));
  out.value("charset_agreed", capabilities.charset_agreed, false);
  out.value("gmcp", capabilities.gmcp, false);
  return out.finish();
}

Result<std::string> metadata_json(const Metadata& metadata) {
  if (metadata.empty()) return std::string(kNothing);
  Writer out;
  for (const auto& [key, value] : metadata) out.text(key, value);
  return out.finish();
}

Result<Capabilities> parse_capabilities(std::string_view json) {
  Capabilities capabilities;
  if (json == kNothing) return capabilities;
  Reader in(json);
  in.text("client_name", capabilities.client_name);
  in.text("client_version", capabilities.client_version);
  in.text("terminal_type", capabilities.terminal_type);
  in.number("mtts", capabilities.mtts);
  in.number("columns", capabilities.window.columns);
  in.number("rows", capabilities.window.rows);
  in.flag("charset_agreed", capabilities.charset_agreed);
  in.flag("gmcp", capabilities.gmcp);
  std::string charset(kCharsetNames.front());
  in.text("charset", charset);
  std::size_t index = 0;
  while (index < kCharsetNames.size() && kCharsetNames[index] != charset) ++index;
  if (!in.valid() || index == kCharsetNames.size())
    return fail(ErrorCode::kInvalidArgument, "the stored capabilities are malformed");
  capabilities.charset = static_cast<Charset>(index);
  return capabilities;
}

Result<Metadata> parse_metadata(std::string_view json) {
  Metadata metadata;
  if (json == kNothing) return metadata;
  Reader in(json);
  if (in.object() != nullptr)
    for (const auto& member : *in.object()) {
      if (const json::string* const value = member.value().if_string())
        metadata.emplace(std::string_view(member.key()), std::string_view(*value));
      else
        in.reject();
    }
  if (!in.valid()) return fail(ErrorCode::kInvalidArgument, "the stored metadata is malformed");
  return metadata;
}

Result<session::DetailsPtr> parse_details(const DetailsColumns& columns) {
  session::ResumeKeys keys;
  if (!read_key(columns.resume_family, keys.family) || !read_key(columns.resume_current, keys.current) ||
      !read_key(columns.resume_previous, keys.previous) || !read_key(columns.resume_code, keys.code))
    return fail(ErrorCode::kInvalidArgument, "the stored keys are malformed");
  keys.previous_until = columns.resume_previous_until;
  if (columns.account.empty() && columns.capabilities == kNothing && columns.metadata == kNothing &&
      keys == session::ResumeKeys{})
    return session::DetailsPtr{};
  auto details = std::make_shared<session::SessionDetails>();
  details->account = columns.account;
  details->resume = keys;
  auto parsed_capabilities = parse_capabilities(columns.capabilities);
  if (!parsed_capabilities) return fail(parsed_capabilities.error());
  auto parsed_metadata = parse_metadata(columns.metadata);
  if (!parsed_metadata) return fail(parsed_metadata.error());
  details->capabilities = std::move(*parsed_capabilities);
  details->metadata = std::move(*parsed_metadata);
  return details;
}

}  // namespace wyld::store
