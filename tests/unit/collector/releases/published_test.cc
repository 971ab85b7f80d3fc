#include "collector/releases/published.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/random.h"
#include "tests/unit/trust/signers.h"

namespace gnomon::releases {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using trust::Kind;
using trust::testing::kDaySeconds;
using trust::testing::kNow;

class PublishedTest : public ::testing::Test {
 protected:
  PublishedTest()
      : folder_(std::filesystem::path(::testing::TempDir()) / RandomHex(8)), published_(folder_) {}
  ~PublishedTest() override { std::filesystem::remove_all(folder_); }

  Status Add(const trust::Release& release, uint32_t percent = 100) const {
    const std::string bytes = release.Serialise();
    return published_.Add(trust::BytesOf(bytes), release.header.kind, signers_.root, percent, kNow);
  }
  // The version that `device` gets; 0: nothing.
  uint64_t Gets(const std::string& device, uint64_t has) const {
    const Result<std::string> bytes = published_.For(Kind::kCatalogue, device, has);
    EXPECT_TRUE(bytes.ok());
    if (bytes->empty()) return 0;
    return trust::Release::Parse(trust::BytesOf(*bytes))->header.version;
  }

  const std::filesystem::path folder_;
  const Published published_;
  const trust::testing::Signers signers_;
  const trust::Release first_ = signers_.Sign(Kind::kCatalogue, "one", kNow - 9, nullptr);
  const trust::Release second_ = signers_.Sign(Kind::kCatalogue, "two", kNow - 8, &first_);
  const trust::Release third_ = signers_.Sign(Kind::kCatalogue, "three", kNow - 7, &second_);
};

TEST_F(PublishedTest, NothingIsPublishedAtFirst) {
  EXPECT_EQ(Gets("a", 0), 0u);
  EXPECT_TRUE(published_.RootsAfter(1)->empty());
}

TEST_F(PublishedTest, EachLaptopGetsTheNewestThatItDoesNotHave) {
  ASSERT_TRUE(Add(first_).ok());
  ASSERT_TRUE(Add(second_).ok());
  EXPECT_EQ(Gets("a", 0), 2u);
  EXPECT_EQ(Gets("a", 1), 2u);
  EXPECT_EQ(Gets("a", 2), 0u);
  EXPECT_EQ(Gets("a", 9), 0u);
}

TEST_F(PublishedTest, AStagedReleaseGoesToItsShareOfLaptopsAndTheOthersKeepTheOldOne) {
  ASSERT_TRUE(Add(first_).ok());
  ASSERT_TRUE(Add(second_, 25).ok());
  size_t second = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string device = "device-" + std::to_string(i);
    const uint64_t version = Gets(device, 0);
    ASSERT_TRUE(version == 1 || version == 2);
    EXPECT_EQ(Gets(device, 0), version) << "the same at each call";
    second += version == 2;
  }
  EXPECT_NEAR(static_cast<double>(second), 1000.0, 120.0);  // over 4 standard deviations
}

TEST_F(PublishedTest, WhoHadItAtAQuarterHasItAtAHalf) {
  for (int i = 0; i < 500; ++i) {
    const std::string device = "device-" + std::to_string(i);
    const uint32_t place = RolloutPlace(device, Kind::kCatalogue, 2);
    EXPECT_LT(place, 100u);
    EXPECT_TRUE(place >= 25 || place < 50);
  }
  ASSERT_TRUE(Add(first_).ok());
  ASSERT_TRUE(Add(second_, 25).ok());
  ASSERT_TRUE(Add(second_, 100).ok()) << "the percentage of a release may grow";
  EXPECT_EQ(Gets("anyone", 1), 2u);
}

TEST_F(PublishedTest, APinHoldsBackWhatIsNewer) {
  for (const trust::Release* release : {&first_, &second_, &third_})
    ASSERT_TRUE(Add(*release).ok());
  ASSERT_TRUE(published_.Pin(Kind::kCatalogue, 2).ok());
  EXPECT_EQ(Gets("a", 1), 2u);
  EXPECT_EQ(Gets("a", 3), 0u) << "what a laptop has, it keeps";
  ASSERT_TRUE(published_.Pin(Kind::kCatalogue, std::nullopt).ok());
  EXPECT_EQ(Gets("a", 1), 3u);
}

TEST_F(PublishedTest, WhatLaptopsWouldRefuseIsNotPublished) {
  const trust::Release one_signer = signers_.Sign(Kind::kCatalogue, "x", kNow, nullptr, {0});
  EXPECT_THAT(Add(one_signer).message(), StartsWith("signers: 1 of the 2"));
  const trust::Release old = signers_.Sign(Kind::kCatalogue, "x", kNow - 40 * kDaySeconds, nullptr);
  EXPECT_THAT(Add(old).message(), StartsWith("expired"));
  EXPECT_EQ(Gets("a", 0), 0u);
}

TEST_F(PublishedTest, AVersionOncePublishedStaysWhatItIs) {
  ASSERT_TRUE(Add(first_).ok());
  const trust::Release other = signers_.Sign(Kind::kCatalogue, "other", kNow, nullptr);
  const Status status = Add(other);
  EXPECT_EQ(status.code(), StatusCode::kConflict);
  EXPECT_THAT(status.message(), HasSubstr("catalogue release 1 is published already"));
}

TEST_F(PublishedTest, RootsComeInTheirOrder) {
  trust::Root next = signers_.root;
  next.version = 2;
  ASSERT_TRUE(Add(signers_.Sign(Kind::kRoot, next.ToYaml(), kNow, nullptr)).ok());
  EXPECT_EQ(published_.RootsAfter(1)->size(), 1u);
  EXPECT_TRUE(published_.RootsAfter(2)->empty());
}

}  // namespace
}  // namespace gnomon::releases
