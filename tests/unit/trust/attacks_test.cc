// What an attacker on the way, or a signer who turned, can try: each refused with its own error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/trust/signers.h"

namespace gnomon::trust {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::kDaySeconds;
using testing::kNow;
using testing::Signers;
using ::testing::StartsWith;
using testing::Uses;

class AttackTest : public ::testing::Test {
 protected:
  // The message of the refusal, or "accepted".
  std::string Offer(const std::string& bytes, const std::optional<InUse>& in_use = std::nullopt,
                    int64_t now = kNow, Kind kind = Kind::kCatalogue) const {
    const Result<Verified> verified = Verify(BytesOf(bytes), kind, signers_.root, in_use, now);
    return verified.ok() ? "accepted" : verified.status().message();
  }
  std::string Offer(const Release& release, const std::optional<InUse>& in_use = std::nullopt,
                    int64_t now = kNow) const {
    return Offer(release.Serialise(), in_use, now);
  }

  const Signers signers_;
  const Release first_ = signers_.Sign(Kind::kCatalogue, "one", kNow - 3 * kDaySeconds, nullptr);
  const Release second_ = signers_.Sign(Kind::kCatalogue, "two", kNow - 2 * kDaySeconds, &first_);
  const Release third_ = signers_.Sign(Kind::kCatalogue, "three", kNow - kDaySeconds, &second_);
};

TEST_F(AttackTest, WhatTwoOfThreeHaveSignedIsAcceptedAndSoAreItsSuccessors) {
  EXPECT_EQ(Offer(first_), "accepted");
  EXPECT_EQ(Offer(second_, Uses(first_)), "accepted");
  EXPECT_EQ(Offer(third_, Uses(first_)), "accepted") << "a version missed while away";
}

TEST_F(AttackTest, AnyTwoSignersWillDo) {
  for (const std::vector<size_t>& two : {std::vector<size_t>{0, 1}, {1, 2}, {0, 2}, {2, 0}}) {
    EXPECT_EQ(Offer(signers_.Sign(Kind::kCatalogue, "one", kNow, nullptr, two)), "accepted");
  }
}

TEST_F(AttackTest, OneSignerIsNotEnough) {
  EXPECT_THAT(Offer(signers_.Sign(Kind::kCatalogue, "one", kNow, nullptr, {2})),
              StartsWith("signers: 1 of the 2 needed"));
  EXPECT_THAT(Offer(signers_.Sign(Kind::kCatalogue, "one", kNow, nullptr, {})),
              StartsWith("signers: 0 of the 2 needed"));
}

TEST_F(AttackTest, OneKeySigningTwiceCountsOnce) {
  Release release = signers_.Sign(Kind::kCatalogue, "one", kNow, nullptr, {0});
  release.signatures.push_back(release.signatures[0]);
  EXPECT_THAT(Offer(release), AllOf(StartsWith("signers: 1 of the 2"), HasSubstr("twice")));
}

TEST_F(AttackTest, AnUnknownKeyDoesNotCount) {
  Release release = signers_.Sign(Kind::kCatalogue, "one", kNow, nullptr, {0});
  AddSignature(SecretKey::Generate(), &release);
  EXPECT_THAT(Offer(release), AllOf(StartsWith("signers: 1 of the 2"), HasSubstr("1 unknown")));
}

TEST_F(AttackTest, AnOlderVersionIsARollback) {
  EXPECT_THAT(Offer(first_, Uses(third_)), StartsWith("rollback: version 1 is older than 3"));
}

TEST_F(AttackTest, AnOldBodyUnderANewVersionIsARollbackThatTheSignersWanted) {
  const Release back = signers_.Sign(Kind::kCatalogue, "one", kNow, &third_);
  EXPECT_EQ(Offer(back, Uses(third_)), "accepted");
}

TEST_F(AttackTest, HoldingBackNewReleasesEndsWithTheOldOnesLife) {
  EXPECT_EQ(Offer(first_, std::nullopt, first_.header.expires - 1), "accepted");
  EXPECT_THAT(Offer(first_, std::nullopt, first_.header.expires), StartsWith("expired: version 1"));
}

TEST_F(AttackTest, AClockThatWasSetBackRevivesNothing) {
  const Release late = signers_.Sign(Kind::kCatalogue, "late", first_.header.expires + 1, &first_);
  // The machine has seen `late`; with the clock back, `first_` or an expired twin must not return.
  EXPECT_THAT(Offer(first_, Uses(late), kNow), StartsWith("rollback"));
  const Release soon =
      signers_.Sign(Kind::kCatalogue, "soon", kNow - 20 * kDaySeconds, &late, {0, 1}, kDaySeconds);
  EXPECT_THAT(Offer(soon, Uses(late), kNow - 20 * kDaySeconds), StartsWith("expired"));
}

TEST_F(AttackTest, AReleaseFromTheFutureIsRefusedButADayOfClockSkewIsNot) {
  const auto at = [&](int64_t issued) {
    return Offer(signers_.Sign(Kind::kCatalogue, "one", issued, nullptr));
  };
  EXPECT_EQ(at(kNow + kClockSkewSeconds), "accepted");
  EXPECT_THAT(at(kNow + kClockSkewSeconds + 1), StartsWith("from-the-future"));
}

TEST_F(AttackTest, NoSignatureMakesAReleaseLiveLonger) {
  EXPECT_FALSE(MakeRelease(Kind::kCatalogue, "one", kNow, kMaxLifeSeconds + 1, nullptr).ok());
  Release release = *MakeRelease(Kind::kCatalogue, "one", kNow, kMaxLifeSeconds, nullptr);
  for (const int64_t expires :
       {kNow + kMaxLifeSeconds + 1, kNow, kNow - 1, INT64_MAX, int64_t{0}}) {
    release.header.expires = expires;
    for (const SecretKey& key : signers_.keys) AddSignature(key, &release);
    EXPECT_THAT(Offer(release), StartsWith("lives-too-long")) << expires;
  }
}

TEST_F(AttackTest, AVersionFarAheadThatNamesNoHistoryIsRefused) {
  Release ahead = second_;
  ahead.header.version = UINT64_MAX - 1;
  for (const SecretKey& key : signers_.keys) AddSignature(key, &ahead);
  EXPECT_THAT(Offer(ahead, Uses(first_)), StartsWith("fast-forward"));
}

TEST_F(AttackTest, ASkippedVersionIsRefused) {
  Release skips = *MakeRelease(Kind::kCatalogue, "three", kNow, kDaySeconds, &second_);
  skips.history.erase(skips.history.begin() + 1);  // the second
  for (const SecretKey& key : signers_.keys) AddSignature(key, &skips);
  EXPECT_THAT(Offer(skips, Uses(first_)), StartsWith("fast-forward"));

  Release renamed = *MakeRelease(Kind::kCatalogue, "three", kNow, kDaySeconds, &second_);
  renamed.history[1].version = 7;
  for (const SecretKey& key : signers_.keys) AddSignature(key, &renamed);
  EXPECT_THAT(Offer(renamed, Uses(first_)), StartsWith("fast-forward: the history breaks"));
}

TEST_F(AttackTest, TheSameVersionWithOtherBytesRaisesTheAlarm) {
  const Release other = signers_.Sign(Kind::kCatalogue, "two!", kNow, &first_);
  EXPECT_THAT(Offer(other, Uses(second_)), StartsWith("fork: another version 2"));
  const Release after = signers_.Sign(Kind::kCatalogue, "three!", kNow, &other);
  EXPECT_THAT(Offer(after, Uses(second_)), StartsWith("fork: the history holds another version 2"));
}

TEST_F(AttackTest, TheReleaseInUseIsKnownAgain) {
  const auto verified =
      Verify(BytesOf(second_.Serialise()), Kind::kCatalogue, signers_.root, Uses(second_), kNow);
  ASSERT_TRUE(verified.ok());
  EXPECT_TRUE(verified->same);
}

TEST_F(AttackTest, APolicyIsNoCatalogue) {
  const Release policy = signers_.Sign(Kind::kPolicy, "one", kNow, nullptr);
  EXPECT_EQ(Offer(policy.Serialise(), std::nullopt, kNow, Kind::kPolicy), "accepted");
  EXPECT_THAT(Offer(policy), StartsWith("wrong-kind: signed as a policy, offered as a catalogue"));
  Release renamed = policy;
  renamed.header.kind = Kind::kCatalogue;
  EXPECT_THAT(Offer(renamed), StartsWith("signers: 0 of the 2"));
}

TEST_F(AttackTest, AnotherBodyUnderAGoodSignatureIsRefused) {
  Release release = first_;
  release.body = "0ne";
  EXPECT_THAT(Offer(release), StartsWith("body: not the one that was signed"));
}

TEST_F(AttackTest, AnOversizeFileIsRefusedBeforeItIsRead) {
  EXPECT_THAT(Offer(std::string(kMaxReleaseFile + 1, 'x')), StartsWith("oversize"));
  EXPECT_FALSE(
      MakeRelease(Kind::kCatalogue, std::string(kMaxBody + 1, 'x'), kNow, 1, nullptr).ok());
}

TEST_F(AttackTest, NoFlippedBitIsAccepted) {
  const std::string good = third_.Serialise();
  ASSERT_EQ(Offer(good, Uses(first_)), "accepted");
  size_t accepted = 0;
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    accepted += Offer(bad, Uses(first_)) == "accepted";
  }
  EXPECT_EQ(accepted, 0u);
}

