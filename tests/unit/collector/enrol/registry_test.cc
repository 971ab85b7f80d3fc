#include "collector/enrol/registry.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/file.h"
#include "base/random.h"
#include "base/sqlite.h"
#include "tests/unit/collector/store/store_conformance.h"

namespace gnomon::enrol {
namespace {

constexpr TimeUs kNow = 1'795'000'000 * kSecondUs;  // November 2026
constexpr TimeUs kDayUs = 86'400 * kSecondUs;
constexpr TimeUs kLife = 14 * kDayUs;

class RegistryTest : public testing::Test {
 protected:
  void SetUp() override { Reopen(); }
  void Reopen() {
    registry_.reset();
    auto opened = Registry::Open(file());
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    registry_ = std::move(*opened);
  }
  std::filesystem::path file() const { return folder_.path() / "registry.db"; }
  Status RedeemStatus(const std::string& secret, const std::string& device, TimeUs now = kNow) {
    return registry_->Redeem("0a1b2c3d", secret, {device, now + kLife, ""}, now).status();
  }
  void AddToken(uint32_t uses = 2) {
    ASSERT_TRUE(registry_->AddToken("0a1b2c3d", secret_, "finance", uses, kNow + kDayUs).ok());
  }

  store::TemporaryFolder folder_;
  std::unique_ptr<Registry> registry_;
  const std::string secret_ = RandomHex(16);
};

TEST_F(RegistryTest, ATokenGivesItsDepartmentAsOftenAsItHasUses) {
  AddToken(2);
  auto joined = registry_->Redeem("0a1b2c3d", secret_, {"d1", kNow + kLife, ""}, kNow);
  ASSERT_TRUE(joined.ok());
  EXPECT_EQ(joined->department, "finance");
  EXPECT_EQ(joined->name, "d1");
  Reopen();
  EXPECT_TRUE(RedeemStatus(secret_, "d2").ok());
  const Status third = RedeemStatus(secret_, "d3");
  EXPECT_EQ(third.code(), StatusCode::kUnauthenticated);
  EXPECT_EQ(third.message(), "this enrolment token is used up");
  EXPECT_EQ(registry_->DevicesByDepartment().value().at("finance"), 2u);
}

TEST_F(RegistryTest, AWrongSecretTakesNoUseAndTellsNoMoreThanAnUnknownToken) {
  AddToken(1);
  const Status wrong = RedeemStatus(RandomHex(16), "d1");
  const Status unknown = registry_->Redeem("ffffffff", secret_, {"d1", kNow + kLife, ""}, kNow).status();
  EXPECT_EQ(wrong.code(), StatusCode::kUnauthenticated);
  EXPECT_EQ(wrong.message(), unknown.message());
  EXPECT_FALSE(*registry_->Known("d1"));
  EXPECT_TRUE(RedeemStatus(secret_, "d1").ok());
  EXPECT_TRUE(*registry_->Known("d1"));
}

TEST_F(RegistryTest, AnExpiredTokenIsRefusedFromItsLastMomentOn) {
  AddToken();
  EXPECT_TRUE(RedeemStatus(secret_, "d1", kNow + kDayUs - 1).ok());
  EXPECT_EQ(RedeemStatus(secret_, "d2", kNow + kDayUs).message(),
            "this enrolment token has expired");
  ASSERT_TRUE(registry_->Expire(kNow + kDayUs).ok());
  EXPECT_EQ(RedeemStatus(secret_, "d2", kNow + kDayUs).message(),
            "this enrolment token has expired");
}

TEST_F(RegistryTest, ARevokedTokenIsRefused) {
  AddToken();
  ASSERT_TRUE(registry_->Revoke("0a1b2c3d").ok());
  EXPECT_EQ(RedeemStatus(secret_, "d1").message(), "this enrolment token was revoked");
  EXPECT_EQ(registry_->Revoke("ffffffff").status().code(), StatusCode::kNotFound);
}

TEST_F(RegistryTest, TheSecretIsNowhereInTheFile) {
  AddToken();
  ASSERT_TRUE(RedeemStatus(secret_, "d1").ok());
  std::string bytes;
  for (const char* suffix : {"", "-wal"}) bytes += ReadFile(file().string() + suffix).value();
  EXPECT_EQ(bytes.find(secret_), std::string::npos);
  EXPECT_NE(bytes.find("finance"), std::string::npos) << "the test looks at the wrong file";
}

TEST_F(RegistryTest, TokensAreListedWithTheirUseAndWithoutTheirSecret) {
  AddToken(5);
  ASSERT_TRUE(RedeemStatus(secret_, "d1").ok());
  ASSERT_TRUE(registry_->Revoke("0a1b2c3d").ok());
  auto tokens = registry_->Tokens();
  ASSERT_TRUE(tokens.ok());
  ASSERT_EQ(tokens->size(), 1u);
  EXPECT_EQ(tokens->at(0).id(), "0a1b2c3d");
  EXPECT_EQ(tokens->at(0).department(), "finance");
  EXPECT_EQ(tokens->at(0).uses(), 5u);
  EXPECT_EQ(tokens->at(0).used(), 1u);
  EXPECT_EQ(tokens->at(0).expires(), (kNow + kDayUs) / kSecondUs);
  EXPECT_TRUE(tokens->at(0).revoked());
}

TEST_F(RegistryTest, ManyLaptopsAtOnceGetNoMoreUsesThanThereAre) {
  AddToken(10);
  std::atomic<int> enrolled = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 10; ++i) {
          enrolled += RedeemStatus(secret_, std::to_string(t * 100 + i)).ok();
        }
      });
    }
  }
  EXPECT_EQ(enrolled, 10);
  EXPECT_EQ(registry_->DevicesByDepartment().value().at("finance"), 10u);
}

