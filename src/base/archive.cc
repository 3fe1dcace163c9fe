#include "base/archive.h"

#include <fmt/format.h>
#include <string.h>  // explicit_bzero

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace wyld::archive {
namespace {

constexpr std::string_view kMagic = "WYA";
constexpr std::size_t kBufferBytesMin = 256;
// 146 years. Both ends of a difference then fit into the clock's numbers.
constexpr std::uint64_t kAgeMax = std::uint64_t{1} << 62;

// A number in at most ten bytes of seven bits.
struct Encoded {
  explicit Encoded(std::uint64_t value) noexcept {
    while (value >= 0x80) {
      bytes[count++] = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    bytes[count++] = static_cast<char>(value);
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes.data(), count}; }

  std::array<char, 10> bytes{};
  std::size_t count = 0;
};

std::uint64_t nanoseconds(TimePoint time) noexcept {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

}  // namespace

Buffer::Buffer(std::size_t bytes) : memory_(std::pmr::get_default_resource()) {
  reserve(bytes);
  if (bytes > 0) std::fill_n(bytes_, bytes, '\0');
  used_ = bytes;
}

Buffer::Buffer(Buffer&& other) noexcept
    : memory_(other.memory_),
      bytes_(std::exchange(other.bytes_, nullptr)),
      used_(std::exchange(other.used_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  memory_ = other.memory_;
  bytes_ = std::exchange(other.bytes_, nullptr);
  used_ = std::exchange(other.used_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  return *this;
}

Buffer::~Buffer() { give_back(); }

void Buffer::give_back() noexcept {
  if (bytes_ == nullptr) return;
  explicit_bzero(bytes_, capacity_);
  memory_->deallocate(bytes_, capacity_, 1);
}

void Buffer::reserve(std::size_t bytes) {
  if (bytes <= capacity_) return;
  const std::size_t capacity = std::max({bytes, capacity_ * 2, kBufferBytesMin});
  auto* const larger = static_cast<char*>(memory_->allocate(capacity, 1));
  std::copy_n(bytes_, used_, larger);
  give_back();
  bytes_ = larger;
  capacity_ = capacity;
}

void Buffer::append(std::string_view bytes) {
  reserve(used_ + bytes.size());
  bytes.copy(bytes_ + used_, bytes.size());
  used_ += bytes.size();
}

void Buffer::insert(std::size_t at, std::string_view bytes) {
  if (bytes.empty()) return;
  reserve(used_ + bytes.size());
  char* const place = bytes_ + at;
  std::memmove(place + bytes.size(), place, used_ - at);
  bytes.copy(place, bytes.size());
  used_ += bytes.size();
}

Writer::Writer(TimePoint now) : now_(now) {
  append(kMagic);
  append({reinterpret_cast<const char*>(&kFormat), 1});
}

void Writer::require(std::uint32_t version) {
  WYLD_CHECK(version > 0);
  key(0, Kind::kNumber);
  append(Encoded(version).view());
}

void Writer::field(std::uint32_t tag, std::string_view bytes) {
  if (!bytes.empty()) this->bytes(tag, Kind::kBytes, bytes);
}

void Writer::secret(std::uint32_t tag, std::string_view bytes) {
  if (!bytes.empty()) this->bytes(tag, Kind::kSecret, bytes);
}

void Writer::element(std::uint32_t tag, std::string_view bytes) { this->bytes(tag, Kind::kBytes, bytes); }

void Writer::field(std::uint32_t tag, TimePoint time) {
  if (time == TimePoint{}) return;
  const std::uint64_t age = time < now_ ? nanoseconds(now_) - nanoseconds(time) : 0;
  number(tag, std::min(age, kAgeMax) + 1);
}

void Writer::flags(std::uint32_t tag, std::initializer_list<bool> bits) {
  WYLD_CHECK(bits.size() <= 32);
  std::uint64_t value = 0;
  std::uint64_t bit = 1;
  for (const bool set : bits) {
    if (set) value |= bit;
    bit <<= 1;
  }
  field(tag, value);
}

Result<Buffer> Writer::finish() {
  WYLD_CHECK(depth_ == 0);
  if (oversized_ || buffer_.size() > kBytesMax)
    return fail(ErrorCode::kLimit, "the state to save is over 64 MiB");
  return std::move(buffer_);
}

void Writer::number(std::uint32_t tag, std::uint64_t value) {
  WYLD_CHECK(tag != 0);
  key(tag, Kind::kNumber);
  append(Encoded(value).view());
}

void Writer::bytes(std::uint32_t tag, Kind kind, std::string_view bytes) {
  WYLD_CHECK(tag != 0);
  key(tag, kind);
  append(Encoded(bytes.size()).view());
  append(bytes);
}

void Writer::key(std::uint32_t tag, Kind kind) {
  WYLD_CHECK(tag <= kTagMax);
  append(Encoded(tag * 4U + static_cast<std::uint32_t>(kind)).view());
}

void Writer::append(std::string_view bytes) {
  if (oversized_ || bytes.size() > kBytesMax - std::min(buffer_.size(), kBytesMax)) {
    oversized_ = true;
  } else {
    buffer_.append(bytes);
  }
}

// One byte is kept free for the count; end() makes room when it needs more.
std::size_t Writer::begin(std::uint32_t tag) {
  WYLD_CHECK(tag != 0 && depth_ < kDepthMax);
  ++depth_;
  key(tag, Kind::kSection);
  append(Encoded(0).view());
  return buffer_.size();
}

void Writer::end(std::size_t start) {
  --depth_;
  if (oversized_) return;
  const Encoded count(buffer_.size() - start);
  buffer_.data()[start - 1] = count.bytes[0];
  buffer_.insert(start, count.view().substr(1));
}

Reader::Reader(std::string_view bytes, TimePoint now, std::uint32_t version) noexcept
    : bytes_(bytes), now_(now) {
  frames_[0] = {bytes.size(), "archive"};
  check_header();
  if (ok()) check_version(version);
}

void Reader::check_header() noexcept {
  if (bytes_.size() > kBytesMax) return fail(ErrorCode::kLimit, "it is over 64 MiB");
  if (!bytes_.starts_with(kMagic)) return fail("it does not begin like saved state");
  at_ = kMagic.size();
  if (at_ == bytes_.size()) return fail("it is cut short");
  known_ = kFormat;
  needed_ = static_cast<unsigned char>(bytes_[at_]);
  if (needed_ > known_) return fail(ErrorCode::kState, "the format is newer than this program");
  if (needed_ == 0) return fail("there is no format 0");
  ++at_;
}

bool Reader::next() noexcept {
  has_field_ = false;
  if (ok() && at_ != frames_[depth_].end) has_field_ = take_field();
  return has_field_;
}

bool Reader::take_field() noexcept {
  field_at_ = at_;
  std::uint64_t key = 0;
  if (!take_number(key)) return false;
  if (key / 4 == 0 || key / 4 > kTagMax) {
    fail("a tag is out of range");
    return false;
  }
  tag_ = static_cast<std::uint32_t>(key / 4);
  kind_ = static_cast<Kind>(key % 4);
  if (!take_number(value_)) return false;
  if (kind_ == Kind::kNumber) return true;
  if (value_ > frames_[depth_].end - at_) {
    fail("bytes reach beyond their section");
    return false;
  }
  value_at_ = at_;
  value_bytes_ = static_cast<std::size_t>(value_);
  at_ += value_bytes_;
  return true;
}

bool Reader::take_number(std::uint64_t& out) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (at_ == frames_[depth_].end) {
      fail("it is cut short");
      return false;
    }
    const auto byte = static_cast<unsigned char>(bytes_[at_]);
    if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0)) {
      fail("a number is not in its shortest form");
      return false;
    }
    ++at_;
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) break;
  }
  out = value;
  return true;
}

