#include <gtest/gtest.h>

#include <string>

#include "agent/decode/packet.h"

namespace gnomon::decode {
namespace {

IpAddress V4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  const uint8_t four[] = {a, b, c, d};
  return IpAddress::FromV4(four);
}

IpAddress V6(std::initializer_list<uint16_t> groups) {
  std::array<uint8_t, 16> bytes{};
  size_t at = 0;
  for (const uint16_t group : groups) {
    bytes[at++] = static_cast<uint8_t>(group >> 8);
    bytes[at++] = static_cast<uint8_t>(group);
  }
  return IpAddress::FromV6(bytes);
}

std::string Format(const IpAddress& address) {
  char out[46];
  const size_t length = FormatAddress(address, out);
  EXPECT_EQ(out[length], '\0');
  return {out, length};
}

TEST(IpAddress, MappedAddressEqualsItsIpv4) {
  EXPECT_EQ(V4(192, 0, 2, 1), V6({0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201}));
  EXPECT_TRUE(V4(192, 0, 2, 1).IsV4());
  EXPECT_FALSE(V6({0x2001, 0xdb8, 0, 0, 0, 0, 0, 1}).IsV4());
}

TEST(IpAddress, LoopbackIsAllOf127AndOneOfIpv6) {
  EXPECT_TRUE(V4(127, 0, 0, 1).IsLoopback());
  EXPECT_TRUE(V4(127, 255, 3, 4).IsLoopback());
  EXPECT_FALSE(V4(128, 0, 0, 1).IsLoopback());
  EXPECT_TRUE(V6({0, 0, 0, 0, 0, 0, 0, 1}).IsLoopback());
  EXPECT_FALSE(V6({0, 0, 0, 0, 0, 0, 0, 0}).IsLoopback());
  EXPECT_FALSE(V6({0, 0, 0, 0, 0, 0, 1, 1}).IsLoopback());
}

TEST(IpAddress, LocalNetworksEndWhereTheirPrefixesEnd) {
  for (const IpAddress& local :
       {V4(10, 0, 0, 0), V4(10, 255, 255, 255), V4(172, 16, 0, 1), V4(172, 31, 255, 255),
        V4(192, 168, 7, 7), V4(169, 254, 1, 1), V6({0xfe80, 0, 0, 0, 0, 0, 0, 1}),
        V6({0xfebf, 0, 0, 0, 0, 0, 0, 1}), V6({0xfc00, 0, 0, 0, 0, 0, 0, 1}),
        V6({0xfdff, 0, 0, 0, 0, 0, 0, 1})}) {
    EXPECT_TRUE(local.IsLocalNetwork()) << Format(local);
  }
  for (const IpAddress& global :
       {V4(9, 255, 255, 255), V4(11, 0, 0, 0), V4(172, 15, 255, 255), V4(172, 32, 0, 0),
        V4(192, 169, 0, 1), V4(169, 253, 0, 1), V4(8, 8, 8, 8), V6({0xfec0, 0, 0, 0, 0, 0, 0, 1}),
        V6({0xfe00, 0, 0, 0, 0, 0, 0, 1}), V6({0x2606, 0x4700, 0, 0, 0, 0, 0, 1})}) {
    EXPECT_FALSE(global.IsLocalNetwork()) << Format(global);
  }
}

TEST(IpAddress, TextFollowsRfc5952) {
  EXPECT_EQ(Format(V4(198, 51, 100, 7)), "198.51.100.7");
  EXPECT_EQ(Format(V6({0x2001, 0xdb8, 0, 0, 1, 0, 0, 1})), "2001:db8::1:0:0:1");
  EXPECT_EQ(Format(V6({0x2001, 0xdb8, 0, 1, 1, 1, 1, 1})), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(Format(V6({0, 0, 0, 0, 0, 0, 0, 1})), "::1");
  EXPECT_EQ(Format(V6({0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff})),
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

}  // namespace
}  // namespace gnomon::decode