TEST_F(RegistryTest, DevicesAreForgottenWhenTheyMayNoLongerReturn) {
  AddToken();
  ASSERT_TRUE(RedeemStatus(secret_, "d1").ok());
  const TimeUs end = kNow + kLife + kReturnDays * kDayUs;
  ASSERT_TRUE(registry_->Expire(end - 1).ok());
  EXPECT_TRUE(*registry_->Known("d1"));
  ASSERT_TRUE(registry_->Expire(end).ok());
  EXPECT_FALSE(*registry_->Known("d1"));
}

TEST_F(RegistryTest, DevicesAreListedByNameInPagesAndFoundByTheBeginningOfIt) {
  AddToken(3);
  const std::string a(32, 'a'), b = std::string(8, 'a') + std::string(24, 'b'), c(32, 'c');
  for (const auto& device : {c, a, b}) ASSERT_TRUE(RedeemStatus(secret_, device).ok());
  EXPECT_EQ(registry_->Devices("", "", 10)->size(), 3u);
  EXPECT_EQ(registry_->Devices("hr", "", 10)->size(), 0u);
  const auto page = registry_->Devices("finance", a, 1);
  ASSERT_EQ(page->size(), 1u);
  EXPECT_EQ(page->at(0).name(), b);
  EXPECT_EQ(registry_->RevokeDevice("aaaaaaaa").status().code(), StatusCode::kConflict);
  EXPECT_EQ(registry_->RevokeDevice("dddddddd").status().code(), StatusCode::kNotFound);
  for (const char* odd : {"", "aaaaaaa", "AAAAAAAA", "aaaaaaaa%", "aaaaaaaa' OR '"}) {
    EXPECT_EQ(registry_->RevokeDevice(odd).status().code(), StatusCode::kInvalidArgument) << odd;
  }
  EXPECT_EQ(registry_->RevokeDevice("cccccccc")->name(), c);
  EXPECT_EQ(registry_->DevicesByDepartment()->at("finance"), 2u) << "a revoked one is not enrolled";
  EXPECT_TRUE(registry_->Devices("", b, 10)->at(0).revoked());
}

