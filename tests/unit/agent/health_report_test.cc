#include "agent/health_report.h"

#include <gtest/gtest.h>

namespace gnomon::agent {
namespace {

TEST(HealthReport, CountsAreRoundedDownToPowersOfTwo) {
  HealthInputs inputs;
  inputs.capture.received = 1000;
  inputs.coverage.doh = 3;
  inputs.coverage.dot = 1;
  inputs.coverage.doq = 1;
  inputs.coverage.tunnels = 7;
  inputs.coverage.ech_without_dns = 9;
  inputs.coverage.hello_without_name = 100;
  inputs.coverage.mid_stream = 31;
  inputs.coverage.hello_incomplete = 2;
  inputs.coverage.malformed_hello = 1;
  inputs.coverage.udp_443 = 17;
  const v1::HealthReport report = MakeHealthReport(inputs);
  EXPECT_EQ(report.frames_received(), 512u);
  EXPECT_EQ(report.flows_encrypted_dns(), 4u);
  EXPECT_EQ(report.flows_tunnelled(), 4u);
  EXPECT_EQ(report.flows_ech_without_dns(), 8u);
  EXPECT_EQ(report.flows_without_name(), 64u);
  EXPECT_EQ(report.flows_mid_stream(), 16u);
  EXPECT_EQ(report.flows_hello_unreadable(), 2u);
  EXPECT_EQ(report.flows_udp_unnamed(), 16u);
}

TEST(HealthReport, TheShareOfUnattributedFlowsIsABucket) {
  const auto share = [](uint64_t flows, uint64_t nameless, uint64_t udp) {
    HealthInputs inputs;
    inputs.coverage.flows = flows;
    inputs.coverage.hello_without_name = nameless;
    inputs.coverage.udp_443 = udp;
    return MakeHealthReport(inputs).flows_unattributed();
  };
  EXPECT_EQ(share(0, 0, 0), v1::PART_UNSPECIFIED);
  EXPECT_EQ(share(1000, 9, 0), v1::PART_NONE);
  EXPECT_EQ(share(1000, 10, 0), v1::PART_SOME);
  EXPECT_EQ(share(1000, 499, 0), v1::PART_SOME);
  EXPECT_EQ(share(1000, 500, 0), v1::PART_MOST);
  EXPECT_EQ(share(10, 0, 10), v1::PART_MOST);
}

TEST(HealthReport, AVpnIsSeenByItsInterfaceOrByIpsec) {
  HealthInputs inputs;
  EXPECT_FALSE(MakeHealthReport(inputs).vpn_seen());
  inputs.decode.esp = 1;
  EXPECT_TRUE(MakeHealthReport(inputs).vpn_seen());
  inputs.decode.esp = 0;
  inputs.vpn_interface_seen = true;
  EXPECT_TRUE(MakeHealthReport(inputs).vpn_seen());
}

TEST(HealthReport, TheRightToLookIsToldAndNotHowOftenItWasUsed) {
  HealthInputs inputs;
  EXPECT_EQ(MakeHealthReport(inputs).client_lookups(), v1::CLIENT_LOOKUPS_NONE);
  inputs.reach = classify::LookupReach::kOwnUser;
  EXPECT_EQ(MakeHealthReport(inputs).client_lookups(), v1::CLIENT_LOOKUPS_OWN_USER);
  inputs.reach = classify::LookupReach::kEveryUser;
  EXPECT_EQ(MakeHealthReport(inputs).client_lookups(), v1::CLIENT_LOOKUPS_EVERY_USER);
}

// Two laptops with the same network, one of which uses AI services by the hundred.
TEST(HealthReport, UseOfServicesChangesNothing) {
  HealthInputs without;
  without.coverage.flows = 1000;
  without.coverage.named = 900;
  without.coverage.hello_without_name = 100;
  HealthInputs with = without;
  with.coverage.named = 700;
  with.coverage.resolved = 200;
  with.coverage.client_by_socket = 300;
  with.coverage.client_by_fingerprint = 50;
  with.coverage.client_unknown = 50;
  EXPECT_EQ(MakeHealthReport(with).SerializeAsString(),
            MakeHealthReport(without).SerializeAsString());
}

}  // namespace
}  // namespace gnomon::agent
