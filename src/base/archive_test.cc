#include "base/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory_resource>
#include <vector>

namespace wyld::archive {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::Not;

enum class Colour : std::uint8_t { kRed, kGreen, kBlue };

// A part of a Thing.
struct Part {
  static constexpr Schema kArchive{"part", 2};

  void save(Writer& out) const {
    if (rotated) out.require(2);
    out.field(1, name);
    out.field(2, std::uint8_t{rotated});
  }
  void load(Reader& in) {
    Part fresh;
    while (in.next()) {
      switch (in.tag()) {
        case 1:
          in.read(fresh.name, 8);
          break;
        case 2:
          in.flags({&fresh.rotated});
          break;
        default:
          break;
      }
    }
    if (in.ok()) *this = fresh;
  }
  friend bool operator==(const Part&, const Part&) = default;

  std::string name = {};
  bool rotated = false;
};

// One of everything.
struct Thing {
  static constexpr Schema kArchive{"thing", 1};

  void save(Writer& out) const {
    out.field(1, small);
    out.field(2, large);
    out.field(3, colour);
    out.flags(4, {first, second});
    out.field(5, text);
    out.secret(6, secret);
    out.field(7, time);
    for (const std::uint64_t number : numbers) out.element(8, number);
    out.save(9, part);
  }
  void load(Reader& in) {
    Thing fresh;
    while (in.next()) {
      switch (in.tag()) {
        case 1:
          in.read(fresh.small);
          break;
        case 2:
          in.read(fresh.large);
          break;
        case 3:
          in.read(fresh.colour, Colour::kBlue);
          break;
        case 4:
          in.flags({&fresh.first, &fresh.second});
          break;
        case 5:
          in.read(fresh.text, 1000);
          break;
        case 6:
          in.read(fresh.secret, 1000);
          break;
        case 7:
          in.read(fresh.time);
          break;
        case 8:
          fresh.numbers.emplace_back();
          in.read(fresh.numbers.back());
          break;
        case 9:
          in.load(fresh.part);
          break;
        default:
          break;
      }
    }
    in.require(fresh.numbers.size() <= 3, "too many numbers");
    if (in.ok()) *this = fresh;
  }
  friend bool operator==(const Thing&, const Thing&) = default;

  std::uint16_t small = 0;
  std::uint64_t large = 0;
  Colour colour = Colour::kRed;
  bool first = false;
  bool second = false;
  std::string text = {};
  std::string secret = {};
  TimePoint time = {};
  std::vector<std::uint64_t> numbers = {};
  Part part = {};
};

constexpr TimePoint kNow{100h};

Thing full_thing() {
  return {.small = 65535,
          .large = std::numeric_limits<std::uint64_t>::max(),
          .colour = Colour::kBlue,
          .first = false,
          .second = true,
          .text = std::string(200, 't'),  // its section needs a count of two bytes
          .secret = "open sesame",
          .time = kNow - 1234567ns,
          .numbers = {0, 1, 300},
          .part = {.name = "wheel", .rotated = true}};
}

std::string bytes_of(const Thing& thing) { return std::string(save(thing, kNow)->view()); }

// An archive of the bytes after the header.
std::string raw(std::string_view fields) { return "WYA\x01" + std::string(fields); }

TEST(Archive, SavedObjectsLoadUnchanged) {
  for (const Thing& thing : {full_thing(), Thing{}, Thing{.part = {.name = "wheel"}}}) {
    Thing loaded = full_thing();
    std::string problem;
    EXPECT_TRUE(load(bytes_of(thing), kNow, loaded, &problem)) << problem;
    EXPECT_EQ(loaded, thing);
    EXPECT_EQ(problem, "");
  }
}

TEST(Archive, HasTheFormOfItsHeader) {
  EXPECT_EQ(bytes_of(Thing{}), raw("\x06\x02\x26\x00"s)) << "a section with an empty section";
  const Thing thing{.small = 5, .text = "hey", .part = {.name = "x", .rotated = true}};
  EXPECT_EQ(bytes_of(thing), raw("\x06\x10\x04\x05\x15\x03hey\x26\x07\x00\x02\x05\x01x\x08\x01"s));
}

TEST(Archive, LargeSectionsGetTheirCount) {
  for (const std::size_t bytes : {120U, 121U, 122U, 123U, 124U, 125U, 126U, 127U, 128U, 129U, 1000U}) {
    const Thing thing{.text = std::string(bytes, 'x'), .part = {.name = "wheel"}};
    Thing loaded;
    EXPECT_TRUE(load(bytes_of(thing), kNow, loaded)) << bytes;
    EXPECT_EQ(loaded, thing);
  }
}

TEST(Archive, EveryTruncationIsRefusedAndChangesNothing) {
  const std::string whole = bytes_of(full_thing());
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    Thing loaded{.text = "before"};
    std::string problem;
    const std::string part = whole.substr(0, bytes);  // its own block: sanitizers see a step beyond it
    EXPECT_FALSE(load(part, kNow, loaded, &problem)) << bytes;
    EXPECT_EQ(loaded, Thing{.text = "before"}) << bytes;
    EXPECT_THAT(problem, HasSubstr("Nothing of it was used."));
  }
}

