#include "agent/releases/releases_in_use.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/random.h"
#include "tests/unit/trust/signers.h"

namespace gnomon::agent {
namespace {

using ::testing::HasSubstr;
using trust::Kind;
using trust::testing::kDaySeconds;
using trust::testing::kNow;

std::string CatalogueWith(const std::vector<std::string>& hosts) {
  v1::Catalogue catalogue;
  catalogue.set_version(1);
  for (size_t i = 0; i < hosts.size(); ++i) {
    v1::Service* service = catalogue.add_services();
    service->set_id("service-" + std::to_string(i));
    service->set_name("Service");
    service->set_vendor("Vendor");
    service->set_category(v1::CATEGORY_CHAT);
    service->set_surface(v1::SURFACE_WEB);
    service->add_sources("list@1");
    v1::Host* host = service->add_hosts();
    host->set_suffix(hosts[i]);
    host->set_role(v1::HOST_ROLE_USE);
  }
  return catalogue.SerializeAsString();
}

class ReleasesInUseTest : public ::testing::Test {
 protected:
  ReleasesInUseTest() : folder_(std::filesystem::path(::testing::TempDir()) / RandomHex(8)) {
    std::filesystem::create_directories(folder_);
    Write("trust-root.yaml", signers_.root.ToYaml());
  }
  ~ReleasesInUseTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& content) const {
    EXPECT_TRUE(WriteFileAtomically(folder_ / name, content).ok());
  }
  ReleasesInUse Open(int64_t now = kNow) const {
    auto use = ReleasesInUse::Signed(folder_ / "releases", folder_ / "trust-root.yaml",
                                     folder_ / "catalogue.release", now);
    EXPECT_TRUE(use.ok()) << use.status().message();
    return std::move(*use);
  }
  static v1::FetchReleasesReply Reply(const trust::Release& release) {
    v1::FetchReleasesReply reply;
    reply.set_catalogue(release.Serialise());
    return reply;
  }

