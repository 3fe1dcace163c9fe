#include "store/postgres/binary.h"

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstring>
#include <limits>
#include <utility>

namespace wyld::store::postgres {
namespace {

using std::chrono::microseconds;

// Times count from 2000-01-01.
constexpr microseconds kEpoch = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}.time_since_epoch();
constexpr char kJsonbVersion = 1;

template <std::integral T>
void append(std::string& bytes, T number) {
  auto value = static_cast<std::make_unsigned_t<T>>(number);
  std::array<char, sizeof(T)> out;
  for (std::size_t i = sizeof(T); i-- > 0; value = static_cast<decltype(value)>(value >> 8U))
    out[i] = static_cast<char>(value & 0xffU);
  bytes.append(out.data(), out.size());
}

void append_length(std::string& bytes, std::size_t count) { append(bytes, static_cast<std::int32_t>(count)); }

std::int64_t since_epoch(Time time) noexcept {
  return (std::chrono::floor<microseconds>(time.time_since_epoch()) - kEpoch).count();
}

}  // namespace

Array::Array(Type element, std::size_t count) {
  append(bytes_, std::int32_t{1});  // dimensions
  append(bytes_, std::int32_t{1});  // there may be NULLs
  append(bytes_, static_cast<std::uint32_t>(element));
  append_length(bytes_, count);
  append(bytes_, std::int32_t{1});  // the first index
  bytes_.reserve(bytes_.size() + count * (sizeof(std::int32_t) + 16));
}

void Array::add(std::string_view text) {
  append_length(bytes_, text.size());
  bytes_.append(text);
}

void Array::add_or_null(std::string_view text) {
  if (text.empty()) return add_null();
  add(text);
}

void Array::add_null() { append(bytes_, std::int32_t{-1}); }

void Array::add(Time time) {
  append_length(bytes_, sizeof(std::int64_t));
  append(bytes_, since_epoch(time));
}

void Array::add_or_null(Time time) {
  if (time == Time{}) return add_null();
  add(time);
}

void Array::add(std::uint64_t number) {
  append_length(bytes_, sizeof(number));
  append(bytes_, number);
}

void Array::add(const SessionId& id) {
  append_length(bytes_, id.bytes.size());
  bytes_.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

void Array::add_json(std::string_view text) {
  append_length(bytes_, text.size() + 1);
  bytes_.append(1, kJsonbVersion).append(text);
}

Parameters& Parameters::add(std::string_view text) {
  values_.emplace_back(text);
  return *this;
}

Parameters& Parameters::add(Time time) { return add(since_epoch(time)); }

Parameters& Parameters::add(std::int32_t number) {
  append(values_.emplace_back(), number);
  return *this;
}

Parameters& Parameters::add(std::int64_t number) {
  append(values_.emplace_back(), number);
  return *this;
}

Parameters& Parameters::add(Array array) {
  values_.push_back(std::move(array).finish());
  return *this;
}

std::string_view text_at(const PGresult& result, int row, int column) noexcept {
  return {PQgetvalue(&result, row, column), static_cast<std::size_t>(PQgetlength(&result, row, column))};
}

std::int64_t bigint_at(const PGresult& result, int row, int column) noexcept {
  std::uint64_t value = 0;
  for (const char byte : text_at(result, row, column).substr(0, sizeof(value)))
    value = value << 8U | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

Time time_at(const PGresult& result, int row, int column) noexcept {
  // PostgreSQL's times reach further than ours, and may be infinite.
  constexpr auto kFirst = std::chrono::ceil<microseconds>(Time::min().time_since_epoch()) - kEpoch;
  constexpr auto kLast = std::chrono::floor<microseconds>(Time::max().time_since_epoch()) - kEpoch;
  return Time(std::clamp(microseconds(bigint_at(result, row, column)), kFirst, kLast) + kEpoch);
}

bool bool_at(const PGresult& result, int row, int column) noexcept {
  return bigint_at(result, row, column) != 0;
}

SessionId id_at(const PGresult& result, int row, int column) noexcept {
  SessionId id;
  const std::string_view bytes = text_at(result, row, column);
  std::memcpy(id.bytes.data(), bytes.data(), std::min(bytes.size(), id.bytes.size()));
  return id;
}

}  // namespace wyld::store::postgres