TEST(Archive, EveryChangedByteIsAnErrorOrAnotherValue) {
  const std::string whole = bytes_of(full_thing());
  for (std::size_t index = 0; index < whole.size(); ++index) {
    for (unsigned flip = 1; flip < 256; ++flip) {
      std::string changed = whole;
      changed[index] = static_cast<char>(static_cast<unsigned char>(changed[index]) ^ flip);
      Thing loaded{.text = "before"};
      Reader in(changed, kNow);
      while (in.next()) {
        if (in.tag() == 1) in.load(loaded);
      }
      EXPECT_LE(in.error_at(), changed.size());
      EXPECT_EQ(in.problem().empty(), in.ok());
      EXPECT_EQ(in.status().has_value(), in.ok());
      Thing again;
      if (load(changed, kNow, again)) {
        EXPECT_EQ(again, loaded);
      } else {
        EXPECT_EQ(again, Thing{}) << index << " " << flip;
      }
      EXPECT_LE(outline(changed).size(), kOutlineBytesMax + 300);
    }
  }
}

TEST(Archive, UnknownFieldsAreSkippedWhateverTheirKind) {
  Writer out(kNow);
  out.section(1, [&] {
    out.field(1, 7U);
    out.field(77, 123456U);
    out.field(78, "a text of the future");
    out.secret(79, "a secret of the future");
    out.section(80, [&] {
      out.require(99);
      out.section(1, [&] { out.field(5, "inside"); });
    });
    out.field(5, "after");
    out.field(kTagMax, 1U);
  });
  out.field(2, 5U);
  Thing loaded;
  EXPECT_TRUE(load(out.finish()->view(), kNow, loaded));
  EXPECT_EQ(loaded, (Thing{.small = 7, .text = "after"}));
}

TEST(Archive, NewFlagsAreSkipped) {
  Writer out(kNow);
  out.section(1, [&] { out.field(4, 0xFFU); });
  Thing loaded;
  EXPECT_TRUE(load(out.finish()->view(), kNow, loaded));
  EXPECT_EQ(loaded, (Thing{.first = true, .second = true}));
}

TEST(Archive, ASectionThatNeedsANewerReaderIsRefused) {
  const auto archive_that_needs = [](std::uint32_t version) {
    Writer out(kNow);
    out.section(1, [&] {
      out.field(1, 7U);
      out.section(9, [&] {
        out.require(version);
        out.field(1, "wheel");
      });
    });
    return out.finish();
  };
  Thing loaded;
  EXPECT_TRUE(load(archive_that_needs(2)->view(), kNow, loaded));
  loaded = Thing{.text = "before"};
  std::string problem;
  const Status status = load(archive_that_needs(3)->view(), kNow, loaded, &problem);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kState);
  EXPECT_EQ(loaded, Thing{.text = "before"});
  EXPECT_EQ(problem,
            "Saved state was written by a newer version of Wyldgate (at byte 12, in thing, part: version 3 "
            "is needed, "
            "2 is known). Nothing of it was used. Start that version, or a newer one, instead.");
}

TEST(Archive, TheArchiveItselfMayNeedANewerReader) {
  Writer out(kNow);
  out.require(2);
  const Result<Buffer> bytes = out.finish();
  EXPECT_EQ(Reader(bytes->view(), kNow).status().error().code, ErrorCode::kState);
  EXPECT_TRUE(Reader(bytes->view(), kNow, 2).ok());
}

TEST(Archive, ANewerFormatIsRefused) {
  const Reader in("WYA\x02\x04\x01", kNow);
  ASSERT_FALSE(in.ok());
  EXPECT_EQ(in.status().error().code, ErrorCode::kState);
  EXPECT_THAT(in.problem(), HasSubstr("version 2 is needed, 1 is known"));
}

