#include "codec/telnet/options/naws.h"

#include <gtest/gtest.h>

namespace wyld::telnet {
namespace {

using namespace std::string_view_literals;

TEST(Naws, OnlyFourBytesAreASize) {
  EXPECT_EQ(parse_window_size("\x00\x50\x00\x18"sv), (WindowSize{80, 24}));
  EXPECT_EQ(parse_window_size("\x01\xFF\x00\xFF"sv), (WindowSize{511, 255}));
  for (std::size_t bytes : {0U, 1U, 3U, 5U}) EXPECT_FALSE(parse_window_size(std::string(bytes, '\x50')));
}

TEST(Naws, ALayoutGetsSaneNumbers) {
  EXPECT_EQ(usable_window_size({20, 5}), (WindowSize{20, 5}));
  EXPECT_EQ(usable_window_size({19, 4}), (WindowSize{0, 0}));
  EXPECT_EQ(usable_window_size({500, 300}), (WindowSize{500, 300}));
  EXPECT_EQ(usable_window_size({501, 301}), (WindowSize{500, 300}));
  EXPECT_EQ(usable_window_size({65535, 65535}), (WindowSize{500, 300}));
}

TEST(Naws, EveryByteOfASizeIsEscaped) {
  std::string out;
  append_window_size({255, 65535}, out);
  EXPECT_EQ(out, "\xFF\xFA\x1F\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xF0"sv);
}

}  // namespace
}  // namespace wyld::telnet