bool Reader::enter(const Schema& schema) noexcept {
  if (!ok()) return false;
  WYLD_DCHECK(has_field_);
  if (kind_ != Kind::kSection) {
    fail("a section is expected");
    return false;
  }
  if (depth_ == kDepthMax) {
    fail(ErrorCode::kLimit, "sections are nested too deep");
    return false;
  }
  frames_[++depth_] = {at_, schema.name};
  at_ = value_at_;
  has_field_ = false;
  check_version(schema.version);
  return ok();
}

void Reader::leave() noexcept {
  at_ = frames_[depth_].end;
  --depth_;
  has_field_ = false;
}

void Reader::check_version(std::uint32_t known) noexcept {
  needed_ = 0;
  known_ = known;
  if (at_ == frames_[depth_].end || bytes_[at_] != 0) return;  // the key of tag 0, a number
  ++at_;
  std::uint64_t needed = 0;
  if (!take_number(needed)) return;
  if (needed == 0 || needed > std::numeric_limits<std::uint32_t>::max())
    return fail("a version is out of range");
  needed_ = static_cast<std::uint32_t>(needed);
  if (needed_ > known_) fail(ErrorCode::kState, "it was written by a newer version");
}

std::uint64_t Reader::number() noexcept {
  if (!ok()) return 0;
  WYLD_DCHECK(has_field_);
  if (kind_ == Kind::kNumber) return value_;
  fail("a number is expected");
  return 0;
}