  const trust::testing::Signers signers_;
  const std::filesystem::path folder_;
  const trust::Release first_ = signers_.Sign(Kind::kCatalogue, CatalogueWith({"one.example.com"}),
                                              kNow - 2 * kDaySeconds, nullptr);
  const trust::Release second_ =
      signers_.Sign(Kind::kCatalogue, CatalogueWith({"one.example.com", "two.example.com"}),
                    kNow - kDaySeconds, &first_);
};

TEST_F(ReleasesInUseTest, WithoutARootTheFileIsTakenAsItIs) {
  Write("catalogue.pb", CatalogueWith({"one.example.com"}));
  auto use = ReleasesInUse::Unsigned(folder_ / "catalogue.pb");
  ASSERT_TRUE(use.ok());
  EXPECT_FALSE(use->is_signed());
  EXPECT_FALSE(use->Wanted().has_value());
  EXPECT_FALSE(use->Check(INT64_MAX));
  EXPECT_TRUE(use->table()->Find("one.example.com"));
}

TEST_F(ReleasesInUseTest, TheInstalledReleaseIsTakenUpAtTheFirstStart) {
  Write("catalogue.release", first_.Serialise());
  const ReleasesInUse use = Open();
  ASSERT_NE(use.table(), nullptr) << use.reason();
  EXPECT_EQ(use.release(), 1u);
  EXPECT_EQ(use.Wanted()->catalogue_version(), 1u);
}

TEST_F(ReleasesInUseTest, WithoutAnyReleaseNothingIsCollectedUntilTheCollectorSendsOne) {
  ReleasesInUse use = Open();
  EXPECT_EQ(use.table(), nullptr);
  EXPECT_FALSE(use.reason().empty());
  EXPECT_EQ(use.Wanted()->catalogue_version(), 0u);
  const auto taken = use.TakeUp(Reply(first_), kNow);
  ASSERT_TRUE(taken.refused.ok()) << taken.refused.message();
  EXPECT_TRUE(taken.changed);
  EXPECT_NE(use.table(), nullptr);
  EXPECT_TRUE(use.reason().empty());
}

TEST_F(ReleasesInUseTest, AnUnsignedCatalogueIsNotTakenUpWhereThereIsARoot) {
  Write("catalogue.release", CatalogueWith({"one.example.com"}));
  const ReleasesInUse use = Open();
  EXPECT_EQ(use.table(), nullptr);
  EXPECT_THAT(use.reason(), HasSubstr("damaged: not a signed release"));
}

TEST_F(ReleasesInUseTest, ANewReleaseIsUsedAtOnceAndAfterARestart) {
  Write("catalogue.release", first_.Serialise());
  {
    ReleasesInUse use = Open();
    EXPECT_FALSE(use.table()->Find("two.example.com"));
    ASSERT_TRUE(use.TakeUp(Reply(second_), kNow).changed);
    EXPECT_TRUE(use.table()->Find("two.example.com"));
    EXPECT_FALSE(use.TakeUp(Reply(second_), kNow).changed) << "the same again";
  }
  const ReleasesInUse use = Open();
  EXPECT_EQ(use.release(), 2u) << "the older installed file is not gone back to";
  EXPECT_TRUE(use.reason().empty());
}

TEST_F(ReleasesInUseTest, ARefusedReleaseChangesNothingAndSaysWhy) {
  Write("catalogue.release", second_.Serialise());
  ReleasesInUse use = Open();
  const auto taken = use.TakeUp(Reply(first_), kNow);
  ASSERT_FALSE(taken.refused.ok());
  EXPECT_THAT(taken.refused.message(), HasSubstr("rollback"));
  EXPECT_TRUE(use.table()->Find("two.example.com"));
}

TEST_F(ReleasesInUseTest, ASignedReleaseThatHoldsNoCatalogueIsRefusedAndTheOldOneStays) {
  Write("catalogue.release", first_.Serialise());
  ReleasesInUse use = Open();
  const trust::Release bad = signers_.Sign(Kind::kCatalogue, "not a catalogue", kNow, &first_);
  EXPECT_FALSE(use.TakeUp(Reply(bad), kNow).refused.ok());
  EXPECT_EQ(use.release(), 1u);
  EXPECT_EQ(Open().release(), 1u);
}

TEST_F(ReleasesInUseTest, CollectingStopsWhenTheReleaseExpiresAndGoesOnWithANewerOne) {
  Write("catalogue.release", first_.Serialise());
  ReleasesInUse use = Open();
  EXPECT_FALSE(use.Check(first_.header.expires - 1));
  EXPECT_TRUE(use.Check(first_.header.expires));
  EXPECT_EQ(use.table(), nullptr);
  EXPECT_THAT(use.reason(), HasSubstr("expired"));
  EXPECT_FALSE(use.Check(first_.header.expires)) << "said once";
  EXPECT_EQ(use.Wanted()->catalogue_version(), 1u);

  const ReleasesInUse again = Open(first_.header.expires);
  EXPECT_EQ(again.table(), nullptr);
  EXPECT_THAT(again.reason(), HasSubstr("expired"));

  ASSERT_TRUE(use.TakeUp(Reply(second_), first_.header.expires).changed);
  EXPECT_NE(use.table(), nullptr);
}

TEST_F(ReleasesInUseTest, APolicyIsTakenUpAndOneThatPassesALimitIsNotWhoeverSignedIt) {
  Write("catalogue.release", first_.Serialise());
  ReleasesInUse use = Open();
  EXPECT_FALSE(use.has_policy());
  v1::Policy policy = policy::Default();
  policy.mutable_bounds()->set_turns(100);
  v1::FetchReleasesReply reply;
  const trust::Release good =
      signers_.Sign(Kind::kPolicy, policy.SerializeAsString(), kNow, nullptr);
  reply.set_policy(good.Serialise());
  ASSERT_TRUE(use.TakeUp(reply, kNow).changed);
  EXPECT_EQ(use.policy().bounds().turns(), 100u);
  EXPECT_EQ(use.Wanted()->policy_version(), 1u);

  policy.set_floor(2);
  policy.mutable_bounds()->set_turns(1'000'000);
  const trust::Release wide =
      signers_.Sign(Kind::kPolicy, policy.SerializeAsString(), kNow, &good, {0, 1, 2});
  reply.set_policy(wide.Serialise());
  const auto taken = use.TakeUp(reply, kNow);
  ASSERT_FALSE(taken.refused.ok());
  EXPECT_THAT(taken.refused.message(), HasSubstr("floor"));
  EXPECT_EQ(use.policy().bounds().turns(), 100u);
  const ReleasesInUse again = Open();
  EXPECT_EQ(again.policy().bounds().turns(), 100u) << "over a restart";
}

TEST_F(ReleasesInUseTest, AnExpiredPolicyEndsCollectingForItsPausesAreNotKnownAnyMore) {
  Write("catalogue.release", first_.Serialise());
  ReleasesInUse use = Open();
  v1::FetchReleasesReply reply;
  const trust::Release policy = signers_.Sign(Kind::kPolicy, policy::Default().SerializeAsString(),
                                              kNow, nullptr, {0, 1}, kDaySeconds);
  reply.set_policy(policy.Serialise());
  ASSERT_TRUE(use.TakeUp(reply, kNow).changed);
  EXPECT_FALSE(use.Check(kNow + kDaySeconds - 1));
  EXPECT_TRUE(use.Check(kNow + kDaySeconds));
  EXPECT_EQ(use.table(), nullptr);
  EXPECT_THAT(use.reason(), HasSubstr("policy"));
  const trust::Release next = signers_.Sign(Kind::kPolicy, policy::Default().SerializeAsString(),
                                            kNow + kDaySeconds, &policy);
  reply.set_policy(next.Serialise());
  ASSERT_TRUE(use.TakeUp(reply, kNow + kDaySeconds).changed);
  EXPECT_NE(use.table(), nullptr);
}

TEST_F(ReleasesInUseTest, ServicesKeepTheirNumbersOverAStop) {
  Write("catalogue.release", second_.Serialise());
  ReleasesInUse use = Open();
  const auto before = use.table()->FindService("service-1");
  use.Check(second_.header.expires);
  const trust::Release third =
      signers_.Sign(Kind::kCatalogue, CatalogueWith({"new.example.com", "two.example.com"}),
                    second_.header.expires, &second_);
  ASSERT_TRUE(use.TakeUp(Reply(third), second_.header.expires).changed);
  EXPECT_EQ(use.table()->FindService("service-1"), before);
}

TEST_F(ReleasesInUseTest, AGoodPolicyHoldsAtOnceBesideACatalogueThatIsRefused) {
  Write("catalogue.release", second_.Serialise());
  ReleasesInUse use = Open();
  v1::Policy policy = policy::Default();
  policy.mutable_bounds()->set_turns(100);
  v1::FetchReleasesReply reply = Reply(first_);  // a roll-back
  reply.set_policy(
      signers_.Sign(Kind::kPolicy, policy.SerializeAsString(), kNow, nullptr).Serialise());
  const auto taken = use.TakeUp(reply, kNow);
  EXPECT_TRUE(taken.changed);
  EXPECT_THAT(taken.refused.message(), HasSubstr("rollback"));
  EXPECT_EQ(use.policy().bounds().turns(), 100u);
  EXPECT_EQ(use.release(), 2u);
}

TEST_F(ReleasesInUseTest, AnInstalledReleaseThatHoldsNoCatalogueDoesNotReplaceTheGoodOne) {
  Write("catalogue.release", first_.Serialise());
  EXPECT_EQ(Open().release(), 1u);
  Write("catalogue.release",
        signers_.Sign(Kind::kCatalogue, "not a catalogue", kNow, &first_).Serialise());
  const ReleasesInUse use = Open();
  EXPECT_EQ(use.release(), 1u);
  EXPECT_NE(use.table(), nullptr) << use.reason();
}

}  // namespace
}  // namespace gnomon::agent
