#pragma once
// What a GMCP message may look like, whichever protocol carries it: telnet option 201 or a WebSocket.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/archive.h"

namespace wyld::gmcp {

inline constexpr std::size_t kPackageBytesMax = 128;
inline constexpr std::size_t kBodyDepthMax = 32;
inline constexpr std::size_t kSupportsMax = 256;

// [A-Za-z0-9_.-]{1,128}.
[[nodiscard]] bool valid_package(std::string_view package) noexcept;

// Empty, or exactly one JSON value (RFC 8259) in valid UTF-8, nested at most kBodyDepthMax deep.
[[nodiscard]] bool valid_body(std::string_view body);

// `body` as exactly one JSON value, for receivers that take nothing else: a view into it or into `scratch`.
// Control characters in strings, which games leave bare, are escaped; what is no JSON even then becomes a
// string. Empty stays empty. `body` is UTF-8.
[[nodiscard]] std::string_view as_json(std::string_view body, std::string& scratch);

// Package names are compared without case, as ASCII.
[[nodiscard]] bool same_package(std::string_view left, std::string_view right) noexcept;

// Whether `package` is `module` or below it: "Char.Vitals" is part of "Char".
[[nodiscard]] bool is_part_of(std::string_view package, std::string_view module) noexcept;

// The packages a client asked for by Core.Supports.Set, Add and Remove.
//
// Owner    an endpoint or a session.
// Limits   kSupportsMax packages; what is beyond is ignored.
class Supports {
 public:
  static constexpr archive::Schema kArchive{"supported packages", 1};

  void save(archive::Writer& out) const;
  void load(archive::Reader& in);

  // Whether `package` is Core.Supports.Set, Add or Remove.
  [[nodiscard]] static bool concerns(std::string_view package) noexcept;
  // Does what such a message says; false when its body is no list (or `package` is another).
  bool apply(std::string_view package, std::string_view body);

  // `body` is a JSON array of "Package version". False: it is not, and nothing changed. Elements that
  // are no package are skipped; one without a version counts as version 1.
  bool set(std::string_view body);
  bool add(std::string_view body);
  // Versions are optional here and mean nothing.
  bool remove(std::string_view body);

  // Removes what is part of `module`; false: nothing of it was listed.
  bool remove_if_part_of(std::string_view module);

  // The version in which `package` itself is listed; 0: it is not.
  [[nodiscard]] std::uint32_t version_of(std::string_view package) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  // ["Char 1","Room 1"], in the order they came.
  [[nodiscard]] std::string to_json() const;

 private:
  struct Entry {
    std::string package;
    std::uint32_t version;
  };
  void put(const Entry& entry);

  std::vector<Entry> entries_;
};

}  // namespace wyld::gmcp
