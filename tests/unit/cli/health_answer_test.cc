#include "cli/health_answer.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace gnomon::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

v1::HealthSummary Fleet() {
  v1::HealthSummary fleet;
  fleet.set_devices(1200);
  fleet.set_devices_silent(30);
  fleet.set_devices_without_capture(3);
  fleet.set_devices_with_kernel_drops(120);
  fleet.set_devices_with_coverage(1000);
  fleet.set_devices_with_vpn(400);
  fleet.set_devices_with_encrypted_dns(999);
  fleet.set_devices_with_ech_without_dns(1);
  fleet.set_devices_mostly_unattributed(1000);
  auto* version = fleet.add_versions();
  version->set_agent_version("+0.1.0");
  version->set_catalogue_version(7);
  version->set_devices(1200);
  return fleet;
}

TEST(HealthAnswer, TheTableHasEachTroubleWithItsShare) {
  const std::string text = Render(Fleet(), Format::kTable, false);
  EXPECT_THAT(text,
              HasSubstr("1,200 devices reported in the last 7 days, 30 enrolled ones did not."));
  EXPECT_THAT(text, ContainsRegex("no capture +3 +<1 %"));
  EXPECT_THAT(text, ContainsRegex("kernel drops +120 +10 %"));
  EXPECT_THAT(text, ContainsRegex("VPN or tunnel seen +400 +40 %"));
  EXPECT_THAT(text, ContainsRegex("encrypted DNS seen +999 +>99 %"));
  EXPECT_THAT(text, ContainsRegex("encrypted hellos without DNS +1 +<1 %"));
  EXPECT_THAT(text, ContainsRegex("most flows unattributed +1,000 +100 %"));
  EXPECT_THAT(text, HasSubstr("of the 1,000 devices whose agents report coverage"));
}

TEST(HealthAnswer, WithoutADeviceThereIsNoShare) {
  const std::string text = Render(v1::HealthSummary(), Format::kTable, false);
  EXPECT_THAT(text, ContainsRegex("kernel drops +0 +-"));
  EXPECT_THAT(text, Not(HasSubstr("AGENT")));
}

TEST(HealthAnswer, JsonHasTheCountsByName) {
  const auto json = nlohmann::json::parse(Render(Fleet(), Format::kJson, false));
  EXPECT_EQ(json["devices_with_vpn"], 400);
  EXPECT_EQ(json["devices_with_encrypted_dns"], 999);
  EXPECT_EQ(json["devices_with_coverage"], 1000);
  EXPECT_EQ(json["devices_without_client_lookups"], 0);
  EXPECT_EQ(json["versions"][0]["agent"], "+0.1.0");
}

TEST(HealthAnswer, CsvHasOneLineANumberAndNoFormula) {
  const std::string csv = Render(Fleet(), Format::kCsv, false);
  EXPECT_THAT(csv, HasSubstr("measure,agent,catalogue,devices,of\r\n"));
  EXPECT_THAT(csv, HasSubstr("devices_silent,,,30,1230\r\n"));
  EXPECT_THAT(csv, HasSubstr("devices_with_vpn,,,400,1000\r\n"));
  EXPECT_THAT(csv, HasSubstr("devices_with_kernel_drops,,,120,1200\r\n"));
  EXPECT_THAT(csv, HasSubstr("version,'+0.1.0,7,1200,1200\r\n"));
}

}  // namespace
}  // namespace gnomon::cli