TEST_F(RegistryTest, ATokensDevicesAreKnownAsLongAsTheTokenIs) {
  AddToken(2);
  ASSERT_TRUE(RedeemStatus(secret_, "d1").ok());
  EXPECT_EQ(registry_->Tokens()->at(0).devices(), 1u);
  EXPECT_EQ(registry_->OpenTokens("finance", kNow).value(), 1u);
  EXPECT_EQ(registry_->OpenTokens("finance", kNow + kDayUs).value(), 0u);
  EXPECT_EQ(*registry_->Revoke("0a1b2c3d"), 1u);
  EXPECT_EQ(*registry_->RevokeWithDevices("0a1b2c3d"), std::vector<std::string>{"d1"});
  EXPECT_TRUE(registry_->RevokeWithDevices("0a1b2c3d")->empty());
  EXPECT_EQ(registry_->RevokeWithDevices("ffffffff").status().code(), StatusCode::kNotFound);
  ASSERT_TRUE(registry_->Expire(kNow + 31 * kDayUs).ok());
  registry_.reset();
  auto database = Database::OpenReadOnly(file());
  ASSERT_TRUE(database.ok());
  auto left = database->Prepare("SELECT COUNT(*), COUNT(token) FROM devices");
  ASSERT_TRUE(*left->Step());
  EXPECT_EQ(left->Int(0), 1);
  EXPECT_EQ(left->Int(1), 0) << "with which token it joined is forgotten with the token";
}

TEST_F(RegistryTest, HealthSumsTheLastReportsOfAWeek) {
  AddToken(4);
  for (const char* device : {"d1", "d2", "d3", "d4"})
    ASSERT_TRUE(RedeemStatus(secret_, device).ok());
  const Day today = ToLocal(kNow).day;
  v1::HealthReport report;
  report.set_agent_version("0.1.0");
  report.set_catalogue_version(7);
  report.set_capture_running(true);
  ASSERT_TRUE(registry_->RecordHealth("d1", report, today - 7).ok());  // silent since
  ASSERT_TRUE(registry_->RecordHealth("d2", report, today - 6).ok());
  report.set_frames_dropped_kernel(UINT64_MAX);
  report.set_batches_quarantined(1);
  report.set_capture_running(false);
  ASSERT_TRUE(registry_->RecordHealth("d3", report, today - 1).ok());
  report.set_agent_version("0.2.0\nnot a version");
  ASSERT_TRUE(registry_->RecordHealth("d3", report, today).ok());  // replaces
  auto summary = registry_->Health(today);
  ASSERT_TRUE(summary.ok()) << summary.status().message();
  EXPECT_EQ(summary->devices(), 2u);
  EXPECT_EQ(summary->devices_silent(), 2u);
  EXPECT_EQ(summary->devices_without_capture(), 1u);
  EXPECT_EQ(summary->devices_with_kernel_drops(), 1u);
  EXPECT_EQ(summary->devices_with_quarantine(), 1u);
  ASSERT_EQ(summary->versions_size(), 2);
  EXPECT_EQ(summary->versions(0).agent_version(), "0.1.0");
  EXPECT_EQ(summary->versions(1).agent_version(), "unknown");
  EXPECT_EQ(summary->versions(1).catalogue_version(), 7u);
}

