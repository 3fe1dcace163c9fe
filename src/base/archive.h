#pragma once
// The format in which connections, channels and sessions are saved, handed to another process, and loaded.
// docs/design/savable.md has the reasons, and how to add a field.
//
//   archive  = "WYA", the format (one byte, 1), fields
//   field    = key, value           key = tag * 4 + kind, as a number
//   kind 0   = number               7 bits a byte, lowest first; bit 7 set on all bytes but the last
//   kind 1   = bytes                a number that counts them, and the bytes
//   kind 2   = section              a number that counts its bytes, and fields: an object in another
//   kind 3   = secret               like bytes, but outline() does not show them
//
// A number takes as few bytes as it can. A number that is 0 and bytes that are empty are not written: absence
// means zero. A tag that occurs several times is a list. A reader skips tags that it does not know, of any
// kind. Tag 0 is reserved: as the first field of a section, or of the archive, it is the lowest version that
// can read the rest. A point in time is written as its age in nanoseconds plus one, because the clocks of two
// processes need not agree; 0, which is not written, is "never".

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory_resource>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"

namespace wyld::archive {

using TimePoint = std::chrono::steady_clock::time_point;

inline constexpr std::size_t kBytesMax = std::size_t{64} * 1024 * 1024;  // of one archive
inline constexpr std::size_t kDepthMax = 16;                             // sections inside sections
inline constexpr std::uint32_t kTagMax = (1U << 24) - 1;
inline constexpr unsigned char kFormat = 1;

// The name and the version of a class's section.
struct Schema {
  const char* name;       // shown in messages
  std::uint32_t version;  // the newest that load() understands; begins with 1
};

class Writer;
class Reader;

// load() fills a fresh object, in which every saved member is zero, checks it, and moves it into *this only
// if Reader::ok(): a load that fails changes nothing. Options are not saved; they belong to the process.
template <typename T>
concept Savable = requires(T& object, const T& saved, Writer& out, Reader& in) {
  { T::kArchive } -> std::convertible_to<Schema>;
  saved.save(out);
  object.load(in);
};

// The bytes of an archive. They may contain half a password, so the memory is wiped before it is released.
class Buffer {
 public:
  explicit Buffer(std::size_t bytes = 0);  // zeroed, to be filled from a socket
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  [[nodiscard]] char* data() noexcept { return bytes_; }
  [[nodiscard]] std::size_t size() const noexcept { return used_; }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_, used_}; }

  void append(std::string_view bytes);
  // Makes room for `bytes` at `at`.
  void insert(std::size_t at, std::string_view bytes);

 private:
  void reserve(std::size_t bytes);
  void give_back() noexcept;

  std::pmr::memory_resource* memory_;  // the default one
  char* bytes_ = nullptr;
  std::size_t used_ = 0;
  std::size_t capacity_ = 0;
};

// Writes an archive from front to back.
//
// Owner    the function that saves; one archive each.
// Thread   the owner's.
// Errors   finish() returns kLimit if the archive is over kBytesMax. Tag 0 and sections nested over
//          kDepthMax are our own mistakes (WYLD_CHECK).
// Limits   kBytesMax; fields beyond it are dropped, and finish() fails.
class Writer {
 public:
  // Ages are counted back from `now`.
  explicit Writer(TimePoint now);

  // Names the lowest version that can read the present section; call it before the section's first field. Use
  // it only in states that an older program would get wrong by skipping a field: that program then refuses
  // the section.
  void require(std::uint32_t version);

  template <std::unsigned_integral T>
  void field(std::uint32_t tag, T value) {
    if (value != 0) number(tag, value);
  }
  template <typename E>
    requires std::is_enum_v<E>
  void field(std::uint32_t tag, E value) {
    static_assert(std::is_unsigned_v<std::underlying_type_t<E>>);
    field(tag, static_cast<std::underlying_type_t<E>>(value));
  }
  void field(std::uint32_t tag, std::string_view bytes);
  // For text that a player typed, and keys: anything that must not appear in a log.
  void secret(std::uint32_t tag, std::string_view bytes);
  // A point later than `now` counts as now; the default one is "never".
  void field(std::uint32_t tag, TimePoint time);
  // Bits of one number, the first one lowest. New ones are added at the end; at most 32.
  void flags(std::uint32_t tag, std::initializer_list<bool> bits);
  // One element of a list: written even if it is zero or empty.
  void element(std::uint32_t tag, std::uint64_t value) { number(tag, value); }
  void element(std::uint32_t tag, std::string_view bytes);

  template <Savable T>
  void save(std::uint32_t tag, const T& object) {
    const std::size_t start = begin(tag);
    object.save(*this);
    end(start);
  }
  // A section that is no object of its own: `write` writes its fields.
  template <std::invocable Write>
  void section(std::uint32_t tag, Write&& write) {
    const std::size_t start = begin(tag);
    write();
    end(start);
  }

  [[nodiscard]] Result<Buffer> finish();

 private:
  enum class Kind : std::uint8_t { kNumber, kBytes, kSection, kSecret };
  friend class Reader;

  void number(std::uint32_t tag, std::uint64_t value);
  void bytes(std::uint32_t tag, Kind kind, std::string_view bytes);
  void key(std::uint32_t tag, Kind kind);
  void append(std::string_view bytes);
  std::size_t begin(std::uint32_t tag);
  void end(std::size_t start);

  Buffer buffer_;
  TimePoint now_;
  std::size_t depth_ = 0;
  bool oversized_ = false;
};