TEST(Archive, OtherBytesAreNoArchive) {
  for (const std::string& bytes : {""s, "W"s, "WYA"s, "WYA\0"s, "GET / HTTP/1.1"s, "wya\x01"s}) {
    const Reader in(bytes, kNow);
    ASSERT_FALSE(in.ok()) << bytes;
    EXPECT_EQ(in.status().error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Archive, BadFramingIsRefusedWithItsPlace) {
  struct Row {
    std::string fields;
    std::size_t at;
    const char* what;
  };
  const std::string eleven(10, '\x80');
  for (const Row& row : {
           Row{"\x04"s, 5, "it is cut short"},
           Row{"\x04\x80\x00"s, 6, "a number is not in its shortest form"},
           Row{"\x04" + eleven + "\x01", 14, "a number is not in its shortest form"},
           Row{"\x04\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"s, 14, "a number is not in its shortest form"},
           Row{"\x05\x05hey!"s, 6, "bytes reach beyond their section"},
           Row{"\x05\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s, 15, "bytes reach beyond their section"},
           Row{"\x01\x01x"s, 5, "a tag is out of range"},
           Row{"\x04\x01\x00\x01"s, 7, "a tag is out of range"},
           Row{"\xFF\xFF\xFF\xFF\x0F\x01"s, 9, "a tag is out of range"},
           Row{"\x00\x00"s, 6, "a version is out of range"},
       }) {
    const std::string bytes = raw(row.fields);
    Reader in(bytes, kNow);
    while (in.next()) {
    }
    ASSERT_FALSE(in.ok()) << outline(bytes);
    EXPECT_STREQ(in.status().error().what, row.what);
    EXPECT_EQ(in.error_at(), row.at) << row.what;
  }
}

TEST(Archive, ValuesInRangeAreTakenAndOneBeyondIsRefused) {
  const auto error_of = [](auto&& write) {
    Writer out(kNow);
    out.section(1, [&] { write(out); });
    Thing loaded{.text = "before"};
    const Status status = load(out.finish()->view(), kNow, loaded);
    EXPECT_EQ(status.has_value(), loaded != Thing{.text = "before"}) << "a failed load changes nothing";
    return std::string(status ? "" : status.error().what);
  };
  EXPECT_EQ(error_of([](Writer& out) { out.field(1, 65535U); }), "");
  EXPECT_EQ(error_of([](Writer& out) { out.field(1, 65536U); }), "a number is out of range");
  EXPECT_EQ(error_of([](Writer& out) { out.field(3, 2U); }), "");
  EXPECT_EQ(error_of([](Writer& out) { out.field(3, 3U); }), "a number is out of range");
  EXPECT_EQ(error_of([](Writer& out) { out.field(5, std::string(1000, 'x')); }), "");
  EXPECT_EQ(error_of([](Writer& out) { out.field(5, std::string(1001, 'x')); }), "bytes are too many");
  EXPECT_EQ(error_of([](Writer& out) { out.field(1, "text"); }), "a number is expected");
  EXPECT_EQ(error_of([](Writer& out) { out.field(5, 1U); }), "bytes are expected");
  EXPECT_EQ(error_of([](Writer& out) { out.field(9, "text"); }), "a section is expected");
  EXPECT_EQ(error_of([](Writer& out) { out.field(7, (std::uint64_t{1} << 62) + 1); }), "");
  EXPECT_EQ(error_of([](Writer& out) { out.field(7, (std::uint64_t{1} << 62) + 2); }),
            "a time is out of range");
  EXPECT_EQ(error_of([](Writer& out) {
              for (unsigned number = 0; number < 4; ++number) out.element(8, number);
            }),
            "too many numbers");
}

TEST(Archive, AnObjectThatIsMissingOrThereTwiceIsRefused) {
  for (const unsigned count : {0U, 1U, 2U}) {
    Writer out(kNow);
    for (unsigned index = 0; index < count; ++index) out.save(1, full_thing());
    Thing loaded;
    EXPECT_EQ(load(out.finish()->view(), kNow, loaded).has_value(), count == 1);
    EXPECT_EQ(loaded == Thing{}, count != 1);
  }
}

TEST(Archive, DamageAfterTheObjectChangesNothingEither) {
  Thing loaded;
  EXPECT_FALSE(load(bytes_of(full_thing()) + "\x05", kNow, loaded));
  EXPECT_EQ(loaded, Thing{});
}

// Opens itself in itself.
struct Nest {
  static constexpr Schema kArchive{"nest", 1};
  void load(Reader& in) {
    while (in.next()) {
      if (depth_max > 0) in.load(*this);
    }
    deepest += in.ok() ? 1 : 0;
  }
  void save(Writer& out) const {
    if (depth_max > 1) out.save(1, Nest{depth_max - 1, 0});
  }
  std::size_t depth_max = 0;
  std::size_t deepest = 0;
};

TEST(Archive, SectionsNestToTheBoundAndNoDeeper) {
  std::string bytes(save(Nest{kDepthMax, 0}, kNow)->view());
  Nest nest{kDepthMax, 0};
  EXPECT_TRUE(load(bytes, kNow, nest));
  EXPECT_EQ(nest.deepest, kDepthMax);
  // One more around it: a section whose count is that of all others.
  bytes = raw("\x06" + std::string(1, static_cast<char>(bytes.size() - 4)) + bytes.substr(4));
  const Status status = load(bytes, kNow, nest);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kLimit);
  EXPECT_THAT(outline(bytes), HasSubstr("nested too deep"));
}

TEST(Archive, StateOverTheBoundIsNotWritten) {
  const std::string half(kBytesMax / 2, 'x');
  Writer out(kNow);
  out.section(1, [&] {
    out.field(1, half);
    out.field(2, half);
  });
  const Result<Buffer> bytes = out.finish();
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::kLimit);
  EXPECT_EQ(Reader(std::string(kBytesMax + 1, 'W'), kNow).status().error().code, ErrorCode::kLimit);
}

TEST(Archive, TimesAreAgesSoClocksNeedNotAgree) {
  const std::string bytes = bytes_of(full_thing());
  for (const TimePoint now : {TimePoint{1h}, TimePoint{1ns}, TimePoint{-5h}, kNow + 1000h}) {
    Thing loaded;
    ASSERT_TRUE(load(bytes, now, loaded));
    EXPECT_EQ(now - loaded.time, 1234567ns);
  }
  EXPECT_EQ(bytes_of(Thing{.time = kNow + 5h}), bytes_of(Thing{.time = kNow})) << "nothing is in the future";
  Thing loaded;
  EXPECT_FALSE(load(bytes, TimePoint::min(), loaded)) << "no such time on this clock";
}

TEST(Archive, OutlinesShowFieldsButNoSecrets) {
  const std::string text = outline(bytes_of(full_thing()));
  EXPECT_THAT(text, HasSubstr("  1: 65535\n"));
  EXPECT_THAT(text, HasSubstr("  6: secret, 11 bytes\n"));
  EXPECT_THAT(text, HasSubstr("    needs version 2\n    1: 5 bytes \"wheel\"\n"));
  EXPECT_THAT(text, Not(HasSubstr("sesame")));
  EXPECT_THAT(outline(raw("\x05\x03\x1B\"\\")), HasSubstr("\\x1b\\x22\\x5c"));
  EXPECT_THAT(outline("no archive"), HasSubstr("damaged at byte 0"));
  std::string many;
  for (unsigned index = 0; index < 20'000; ++index) many += "\x04\x01";
  EXPECT_LE(outline(raw(many)).size(), kOutlineBytesMax + 10);
}

// Gives out memory, and looks at what comes back.
class WatchedMemory final : public std::pmr::memory_resource {
 public:
  std::size_t given_back = 0;
  bool wiped = true;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    const std::string_view text(static_cast<const char*>(block), bytes);
    wiped = wiped && text.find_first_not_of('\0') == std::string_view::npos;
    ++given_back;
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
  }
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }
};

TEST(Archive, MemoryIsWipedBeforeItIsGivenBack) {
  WatchedMemory memory;
  std::pmr::memory_resource* const before = std::pmr::set_default_resource(&memory);
  {
    Writer out(kNow);
    for (unsigned index = 0; index < 1000; ++index) out.save(1, full_thing());  // grows
    Buffer first = *out.finish();
    Buffer second(10);
    second.append("the part of a secret that came in the first read");
    second = std::move(first);
    Writer unfinished(kNow);
    unfinished.secret(1, "open sesame");
  }
  std::pmr::set_default_resource(before);
  EXPECT_GE(memory.given_back, 5U);
  EXPECT_TRUE(memory.wiped);
}

TEST(Archive, BuffersMoveTheirBytes) {
  Buffer one;
  one.append("hello");
  one.insert(2, "--");
  EXPECT_EQ(one.view(), "he--llo");
  Buffer two(std::move(one));
  EXPECT_EQ(two.view(), "he--llo");
  one = std::move(two);
  EXPECT_EQ(one.view(), "he--llo");
  EXPECT_EQ(Buffer(3).view(), "\0\0\0"s);
}

}  // namespace
}  // namespace wyld::archive
