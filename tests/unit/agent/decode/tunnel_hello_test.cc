#include "agent/decode/tunnel_hello.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/decode/byte_writer.h"

namespace gnomon::decode {
namespace {

using testing::ByteVector;
using testing::Put;

TunnelHello Recognise(Bytes payload, uint16_t sport, uint16_t dport, uint32_t length = 0) {
  Packet packet;
  packet.transport = Transport::kUdp;
  packet.sport = sport;
  packet.dport = dport;
  packet.payload = payload;
  packet.payload_length = length != 0 ? length : static_cast<uint32_t>(payload.size());
  return RecogniseTunnel(packet);
}

ByteVector WireGuard() {
  ByteVector bytes = {1, 0, 0, 0};
  bytes.resize(148, 0x9d);
  return bytes;
}

// RFC 7296 section 3.1: SPIs, next payload (33: security association), version, exchange, flags,
// message identifier, length.
ByteVector Ike(uint8_t version, uint8_t exchange, uint32_t length) {
  ByteVector bytes;
  Put(bytes, 0x0102030405060708, 8);
  Put(bytes, 0, 8);
  bytes.insert(bytes.end(), {33, version, exchange, 0x08});
  Put(bytes, 0, 4);
  Put(bytes, length, 4);
  bytes.resize(length, 0x11);
  return bytes;
}

TEST(TunnelHello, AWireGuardInitiationIsKnownOnAnyPort) {
  EXPECT_EQ(Recognise(WireGuard(), 40000, 51820), TunnelHello::kWireGuard);
  EXPECT_EQ(Recognise(WireGuard(), 51820, 443), TunnelHello::kWireGuard);
  EXPECT_EQ(Recognise(Bytes(WireGuard()).first(60), 40000, 51820, 148), TunnelHello::kWireGuard)
      << "cut by the snap length";
}

TEST(TunnelHello, OtherWireGuardMessagesAndLengthsAreNone) {
  ByteVector answer = WireGuard();
  answer[0] = 2;
  EXPECT_EQ(Recognise(answer, 51820, 40000), TunnelHello::kNone);
  ByteVector longer = WireGuard();
  longer.push_back(0);
  EXPECT_EQ(Recognise(longer, 40000, 51820), TunnelHello::kNone);
  ByteVector reserved = WireGuard();
  reserved[2] = 1;
  EXPECT_EQ(Recognise(reserved, 40000, 51820), TunnelHello::kNone);
}

TEST(TunnelHello, BothVersionsOfIkeAreKnownOnTheirPorts) {
  EXPECT_EQ(Recognise(Ike(0x20, 34, 300), 500, 500), TunnelHello::kIke);
  EXPECT_EQ(Recognise(Ike(0x10, 2, 200), 40000, 500), TunnelHello::kIke);
  ByteVector marked = {0, 0, 0, 0};
  Put(marked, Ike(0x20, 35, 300));
  EXPECT_EQ(Recognise(marked, 4500, 4500), TunnelHello::kIke);
  EXPECT_EQ(Recognise(Ike(0x20, 34, 300), 40000, 5000), TunnelHello::kNone);
}

TEST(TunnelHello, IkeWithAnotherLengthVersionOrExchangeIsNone) {
  EXPECT_EQ(Recognise(Ike(0x20, 34, 300), 500, 500, 301), TunnelHello::kNone);
  EXPECT_EQ(Recognise(Ike(0x30, 34, 300), 500, 500), TunnelHello::kNone);
  EXPECT_EQ(Recognise(Ike(0x20, 1, 300), 500, 500), TunnelHello::kNone);
  ByteVector without_initiator = Ike(0x20, 34, 300);
  for (int i = 0; i < 8; ++i) without_initiator[static_cast<size_t>(i)] = 0;
  EXPECT_EQ(Recognise(without_initiator, 500, 500), TunnelHello::kNone);
}

TEST(TunnelHello, EspInUdpIsKnownAndItsKeepaliveIsNone) {
  EXPECT_EQ(Recognise(ByteVector(100, 0x77), 4500, 4500), TunnelHello::kEsp);
  EXPECT_EQ(Recognise(ByteVector{0xff}, 4500, 4500), TunnelHello::kNone);
  EXPECT_EQ(Recognise(ByteVector(100, 0), 4500, 4500), TunnelHello::kNone);
}

TEST(TunnelHello, AnOpenVpnResetIsKnownOnItsPortOnly) {
  ByteVector reset(14, 0x31);
  reset[0] = 7 << 3;
  EXPECT_EQ(Recognise(reset, 40000, 1194), TunnelHello::kOpenVpn);
  EXPECT_EQ(Recognise(reset, 40000, 1195), TunnelHello::kNone);
  EXPECT_EQ(Recognise(reset, 1194, 40000), TunnelHello::kNone) << "the server's";
}

TEST(TunnelHello, NoCutMessageIsReadBehindItsEnd) {
  for (const ByteVector& whole : {WireGuard(), Ike(0x20, 34, 300), ByteVector(100, 0x77)}) {
    for (size_t length = 0; length <= whole.size(); ++length) {
      // In a buffer of its own, so that a sanitizer sees each byte too many.
      const ByteVector cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length));
      for (const uint16_t port : {uint16_t{500}, uint16_t{4500}, uint16_t{1194}}) {
        Recognise(cut, 40000, port);
        Recognise(cut, 40000, port, 300);
      }
    }
  }
}

}  // namespace
}  // namespace gnomon::decode
