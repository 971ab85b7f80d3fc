#include "agent/capture/link_type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gnomon::capture {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// The numbers of https://www.tcpdump.org/linktypes.html, as libpcap maps them on Linux.
TEST(LinkType, EverySupportedNumberIsMapped) {
  EXPECT_EQ(LinkTypeFromPcap(1, "").value(), LinkType::kEthernet);
  EXPECT_EQ(LinkTypeFromPcap(113, "").value(), LinkType::kLinuxSll);
  EXPECT_EQ(LinkTypeFromPcap(276, "").value(), LinkType::kLinuxSll2);
  EXPECT_EQ(LinkTypeFromPcap(12, "").value(), LinkType::kRawIp);
  EXPECT_EQ(LinkTypeFromPcap(228, "").value(), LinkType::kRawIp);
  EXPECT_EQ(LinkTypeFromPcap(229, "").value(), LinkType::kRawIp);
  EXPECT_EQ(LinkTypeFromPcap(0, "").value(), LinkType::kNull);
  EXPECT_EQ(LinkTypeFromPcap(108, "").value(), LinkType::kLoop);
}

TEST(LinkType, OthersAreRefusedByNameOrNumber) {
  EXPECT_THAT(LinkTypeFromPcap(9, "ppp0").status().message(),
              AllOf(HasSubstr("ppp0"), HasSubstr("PPP")));
  EXPECT_THAT(LinkTypeFromPcap(9999, "x").status().message(), HasSubstr("9999"));
}

}  // namespace
}  // namespace gnomon::capture