TEST_F(RegistryTest, HealthCountsTheDevicesByWhatTheirAgentsCannotSee) {
  AddToken(5);
  for (const char* device : {"d1", "d2", "d3", "d4", "d5"})
    ASSERT_TRUE(RedeemStatus(secret_, device).ok());
  const Day today = ToLocal(kNow).day;
  const auto record = [&](const char* device, const v1::HealthReport& report) {
    ASSERT_TRUE(registry_->RecordHealth(device, report, today).ok());
  };
  record("d1", {});  // an agent from before coverage was reported
  v1::HealthReport report;
  report.set_client_lookups(v1::CLIENT_LOOKUPS_EVERY_USER);
  report.set_flows_unattributed(v1::PART_SOME);
  record("d2", report);
  report.set_vpn_seen(true);
  report.set_flows_encrypted_dns(UINT64_MAX);
  record("d3", report);
  report.set_vpn_seen(false);
  report.set_flows_tunnelled(4);
  report.set_client_lookups(v1::CLIENT_LOOKUPS_OWN_USER);
  report.set_flows_unattributed(v1::PART_MOST);
  record("d4", report);
  v1::HealthReport strange;
  strange.set_flows_ech_without_dns(1);
  strange.set_client_lookups(static_cast<v1::ClientLookups>(99));
  strange.set_flows_unattributed(static_cast<v1::Part>(99));
  record("d5", strange);
  const auto summary = registry_->Health(today);
  ASSERT_TRUE(summary.ok()) << summary.status().message();
  EXPECT_EQ(summary->devices(), 5u);
  EXPECT_EQ(summary->devices_with_coverage(), 3u);
  EXPECT_EQ(summary->devices_with_vpn(), 2u);
  EXPECT_EQ(summary->devices_with_encrypted_dns(), 2u);
  EXPECT_EQ(summary->devices_with_ech_without_dns(), 1u);
  EXPECT_EQ(summary->devices_mostly_unattributed(), 1u);
  EXPECT_EQ(summary->devices_without_client_lookups(), 1u);
}

// A file as version 1 wrote it, with a report in it.
TEST_F(RegistryTest, AFileOfTheFirstVersionKeepsItsDevicesAndReports) {
  const auto file = folder_.path() / "first.db";
  const Day today = ToLocal(kNow).day;
  {
    auto database = Database::Open(file);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(
        database
            ->Execute(
                "CREATE TABLE tokens (id TEXT NOT NULL PRIMARY KEY, hash BLOB NOT NULL,"
                " department TEXT NOT NULL, uses INTEGER NOT NULL, used INTEGER NOT NULL,"
                " expires_us INTEGER NOT NULL, revoked INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
                "CREATE TABLE devices (name TEXT NOT NULL PRIMARY KEY, department TEXT NOT NULL,"
                " ends_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
                "CREATE TABLE health (device TEXT NOT NULL PRIMARY KEY REFERENCES devices(name)"
                " ON DELETE CASCADE, day INTEGER NOT NULL, agent_version TEXT NOT NULL,"
                " catalogue_version INTEGER NOT NULL, dropped_kernel INTEGER NOT NULL,"
                " dropped_interface INTEGER NOT NULL, quarantined INTEGER NOT NULL,"
                " capture_running INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
                "INSERT INTO devices VALUES ('d1', 'finance', 9000000000000000);"
                "INSERT INTO health VALUES ('d1', " +
                std::to_string(today) + ", '0.1.0', 7, 1, 0, 0, 1)")
            .ok());
    ASSERT_TRUE(database->SetUserVersion(1).ok());
  }
  for (int opened = 0; opened < 2; ++opened) {
    auto registry = Registry::Open(file);
    ASSERT_TRUE(registry.ok()) << registry.status().message();
    auto summary = (*registry)->Health(today);
    ASSERT_TRUE(summary.ok()) << summary.status().message();
    EXPECT_EQ(summary->devices(), 1u);
    EXPECT_EQ(summary->devices_with_kernel_drops(), 1u);
    EXPECT_EQ(summary->devices_with_coverage(), static_cast<uint32_t>(opened));
    v1::HealthReport report;
    report.set_client_lookups(v1::CLIENT_LOOKUPS_OWN_USER);
    report.set_frames_dropped_kernel(1);
    ASSERT_TRUE((*registry)->RecordHealth("d1", report, today).ok());
  }
}

TEST_F(RegistryTest, AReportOfAnUnknownDeviceIsNotKept) {
  EXPECT_EQ(registry_->RecordHealth("stranger", {}, 20'000).code(), StatusCode::kNotFound);
  EXPECT_EQ(registry_->Health(20'000)->devices(), 0u);
}

}  // namespace
}  // namespace gnomon::enrol
