#include "session/resume_words.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace wyld::session {
namespace {

using namespace std::chrono_literals;

std::string words(std::optional<std::uint64_t> missing, std::uint64_t lines = 0) {
  ResumeAnswer answer;
  answer.missing = missing;
  answer.lines = lines;
  answer.since = std::chrono::system_clock::time_point(21h + 5min);
  return words_of(answer);
}

TEST(ResumeWords, AClientThatMissedNothingIsWelcomed) { EXPECT_EQ(words(0), "You are back."); }

TEST(ResumeWords, WhatFollowsIsCounted) {
  EXPECT_EQ(words(0, 1), "You are back. 1 line you missed:");
  EXPECT_EQ(words(0, 2), "You are back. 2 lines you missed:");
}

TEST(ResumeWords, AGapIsNamedWithItsSizeAndSinceWhen) {
  EXPECT_EQ(words(999), "You are back. Output since 21:05 UTC is incomplete: 999 bytes could not be kept.");
  EXPECT_EQ(words(1500, 3),
            "You are back. Output since 21:05 UTC is incomplete: about 2 kB could not be kept. 3 lines you "
            "missed:");
}

TEST(ResumeWords, AGapOfUnknownSizeIsNamedToo) {
  EXPECT_EQ(words(std::nullopt), "You are back. Some output since 21:05 UTC may be missing.");
}

}  // namespace
}  // namespace wyld::session