std::string_view Reader::bytes() noexcept {
  if (!ok()) return {};
  WYLD_DCHECK(has_field_);
  if (kind_ == Kind::kBytes || kind_ == Kind::kSecret) return bytes_.substr(value_at_, value_bytes_);
  fail("bytes are expected");
  return {};
}

void Reader::read(std::string& out, std::size_t bytes_max) {
  const std::string_view value = bytes();
  if (value.size() > bytes_max) return fail("bytes are too many");
  if (ok()) out = value;
}

void Reader::read(TimePoint& out) noexcept {
  const std::uint64_t value = number();
  if (!ok()) return;
  std::int64_t time = 0;
  if (value == 0 || value > kAgeMax + 1 ||
      __builtin_sub_overflow(static_cast<std::int64_t>(nanoseconds(now_)),
                             static_cast<std::int64_t>(value - 1), &time)) {
    return fail("a time is out of range");
  }
  out = TimePoint(std::chrono::duration_cast<TimePoint::duration>(std::chrono::nanoseconds(time)));
}

void Reader::flags(std::initializer_list<bool*> bits) noexcept {
  const std::uint64_t value = number();
  if (!ok()) return;
  std::uint64_t bit = 1;
  for (bool* const flag : bits) {
    *flag = (value & bit) != 0;
    bit <<= 1;
  }
}

void Reader::fail(ErrorCode code, const char* what) noexcept {
  if (!ok()) return;
  error_ = Error{code, what};
  error_at_ = has_field_ ? field_at_ : at_;
  error_depth_ = depth_;
}

Status Reader::status() const noexcept {
  if (ok()) return {};
  return std::unexpected<Error>(error_);
}

std::string Reader::problem() const {
  if (ok()) return {};
  std::string place;
  for (std::size_t depth = 1; depth <= error_depth_; ++depth) {
    place += depth == 1 ? ", in " : ", ";
    place += frames_[depth].name;
  }
  if (error_.code == ErrorCode::kState) {
    return fmt::format(
        "Saved state was written by a newer version of Wyldgate (at byte {}{}: version {} is needed, {} is "
        "known). "
        "Nothing of it was used. Start that version, or a newer one, instead.",
        error_at_, place, needed_, known_);
  }
  const char* const fault = error_.code == ErrorCode::kLimit ? "over a limit" : "damaged";
  return fmt::format("Saved state is {} at byte {}{}: {}. Nothing of it was used.", fault, error_at_, place,
                     error_.what);
}

class Outline {
 public:
  explicit Outline(std::string_view bytes) noexcept
      : in_(bytes, TimePoint{}, std::numeric_limits<std::uint32_t>::max()) {}

  std::string take() {
    fields(0);
    if (!in_.ok()) text_ += in_.problem() + '\n';
    return std::move(text_);
  }

 private:
  static constexpr std::size_t kShownMax = 48;  // of bytes

  void fields(std::size_t indent) {
    if (in_.needed_ > 0) line(indent, fmt::format("needs version {}", in_.needed_));
    while (!full_ && in_.next()) field(indent);
  }

  void field(std::size_t indent) {
    switch (in_.kind_) {
      case Reader::Kind::kNumber:
        return line(indent, fmt::format("{}: {}", in_.tag_, in_.value_));
      case Reader::Kind::kBytes:
        return line(indent, fmt::format("{}: {} bytes {}", in_.tag_, in_.value_bytes_, quoted(in_.bytes())));
      case Reader::Kind::kSecret:
        return line(indent, fmt::format("{}: secret, {} bytes", in_.tag_, in_.value_bytes_));
      case Reader::Kind::kSection:
        line(indent, fmt::format("{}:", in_.tag_));
        in_.section(Schema{"section", std::numeric_limits<std::uint32_t>::max()},
                    [&] { fields(indent + 2); });
    }
  }

  void line(std::size_t indent, std::string_view words) {
    if (full_) return;
    full_ = text_.size() + indent + words.size() > kOutlineBytesMax;
    text_.append(indent, ' ').append(full_ ? "..." : words).append("\n");
  }

  static std::string quoted(std::string_view bytes) {
    std::string out = "\"";
    for (const char byte : bytes.substr(0, kShownMax)) {
      const bool plain = byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
      if (plain) {
        out += byte;
      } else {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(byte));
      }
    }
    return out + (bytes.size() > kShownMax ? "...\"" : "\"");
  }

  Reader in_;
  std::string text_;
  bool full_ = false;
};

std::string outline(std::string_view bytes) { return Outline(bytes).take(); }

}  // namespace wyld::archive
