#pragma once
// Parameters and answers in the binary form of PostgreSQL's protocol. docs: "src/backend/utils/adt", *_send
// and *_recv; integers are in network byte order.

#include <libpq-fe.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/session_id.h"

namespace wyld::store::postgres {

using Time = std::chrono::system_clock::time_point;

struct Clear {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, Clear>;

// Types as the catalogue of every server numbers them.
enum class Type : std::uint32_t {
  kBytea = 17,
  kBigint = 20,
  kText = 25,
  kTimestamptz = 1184,
  kUuid = 2950,
  kJsonb = 3802
};

// One array of one dimension, element by element. Has room for `count` elements, and must get them all.
class Array {
 public:
  Array(Type element, std::size_t count);

  void add(std::string_view text);          // or bytes
  void add_or_null(std::string_view text);  // empty: NULL
  void add(Time time);
  void add_or_null(Time time);     // the default one: NULL
  void add(std::uint64_t number);  // as the bigint with the same bits
  void add(const SessionId& id);
  void add_json(std::string_view text);
  [[nodiscard]] std::string&& finish() && { return std::move(bytes_); }

 private:
  void add_null();

  std::string bytes_;
};

// The parameters of one statement, $1 first.
class Parameters {
 public:
  Parameters& add(std::string_view text);
  Parameters& add(Time time);
  Parameters& add(std::int32_t number);
  Parameters& add(std::int64_t number);
  Parameters& add(Array array);

  [[nodiscard]] const std::vector<std::string>& values() const noexcept { return values_; }

 private:
  std::vector<std::string> values_;
};

// Fields of an answer; the statement says what type they have.
[[nodiscard]] std::string_view text_at(const PGresult& result, int row, int column) noexcept;
[[nodiscard]] Time time_at(const PGresult& result, int row, int column) noexcept;
[[nodiscard]] std::int64_t bigint_at(const PGresult& result, int row, int column) noexcept;
[[nodiscard]] bool bool_at(const PGresult& result, int row, int column) noexcept;
[[nodiscard]] SessionId id_at(const PGresult& result, int row, int column) noexcept;

}  // namespace wyld::store::postgres
