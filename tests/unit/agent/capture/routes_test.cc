#include "agent/capture/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gnomon::capture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kIpv4Header[] =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

std::string V4(std::string_view iface, std::string_view destination, std::string_view flags,
               std::string_view mask) {
  return std::string(iface) + "\t" + std::string(destination) + "\t0102000A\t" +
         std::string(flags) + "\t0\t0\t600\t" + std::string(mask) + "\t0\t0\t0   \n";
}

std::string V6(std::string_view destination, std::string_view length, std::string_view flags,
               std::string_view iface) {
  const std::string zero(32, '0');
  return std::string(destination) + std::string(32 - destination.size(), '0') + " " +
         std::string(length) + " " + zero + " 00 " + zero + " 00000400 00000002 00000000 " +
         std::string(flags) + "     " + std::string(iface) + "\n";
}

TEST(DefaultRoutes, InterfacesOfBothVersionsAreFoundOnce) {
  const std::string v4 = kIpv4Header + V4("wlan0", "00000000", "0003", "00000000") +
                         V4("eth0", "00000000", "0003", "00000000") +
                         V4("wlan0", "0002000A", "0001", "00FFFFFF");
  const std::string v6 = V6("", "00", "00000003", "wwan0") + V6("", "00", "00000003", "eth0") +
                         V6("fe80", "40", "00000001", "br0");
  EXPECT_THAT(DefaultRoutesOf(v4, v6), ElementsAre("wlan0", "eth0", "wwan0"));
}

TEST(DefaultRoutes, NetworksAreNoDefaultRoute) {
  const std::string v4 = kIpv4Header + V4("eth0", "0002000A", "0001", "00FFFFFF") +
                         V4("eth1", "0000A8C0", "0001", "0000FFFF") +
                         V4("eth2", "00000000", "0001", "000000FF");
  const std::string v6 = V6("fd00", "40", "00000001", "eth0") +
                         V6("00000000000000000000000000000001", "80", "80200001", "eth1");
  EXPECT_THAT(DefaultRoutesOf(v4, v6), IsEmpty());
}

TEST(DefaultRoutes, RoutesThatAreDownOrRejectAreLeftOut) {
  const std::string v4 = kIpv4Header + V4("eth0", "00000000", "0002", "00000000") +
                         V4("eth1", "00000000", "0203", "00000000");
  const std::string v6 = V6("", "00", "00200200", "lo") + V6("", "00", "00000203", "eth2");
  EXPECT_THAT(DefaultRoutesOf(v4, v6), IsEmpty());
}

TEST(DefaultRoutes, HalvesThatAVpnSetsCount) {
  const std::string v4 = kIpv4Header + V4("tun0", "00000000", "0003", "00000080") +
                         V4("tun0", "00000080", "0003", "00000080");
  EXPECT_THAT(DefaultRoutesOf(v4, ""), ElementsAre("tun0"));
  const std::string v6 = V6("", "01", "00000001", "wg0") + V6("8", "01", "00000001", "wg1") +
                         V6("2", "03", "00000001", "tun1") + V6("4", "03", "00000001", "no0");
  EXPECT_THAT(DefaultRoutesOf("", v6), ElementsAre("wg0", "wg1", "tun1"));
}

TEST(DefaultRoutes, LoopbackIsLeftOut) {
  EXPECT_THAT(DefaultRoutesOf("", V6("", "00", "00000001", "lo")), IsEmpty());
}

TEST(DefaultRoutes, LinesThatDoNotParseAreLeftOut) {
  const std::string v4 = std::string("garbage\n\n\t\t\neth9\t00000000\n") +
                         V4("eth8", "0000000x", "0003", "00000000") +
                         V4("eth0", "00000000", "0003", "00000000");
  const std::string v6 =
      "0 0 0\n" + V6("", "0g", "00000003", "eth7") + "00 00 00 00 00 00 00 00 00000003 eth6\n";
  EXPECT_THAT(DefaultRoutesOf(v4, v6), ElementsAre("eth0"));
  EXPECT_THAT(DefaultRoutesOf("", ""), IsEmpty());
}

TEST(DefaultRoutes, LastLineNeedsNoEnd) {
  std::string v4 = V4("eth0", "00000000", "0003", "00000000");
  v4.pop_back();
  EXPECT_THAT(DefaultRoutesOf(v4, ""), ElementsAre("eth0"));
}

}  // namespace
}  // namespace gnomon::capture
