#include "trust/root.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/unit/trust/signers.h"

namespace gnomon::trust {
namespace {

using ::testing::HasSubstr;
using testing::kNow;
using testing::Signers;
using ::testing::StartsWith;

std::string ErrorOf(const std::string& yaml) {
  const Result<Root> root = Root::Parse(yaml, "root.yaml");
  return root.ok() ? "ok" : root.status().message();
}

TEST(Root, WhatIsWrittenIsReadBack) {
  const Signers signers;
  const Result<Root> again = Root::Parse(signers.root.ToYaml(), "root.yaml");
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(again->ToYaml(), signers.root.ToYaml());
}

TEST(Root, OnePersonIsNeverEnough) {
  std::string yaml = Signers().root.ToYaml();
  yaml.replace(yaml.find("threshold: 2"), 12, "threshold: 1");
  EXPECT_THAT(ErrorOf(yaml), HasSubstr("root.yaml:2: threshold"));
}

TEST(Root, AKeyOrAnOwnerListedTwiceIsNotTwoSigners) {
  Root root = Signers().root;
  root.signers[1].key = root.signers[0].key;
  EXPECT_THAT(ErrorOf(root.ToYaml()), HasSubstr("listed twice"));
  root = Signers().root;
  root.signers[1].owner = root.signers[0].owner;
  EXPECT_THAT(ErrorOf(root.ToYaml()), HasSubstr("listed twice"));
}

TEST(Root, AThresholdThatCannotBeReachedIsAnError) {
  Root root = Signers().root;
  root.threshold = 4;
  EXPECT_THAT(ErrorOf(root.ToYaml()), HasSubstr("4 of 3 signers"));
}

TEST(Root, WrongKeysAndUnknownFieldsAreNamedWithTheirLine) {
  EXPECT_THAT(ErrorOf("version: 1\nthreshold: 2\nsigners:\n  - {owner: a, key: b}\n"),
              HasSubstr("root.yaml:4"));
  EXPECT_THAT(ErrorOf("version: 1\nthreshold: 2\nsigners: []\nmore: 1\n"), HasSubstr("more"));
  EXPECT_THAT(ErrorOf("threshold: 2\nsigners: []\n"), HasSubstr("version"));
}

class RotationTest : public ::testing::Test {
 protected:
  RotationTest() {
    next_ = old_.root;
    next_.version = 2;
    next_.signers[2] = {"new", fresh_.public_key()};
  }
  // Root 2, signed by old signers and perhaps by the new one.
  std::string Release(const std::vector<size_t>& old, bool by_new) const {
    trust::Release release = old_.Sign(Kind::kRoot, next_.ToYaml(), kNow, nullptr, old);
    if (by_new) AddSignature(fresh_, &release);
    return release.Serialise();
  }
  std::string Offer(const std::string& bytes) const {
    const Result<Root> root = VerifyRoot(BytesOf(bytes), old_.root, kNow);
    return root.ok() ? "accepted" : root.status().message();
  }

  const Signers old_;
  const SecretKey fresh_ = SecretKey::Generate();
  Root next_;
};

TEST_F(RotationTest, ANewRootNeedsEnoughOldAndEnoughNewSigners) {
  EXPECT_EQ(Offer(Release({0, 1}, false)), "accepted") << "both stay signers";
  EXPECT_EQ(Offer(Release({0, 2}, true)), "accepted");
  EXPECT_THAT(Offer(Release({0, 2}, false)), StartsWith("signers: 1 of the 2 of the new root"));
  EXPECT_THAT(Offer(Release({0}, true)), StartsWith("signers: 1 of the 2 needed"));
}

TEST_F(RotationTest, ARootOutOfTurnIsRefused) {
  next_.version = 3;
  EXPECT_THAT(Offer(Release({0, 1}, false)), StartsWith("rollback: root 3 does not follow root 1"));
  next_.version = 1;
  EXPECT_THAT(Offer(Release({0, 1}, false)), StartsWith("rollback: root 1 does not follow root 1"));
}

TEST_F(RotationTest, ASignedRootThatMakesOnePersonEnoughIsRefused) {
  std::string yaml = next_.ToYaml();
  yaml.replace(yaml.find("threshold: 2"), 12, "threshold: 1");
  const trust::Release release = old_.Sign(Kind::kRoot, yaml, kNow, nullptr, {0, 1, 2});
  EXPECT_THAT(Offer(release.Serialise()), HasSubstr("threshold"));
}

TEST(SecretKeyFile, IsReadableByItsOwnerOnlyAndNeverOverwritten) {
  const std::filesystem::path file =
      std::filesystem::path(::testing::TempDir()) / "gnomon-signer.key";
  std::filesystem::remove(file);
  const SecretKey key = SecretKey::Generate();
  ASSERT_TRUE(key.WriteTo(file).ok());
  EXPECT_EQ(key.WriteTo(file).code(), StatusCode::kAlreadyExists);
  const Result<SecretKey> again = SecretKey::ReadFrom(file);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->public_key(), key.public_key());
  ::chmod(file.c_str(), 0640);
  EXPECT_EQ(SecretKey::ReadFrom(file).status().code(), StatusCode::kPermissionDenied);
  std::filesystem::remove(file);
}

TEST(PublicKeyText, IsReadBackAndNothingElseIs) {
  const PublicKey key = SecretKey::Generate().public_key();
  const Result<PublicKey> again = PublicKey::Parse(key.ToString());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, key);
  for (const char* wrong : {"", "gnomon-key-1:", "gnomon-key-1:zz", "gnomon-secret-key-1:00"}) {
    EXPECT_FALSE(PublicKey::Parse(wrong).ok()) << wrong;
  }
  // RFC 8032, section 7.1, test 1.
  const auto known = PublicKey::Parse(
      "gnomon-key-1:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  ASSERT_TRUE(known.ok());
  Signature signature;
  const std::string hex =
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
      "b4"
      "6bd25bf5f0595bbe24655141438e7a100b";
  for (size_t i = 0; i < signature.size(); ++i) {
    signature[i] = static_cast<uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  }
  EXPECT_TRUE(known->Verify({}, signature));
  signature[5] ^= 1;
  EXPECT_FALSE(known->Verify({}, signature));
}

}  // namespace
}  // namespace gnomon::trust
