#include "wyldgate-load/greeting.h"

#include <gtest/gtest.h>

#include <string>

namespace wyld::load {
namespace {

TEST(LoadGreeting, IsFoundAfterOtherWordsHoweverItIsCut) {
  const std::string said = "Welcome. rearead\r\n" + std::string{kGreeting};
  for (std::size_t cut = 0; cut < said.size(); ++cut) {
    GreetingWatch watch;
    EXPECT_FALSE(watch.completed_by(said.substr(0, cut))) << "cut at " << cut;
    EXPECT_TRUE(watch.completed_by(said.substr(cut))) << "cut at " << cut;
  }
}

TEST(LoadGreeting, IsReportedOnce) {
  GreetingWatch watch;
  EXPECT_TRUE(watch.completed_by(kGreeting));
  EXPECT_TRUE(watch.seen());
  EXPECT_FALSE(watch.completed_by(kGreeting));
}

TEST(LoadGreeting, HalfOfItIsNone) {
  GreetingWatch watch;
  EXPECT_FALSE(watch.completed_by("ready"));
  EXPECT_FALSE(watch.completed_by("ready"));
  EXPECT_FALSE(watch.seen());
}

}  // namespace
}  // namespace wyld::load