TEST_F(AttackTest, NoCutFileIsAccepted) {
  const std::string good = third_.Serialise();
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_THAT(Offer(good.substr(0, length)), StartsWith("damaged")) << length;
  }
  EXPECT_THAT(Offer(good + "x"), StartsWith("damaged"));
}

TEST_F(AttackTest, NoiseIsNeverAccepted) {
  std::mt19937 random(7);
  const std::string good = third_.Serialise();
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = good;
    for (int i = 0; i < 4; ++i) bad[random() % bad.size()] = static_cast<char>(random());
    EXPECT_TRUE(bad == good || Offer(bad, Uses(first_)) != "accepted");
  }
}

TEST(ReleaseFormat, ParseGivesBackWhatSerialiseWrote) {
  const Signers signers;
  const Release first = signers.Sign(Kind::kPolicy, "a body", kNow, nullptr);
  const Release second = signers.Sign(Kind::kPolicy, "", kNow + 5, &first, {0, 1, 2});
  for (const Release* release : {&first, &second}) {
    const std::string bytes = release->Serialise();
    const Result<Release> again = Release::Parse(BytesOf(bytes));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->Serialise(), bytes);
    EXPECT_EQ(again->header, release->header);
    EXPECT_EQ(again->body, release->body);
  }
}

TEST(ReleaseHistory, ALaptopThatWasAwayForManyReleasesFollowsAndForMoreThanTheHistoryDoesNot) {
  const Signers signers;
  const Release first = signers.Sign(Kind::kCatalogue, "v", kNow, nullptr);
  Release last = first;
  for (size_t i = 0; i < kMaxHistory; ++i) last = signers.Sign(Kind::kCatalogue, "v", kNow, &last);
  const auto offer = [&](const Release& release) {
    return Verify(BytesOf(release.Serialise()), Kind::kCatalogue, signers.root, Uses(first), kNow);
  };
  EXPECT_TRUE(offer(last).ok());
  const Release one_more = signers.Sign(Kind::kCatalogue, "v", kNow, &last);
  EXPECT_EQ(one_more.history.size(), kMaxHistory);
  EXPECT_THAT(offer(one_more).status().message(), StartsWith("fast-forward"));
}

}  // namespace
}  // namespace gnomon::trust
