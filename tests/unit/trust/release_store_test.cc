#include "trust/release_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/random.h"
#include "tests/unit/trust/signers.h"

namespace gnomon::trust {
namespace {

using ::testing::HasSubstr;
using testing::kDaySeconds;
using testing::kNow;
using testing::Signers;

class ReleaseStoreTest : public ::testing::Test {
 protected:
  ReleaseStoreTest() : folder_(std::filesystem::path(::testing::TempDir()) / RandomHex(8)) {
    std::filesystem::create_directories(folder_);
    EXPECT_TRUE(WriteFileAtomically(root_file(), signers_.root.ToYaml()).ok());
  }
  ~ReleaseStoreTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path root_file() const { return folder_ / "trust-root.yaml"; }
  std::filesystem::path file(const std::string& name) const { return folder_ / "releases" / name; }
  ReleaseStore Open() const {
    Result<ReleaseStore> store = ReleaseStore::Open(folder_ / "releases", root_file());
    EXPECT_TRUE(store.ok()) << store.status().message();
    return std::move(*store);
  }
  Status Install(ReleaseStore& store, const Release& release, int64_t now = kNow) const {
    const std::string bytes = release.Serialise();
    return store.Install(Kind::kCatalogue, BytesOf(bytes), now).status();
  }
  std::string Body(ReleaseStore& store, int64_t now = kNow) const {
    const Result<Release> release = store.Current(Kind::kCatalogue, now);
    return release.ok() ? release->body : release.status().message();
  }

  const Signers signers_;
  const std::filesystem::path folder_;
  const Release first_ = signers_.Sign(Kind::kCatalogue, "one", kNow - 2 * kDaySeconds, nullptr);
  const Release second_ = signers_.Sign(Kind::kCatalogue, "two", kNow - kDaySeconds, &first_);
};

TEST_F(ReleaseStoreTest, WhatWasInstalledIsInUseAfterARestart) {
  {
    ReleaseStore store = Open();
    EXPECT_EQ(store.Current(Kind::kCatalogue, kNow).status().code(), StatusCode::kNotFound);
    ASSERT_TRUE(Install(store, first_).ok());
    ASSERT_TRUE(Install(store, second_).ok());
  }
  ReleaseStore store = Open();
  EXPECT_EQ(Body(store), "two");
  EXPECT_EQ(store.in_use(Kind::kCatalogue)->version, 2u);
  EXPECT_FALSE(store.in_use(Kind::kPolicy).has_value());
}

TEST_F(ReleaseStoreTest, TheSameReleaseAgainChangesNothing) {
  ReleaseStore store = Open();
  ASSERT_TRUE(Install(store, first_).ok());
  const std::string bytes = first_.Serialise();
  const Result<bool> again = store.Install(Kind::kCatalogue, BytesOf(bytes), kNow);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(*again);
}

TEST_F(ReleaseStoreTest, ARefusedReleaseLeavesTheOneInUseAlone) {
  ReleaseStore store = Open();
  ASSERT_TRUE(Install(store, second_).ok());
  EXPECT_THAT(Install(store, first_).message(), HasSubstr("rollback"));
  EXPECT_EQ(Body(store), "two");
}

TEST_F(ReleaseStoreTest, AnOldFileThatSomebodyPutBackIsARollback) {
  ReleaseStore store = Open();
  ASSERT_TRUE(Install(store, first_).ok());
  const std::string old = *ReadFile(file("catalogue.release"));
  ASSERT_TRUE(Install(store, second_).ok());
  ASSERT_TRUE(WriteFileAtomically(file("catalogue.release"), old).ok());
  ReleaseStore again = Open();
  EXPECT_THAT(Body(again), HasSubstr("rollback"));
  EXPECT_TRUE(Install(again, second_).ok()) << "the right one heals it";
  EXPECT_EQ(Body(again), "two");
}

TEST_F(ReleaseStoreTest, ACrashBetweenTheTwoFilesLeavesTheNewReleaseInUse) {
  ReleaseStore store = Open();
  ASSERT_TRUE(Install(store, first_).ok());
  // As after a crash that came before catalogue.seen was written.
  ASSERT_TRUE(WriteFileAtomically(file("catalogue.release"), second_.Serialise()).ok());
  ReleaseStore again = Open();
  EXPECT_EQ(Body(again), "two");
  EXPECT_EQ(again.in_use(Kind::kCatalogue)->version, 2u);
}

TEST_F(ReleaseStoreTest, ADamagedReleaseIsNamedAndReplacedByTheSameOrANewerOne) {
  ReleaseStore store = Open();
  ASSERT_TRUE(Install(store, first_).ok());
  const std::string good = *ReadFile(file("catalogue.release"));
  ASSERT_TRUE(WriteFileAtomically(file("catalogue.release"), good.substr(0, 40)).ok());
  ReleaseStore again = Open();
  EXPECT_THAT(Body(again), HasSubstr("catalogue.release: damaged"));
  EXPECT_TRUE(Install(again, second_).ok());
  EXPECT_EQ(Body(again), "two");
}

TEST_F(ReleaseStoreTest, ADamagedMemoryOfWhatWasSeenIsAnErrorAndNotForgotten) {
  ReleaseStore store = Open();
  ASSERT_TRUE(Install(store, second_).ok());
  const std::string good = *ReadFile(file("catalogue.seen"));
  for (const std::string& bad : {std::string(), good.substr(0, 20), "x" + good, good + "x"}) {
    ASSERT_TRUE(WriteFileAtomically(file("catalogue.seen"), bad).ok());
    const auto opened = ReleaseStore::Open(folder_ / "releases", root_file());
    ASSERT_FALSE(opened.ok());
    EXPECT_THAT(opened.status().message(), HasSubstr("catalogue.seen: damaged"));
  }
}

TEST_F(ReleaseStoreTest, AnExpiredReleaseSaysSo) {
  ReleaseStore store = Open();
  ASSERT_TRUE(Install(store, first_).ok());
  EXPECT_THAT(Body(store, first_.header.expires), HasSubstr("expired"));
}

TEST_F(ReleaseStoreTest, ARotatedRootIsKeptAndOldSignersAloneDoNoLongerCount) {
  const SecretKey fresh = SecretKey::Generate();
  Root next = signers_.root;
  next.version = 2;
  next.signers[0] = {"new", fresh.public_key()};
  {
    ReleaseStore store = Open();
    const std::string rotation =
        signers_.Sign(Kind::kRoot, next.ToYaml(), kNow, nullptr, {1, 2}).Serialise();
    ASSERT_TRUE(store.InstallRoot(BytesOf(rotation), kNow).ok());
  }
  ReleaseStore store = Open();
  EXPECT_EQ(store.root().version, 2u);
  EXPECT_THAT(Install(store, first_).message(), HasSubstr("signers: 1 of the 2"));
  Release release = signers_.Sign(Kind::kCatalogue, "one", kNow, nullptr, {1});
  AddSignature(fresh, &release);
  EXPECT_TRUE(Install(store, release).ok());
}

}  // namespace
}  // namespace gnomon::trust
