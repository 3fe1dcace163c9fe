#include "session/resume_token.h"

#include <gtest/gtest.h>

#include <set>

namespace wyld::session {
namespace {

using Time = std::chrono::system_clock::time_point;

ResumeToken token_of(std::uint8_t family, std::uint8_t secret) {
  ResumeToken token;
  token.family.fill(family);
  token.secret.fill(secret);
  return token;
}

TEST(ResumeToken, ItsTextReadsBack) {
  ResumeToken token;
  for (std::size_t i = 0; i < token.family.size(); ++i) token.family[i] = static_cast<std::uint8_t>(i * 37);
  for (std::size_t i = 0; i < token.secret.size(); ++i)
    token.secret[i] = static_cast<std::uint8_t>(255 - i * 7);
  const std::string text = token.text();
  EXPECT_EQ(text.size(), ResumeToken::kTextBytes);
  const auto read = ResumeToken::parse(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->family, token.family);
  EXPECT_EQ(read->secret, token.secret);
}

TEST(ResumeToken, OtherTextIsNone) {
  const std::string text = token_of(1, 2).text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(ResumeToken::parse(text.substr(0, i)));
    std::string wrong = text;
    wrong[i] = '=';
    EXPECT_FALSE(ResumeToken::parse(wrong));
  }
  EXPECT_FALSE(ResumeToken::parse(text + "A"));
}

// FIPS 180-4 gives SHA-256 of 32 zero bytes no vector; this one is openssl's:
// head -c32 /dev/zero | sha256sum
TEST(ResumeToken, TheHashIsSha256OfTheSecret) {
  const SecretHash hash = hash_of(token_of(9, 0));
  EXPECT_EQ(hash[0], 0x66);
  EXPECT_EQ(hash[1], 0x68);
  EXPECT_EQ(hash[31], 0x25);
}

TEST(ResumeToken, CurrentPreviousAndRetired) {
  const Time now = Time(std::chrono::hours(1'000'000));
  ResumeKeys keys;
  const ResumeToken first = token_of(1, 1);
  const ResumeToken second = token_of(1, 2);
  const ResumeToken third = token_of(1, 3);
  rotate(keys, {}, first, now);
  EXPECT_EQ(judge(keys, first, now), TokenVerdict::kCurrent);
  rotate(keys, hash_of(first), second, now);
  EXPECT_EQ(judge(keys, second, now), TokenVerdict::kCurrent);
  EXPECT_EQ(judge(keys, first, now), TokenVerdict::kPrevious);
  rotate(keys, hash_of(first), third, now);  // the reply with the second was lost
  EXPECT_EQ(judge(keys, first, now), TokenVerdict::kPrevious);
  EXPECT_EQ(judge(keys, second, now), TokenVerdict::kReused);
  EXPECT_EQ(judge(keys, first, now + kPreviousTokenLife), TokenVerdict::kReused);
  retire_previous(keys);
  EXPECT_EQ(judge(keys, first, now), TokenVerdict::kReused);
  EXPECT_EQ(judge(keys, third, now), TokenVerdict::kCurrent);
  EXPECT_EQ(judge({}, first, now), TokenVerdict::kReused) << "no keys: nothing is right";
}

TEST(ResumeCode, IsTypedAsPeopleType) {
  const ResumeCode code = ResumeCode::from(0x0123'4567'89ab'cdefULL);
  const std::string text = code.text();
  EXPECT_EQ(text.size(), ResumeCode::kTextBytes);
  EXPECT_EQ(text[4], '-');
  EXPECT_EQ(text.find_first_of("ILOU"), std::string::npos);
  std::string typed;
  for (const char c : text) typed += c == '-' ? ' ' : static_cast<char>(c >= 'A' ? c - 'A' + 'a' : c);
  for (char& c : typed) c = c == '0' ? 'o' : c == '1' ? 'l' : c;
  ASSERT_TRUE(ResumeCode::parse(typed)) << typed;
  EXPECT_EQ(ResumeCode::parse(typed)->digits, code.digits);
  EXPECT_EQ(hash_of(*ResumeCode::parse(typed)), hash_of(code));
}

TEST(ResumeCode, OtherTextIsNone) {
  EXPECT_FALSE(ResumeCode::parse(""));
  EXPECT_FALSE(ResumeCode::parse("7KQ2-M9XP-4DT"));
  EXPECT_FALSE(ResumeCode::parse("7KQ2-M9XP-4DTHX"));
  EXPECT_FALSE(ResumeCode::parse("7KQ2-M9XP-4DTU"));
  EXPECT_FALSE(ResumeCode::parse("my old friend"));
}

TEST(ResumeCode, UsesAllOfItsBits) {
  std::set<std::string> codes;
  for (unsigned bit = 0; bit < 60; ++bit) codes.insert(ResumeCode::from(std::uint64_t{1} << bit).text());
  EXPECT_EQ(codes.size(), 60U);
}

}  // namespace
}  // namespace wyld::session
