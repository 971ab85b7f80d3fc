#include "agent/capture/vpn_interface.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace gnomon::capture {
namespace {

namespace fs = std::filesystem;

TEST(VpnInterface, TunTapWireGuardPppAndTunnelsAreVpns) {
  EXPECT_TRUE(IsVpn({.type = "65534\n", .has_tun_flags = true, .is_virtual = true})) << "tun";
  EXPECT_TRUE(IsVpn({.type = "1\n", .has_tun_flags = true, .is_virtual = true})) << "tap";
  EXPECT_TRUE(IsVpn({.type = "65534\n",
                     .uevent = "DEVTYPE=wireguard\nINTERFACE=wg0\nIFINDEX=7\n",
                     .is_virtual = true}));
  EXPECT_TRUE(IsVpn({.type = "65534\n", .uevent = "INTERFACE=xfrm0\n", .is_virtual = true}));
  for (const char* type : {"512\n", "768\n", "769", "776\n", "778\n", "823\n"})
    EXPECT_TRUE(IsVpn({.type = type, .is_virtual = true})) << type;
}

TEST(VpnInterface, CardsLoopBridgesAndModemsAreNot) {
  EXPECT_FALSE(IsVpn({.type = "1\n", .uevent = "DEVTYPE=wlan\nINTERFACE=wlan0\n"}));
  EXPECT_FALSE(IsVpn({.type = "772\n", .is_virtual = true})) << "loopback";
  EXPECT_FALSE(IsVpn({.type = "1\n", .uevent = "DEVTYPE=bridge\n", .is_virtual = true}));
  EXPECT_FALSE(IsVpn({.type = "65534\n", .uevent = "DEVTYPE=wwan\n"})) << "raw IP, with a device";
  EXPECT_FALSE(IsVpn({.type = "519\n", .uevent = "DEVTYPE=wwan\n"}));
  EXPECT_FALSE(IsVpn({.uevent = "XDEVTYPE=wireguard\nDEVTYPE=wireguardx"}));
  EXPECT_FALSE(IsVpn({.type = "garbage"}));
}

class SysFolder : public ::testing::Test {
 protected:
  SysFolder() {
    std::string pattern = ::testing::TempDir() + "sys-XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~SysFolder() override { fs::remove_all(root_); }
  void Write(const std::string& file, const std::string& text) {
    fs::create_directories((fs::path(root_) / file).parent_path());
    std::ofstream(fs::path(root_) / file) << text;
  }
  std::string root_;
};

TEST_F(SysFolder, IsReadAsTheKernelWritesIt) {
  Write("tun0/type", "65534\n");
  Write("tun0/tun_flags", "0x1001\n");
  Write("wg0/type", "65534\n");
  Write("wg0/uevent", "DEVTYPE=wireguard\nINTERFACE=wg0\n");
  Write("eth0/type", "1\n");
  Write("eth0/device/vendor", "0x8086\n");
  Write("wwan0/type", "65534\n");
  Write("wwan0/uevent", "DEVTYPE=wwan\n");
  Write("wwan0/device/vendor", "0x1199\n");
  EXPECT_TRUE(IsVpnInterface("tun0", root_));
  EXPECT_TRUE(IsVpnInterface("wg0", root_));
  EXPECT_FALSE(IsVpnInterface("eth0", root_));
  EXPECT_FALSE(IsVpnInterface("wwan0", root_));
}

TEST_F(SysFolder, WhatIsNotThereOrNoNameIsNoVpn) {
  Write("type", "512\n");
  for (const char* name : {"", ".", "..", "none", "../tun0", "a/b"})
    EXPECT_FALSE(IsVpnInterface(name, root_)) << name;
  EXPECT_FALSE(IsVpnInterface("lo"));
}

}  // namespace
}  // namespace gnomon::capture