// Reads an archive from any source: bad input is an error that names its place, and nothing worse. The first
// error stays; after it, next() is false and no value is read.
//
//   while (in.next()) {
//     switch (in.tag()) {
//       case kStateTag: in.read(fresh.state_, State::kLast); break;
//       case kTextTag: in.read(fresh.text_, kTextBytesMax); break;
//     }
//   }
//   in.require(fresh.makes_sense(), "a text without its state");
//   if (in.ok()) *this = std::move(fresh);
// Owner    the function that loads; one archive each. `bytes` outlive it.
// Thread   the owner's.
// Errors   status(), and problem() for people.
// Limits   kBytesMax, kDepthMax; it copies only the strings that are asked for.
class Reader {
 public:
  // `version`: the newest that is known of the fields outside of all sections.
  Reader(std::string_view bytes, TimePoint now, std::uint32_t version = 1) noexcept;

  // Goes to the next field of the present section, whether the present field was read or not. False: there is
  // none.
  [[nodiscard]] bool next() noexcept;
  [[nodiscard]] std::uint32_t tag() const noexcept { return tag_; }

  // The present field's value, if it has the right kind and is in range; otherwise an error, and `out` stays
  // as it is.
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  void read(T& out, T max = std::numeric_limits<T>::max()) noexcept {
    if (const std::uint64_t value = number(); ok()) {
      if (value > max) return fail("a number is out of range");
      out = static_cast<T>(value);
    }
  }
  // `last` is the greatest of the enumerators, which count from zero without a hole.
  template <typename E>
    requires std::is_enum_v<E>
  void read(E& out, E last) noexcept {
    using Number = std::underlying_type_t<E>;
    auto value = static_cast<Number>(out);
    read(value, static_cast<Number>(last));
    out = static_cast<E>(value);
  }
  void read(std::string& out, std::size_t bytes_max);
  void read(TimePoint& out) noexcept;
  // As Writer::flags() wrote them; bits beyond are of a newer version, and skipped.
  void flags(std::initializer_list<bool*> bits) noexcept;
  // A view into the archive.
  [[nodiscard]] std::string_view bytes() noexcept;

  template <Savable T>
  void load(T& object) {
    section(T::kArchive, [&] { object.load(*this); });
  }
  template <std::invocable Read>
  void section(const Schema& schema, Read&& read) {
    if (!enter(schema)) return;
    read();
    leave();
  }

  // For load(): reports that the values make no sense together. `what` is a literal.
  void require(bool condition, const char* what) noexcept {
    if (!condition) fail(what);
  }
  void fail(const char* what) noexcept { fail(ErrorCode::kInvalidArgument, what); }

  [[nodiscard]] bool ok() const noexcept { return error_.what == nullptr; }
  // kInvalidArgument: damaged. kState: only a newer version can read it. kLimit: too large, or too deep.
  [[nodiscard]] Status status() const noexcept;
  // The place of the first error, in bytes from the beginning.
  [[nodiscard]] std::size_t error_at() const noexcept { return error_at_; }
  // "Saved state is damaged at byte 57, in player endpoint, lines: a number is out of range. Nothing of it
  // was used." Empty if there is no error. Holds nothing of the archive's contents.
  [[nodiscard]] std::string problem() const;

 private:
  using Kind = Writer::Kind;
  struct Frame {
    std::size_t end;
    const char* name;
  };

  void check_header() noexcept;
  [[nodiscard]] bool enter(const Schema& schema) noexcept;
  void leave() noexcept;
  // Takes the reserved first field.
  void check_version(std::uint32_t known) noexcept;
  [[nodiscard]] std::uint64_t number() noexcept;
  [[nodiscard]] bool take_number(std::uint64_t& out) noexcept;
  // Key and extent of the field at `at_`.
  [[nodiscard]] bool take_field() noexcept;
  void fail(ErrorCode code, const char* what) noexcept;

  friend class Outline;

  std::string_view bytes_;
  TimePoint now_;
  std::size_t at_ = 0;           // of the next field
  std::size_t field_at_ = 0;     // of the present one
  std::uint64_t value_ = 0;      // of a number
  std::size_t value_at_ = 0;     // of bytes or a section
  std::size_t value_bytes_ = 0;  // of bytes or a section
  std::uint32_t tag_ = 0;
  Kind kind_ = Kind::kNumber;
  bool has_field_ = false;
  std::size_t depth_ = 0;
  std::array<Frame, kDepthMax + 1> frames_{};
  Error error_{.what = nullptr};
  std::size_t error_at_ = 0;
  std::size_t error_depth_ = 0;
  std::uint32_t needed_ = 0;  // the version that the section entered last needs,
  std::uint32_t known_ = 0;   // and the one that is known
};

// An archive of one object.
template <Savable T>
[[nodiscard]] Result<Buffer> save(const T& object, TimePoint now) {
  Writer out(now);
  out.save(1, object);
  return out.finish();
}
// `problem` receives Reader::problem().
template <Savable T>
[[nodiscard]] Status load(std::string_view bytes, TimePoint now, T& object, std::string* problem = nullptr) {
  // Everything around the object is checked first, so that damage after it cannot make a finished load fail.
  Reader scan(bytes, now);
  unsigned count = 0;
  while (scan.next()) count += scan.tag() == 1 ? 1 : 0;
  scan.require(count == 1, "there must be one object");
  Reader in(bytes, now);
  while (scan.ok() && in.next()) {
    if (in.tag() == 1) in.load(object);
  }
  const Reader& result = scan.ok() ? in : scan;
  if (problem != nullptr) *problem = result.problem();
  return result.status();
}

// The archive as indented text, one field a line, for debugging: "3: 17", "4: 5 bytes \"hello\"", "5: secret,
// 8 bytes". Damaged input shows the part before the damage, and the problem. After kOutlineBytesMax follows
// "...".
inline constexpr std::size_t kOutlineBytesMax = std::size_t{64} * 1024;
[[nodiscard]] std::string outline(std::string_view bytes);

}  // namespace wyld::archive
