#include "account/password_hasher.h"

#include <gtest/gtest.h>

namespace wyld::account {
namespace {

TEST(Argon2Hasher, KnowsItsPasswordAgain) {
  const Argon2Hasher hasher(Argon2Hasher::kCheapest);
  const std::string hash = *hasher.hash("correct horse");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << hash;
  EXPECT_EQ(hash.find("horse"), std::string::npos);
  EXPECT_TRUE(hasher.verify(hash, "correct horse"));
  EXPECT_FALSE(hasher.verify(hash, "correct hors"));
  EXPECT_FALSE(hasher.verify(hash, ""));
}

TEST(Argon2Hasher, SaltsEachHash) {
  const Argon2Hasher hasher(Argon2Hasher::kCheapest);
  EXPECT_NE(*hasher.hash("the same"), *hasher.hash("the same"));
}

TEST(Argon2Hasher, AHashThatCannotBeReadMatchesNothing) {
  const Argon2Hasher hasher(Argon2Hasher::kCheapest);
  for (const std::string& hash : {std::string(), std::string("!"), std::string("$argon2id$v=19$"),
                                  std::string("$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"),
                                  std::string(10'000, 'a'), std::string("\0\0", 2)}) {
    EXPECT_FALSE(hasher.verify(hash, "password")) << hash;
  }
}

TEST(Argon2Hasher, ACostThatHasChangedAsksForANewHash) {
  const Argon2Hasher cheap(Argon2Hasher::kCheapest);
  const Argon2Hasher dearer({.memory_bytes = 16 * 1024, .passes = 2});
  const std::string hash = *cheap.hash("password");
  EXPECT_FALSE(cheap.needs_rehash(hash));
  EXPECT_TRUE(dearer.needs_rehash(hash));
  EXPECT_TRUE(dearer.verify(hash, "password")) << "the old one still does";
}

TEST(Argon2Hasher, WithoutTheMemoryItSaysSo) {
  const Argon2Hasher greedy({.memory_bytes = std::size_t{1} << 43, .passes = 1});
  const Result<std::string> hash = greedy.hash("password");
  ASSERT_FALSE(hash);
  EXPECT_EQ(hash.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace wyld::account
