#include "session/key_offer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace wyld::session {
namespace {

class Offer : public ::testing::Test {
 protected:
  ResumeKeys token(const ResumeKeys& keys, const SecretHash* shown = nullptr) {
    return offer.make_token(keys, shown, key, random, {});
  }

  KeyOffer offer;
  SuccessorKey key{};
  std::uint8_t next = 1;
  KeyOffer::Random random = [this](std::span<std::uint8_t> bytes) { std::ranges::fill(bytes, next++); };
};

TEST_F(Offer, AFirstTokenBeginsAFamily) {
  const ResumeKeys keys = token({});
  const std::optional<ResumeToken> made = ResumeToken::parse(offer.token());
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->family, keys.family);
  EXPECT_EQ(hash_of(*made), keys.current);
  EXPECT_FALSE(is_set(keys.previous));
}

TEST_F(Offer, TheSameTokenFollowsEachTimeOneIsShown) {
  const ResumeKeys first = token({});
  const SecretHash shown = first.current;
  const ResumeKeys second = token(first, &shown);
  const std::string follows = offer.token();
  EXPECT_EQ(second.family, first.family);
  EXPECT_EQ(second.previous, first.current);
  const ResumeKeys third = token(second, &shown);
  EXPECT_EQ(offer.token(), follows) << "its client may show it twice";
  EXPECT_EQ(third.current, second.current);
}

TEST_F(Offer, ACodeTakesThePlaceOfTheOneBeforeAndLeavesTheTokensAlone) {
  const ResumeKeys first = token({});
  const ResumeKeys second = offer.make_code(first, /*wanted=*/false, random);
  const std::string code = offer.code();
  const ResumeKeys third = offer.make_code(second, /*wanted=*/true, random);
  EXPECT_NE(offer.code(), code);
  EXPECT_NE(third.code, second.code);
  EXPECT_EQ(third.current, first.current);
  EXPECT_TRUE(offer.code_is_wanted());
}

TEST_F(Offer, NothingIsHandedOutBeforeAllOfItIsStored) {
  const ResumeKeys keys = token({});
  (void)offer.make_code(keys, false, random);
  EXPECT_FALSE(offer.stored(true));
  EXPECT_TRUE(offer.stored(true));
  EXPECT_FALSE(offer.is_empty());
}

TEST_F(Offer, WhatTheStoreRefusesIsNotHandedOut) {
  (void)token({});
  EXPECT_TRUE(offer.stored(false));
  EXPECT_TRUE(offer.is_empty());
}

TEST_F(Offer, ForgettingACodeKeepsTheToken) {
  (void)offer.make_code(token({}), false, random);
  offer.forget_code();
  EXPECT_TRUE(offer.code().empty());
  EXPECT_FALSE(offer.is_empty());
  offer.forget();
  EXPECT_TRUE(offer.is_empty());
}

}  // namespace
}  // namespace wyld::session
