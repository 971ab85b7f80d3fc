#include "agent/decode/quic_initial_opener.h"

#include <gtest/gtest.h>

#include <random>

#include "agent/decode/quic_frames.h"
#include "agent/decode/tls_client_hello.h"
#include "tests/unit/agent/decode/quic_builder.h"
#include "tests/unit/agent/decode/quic_vectors.h"

namespace gnomon::decode {
namespace {

using testing::ByteVector;
using testing::FromHex;
using testing::InitialShape;
using testing::SealInitial;

// The packet's frames as its own destination connection id opens them, or empty.
ByteVector OpenOwn(QuicInitialOpener& opener, Bytes datagram) {
  QuicPacket packet;
  if (!ReadQuicPacket(datagram, &packet)) return {};
  const std::optional<Bytes> frames = opener.Open(packet, packet.dcid);
  return frames ? ByteVector(frames->begin(), frames->end()) : ByteVector();
}

template <size_t kLength>
std::string Hex(const std::array<uint8_t, kLength>& bytes) {
  std::string text;
  for (const uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

TEST(QuicKeys, KeysOfVersion1AreThoseOfRfc9001AppendixA1) {
  const QuicKeys keys =
      QuicClientKeys(*FindQuicVersion(kQuicVersion1), FromHex("8394c8f03e515708"));
  EXPECT_EQ(Hex(keys.key), "1f369613dd76d5467730efcbe3b1a22d");
  EXPECT_EQ(Hex(keys.iv), "fa044b2f42a3fd3b46fb255c");
  EXPECT_EQ(Hex(keys.header), "9f50449e04a0e810283a1e9933adedd2");
}

TEST(QuicKeys, KeysOfVersion2AreThoseOfRfc9369AppendixA1) {
  const QuicKeys keys =
      QuicClientKeys(*FindQuicVersion(kQuicVersion2), FromHex("8394c8f03e515708"));
  EXPECT_EQ(Hex(keys.key), "8b1a0bc121284290a29e0971b5cd045d");
  EXPECT_EQ(Hex(keys.iv), "91f73e2351d8fa91660e909f");
  EXPECT_EQ(Hex(keys.header), "45b95e15235d6f45a6b19cbcb0294ba9");
}

class Vector : public ::testing::TestWithParam<std::string_view> {};

TEST_P(Vector, TheClientsInitialOfAppendixA2Opens) {
  QuicInitialOpener opener;
  ByteVector frames = OpenOwn(opener, FromHex(GetParam()));
  ASSERT_EQ(frames.size(), 1162u);
  ByteVector wanted = FromHex(testing::kVectorCryptoFrame);
  wanted.resize(1162);
  EXPECT_EQ(frames, wanted);

  QuicCryptoReader reader(frames);
  QuicCrypto crypto;
  ASSERT_TRUE(reader.Next(&crypto));
  EXPECT_EQ(crypto.offset, 0u);
  ClientHello hello;
  EXPECT_EQ(ParseClientHelloMessage(crypto.data, &hello), HelloResult::kFound);
  EXPECT_EQ(hello.server_name.view(), "example.com");
  EXPECT_TRUE(hello.complete);
}

INSTANTIATE_TEST_SUITE_P(Rfc9001AndRfc9369, Vector,
                         ::testing::Values(testing::kVersion1Initial, testing::kVersion2Initial));

TEST(QuicInitialOpener, OpensWhatIsSealedWhateverTheShapeAndAgainAndAgain) {
  std::mt19937 random(9001);
  QuicInitialOpener opener;
  const uint32_t versions[] = {kQuicVersion1, kQuicVersion2, kQuicDraft29,
                               kMvfst1,       kMvfst2,       kGoogleQ050};
  for (int round = 0; round < 400; ++round) {
    InitialShape shape;
    shape.version = versions[random() % std::size(versions)];
    shape.dcid.resize(random() % (kQuicMaxConnectionId + 1));
    for (uint8_t& byte : shape.dcid) byte = static_cast<uint8_t>(random());
    shape.scid.resize(random() % (kQuicMaxConnectionId + 1));
    shape.token.resize(random() % 3 == 0 ? random() % 300 : 0);
    shape.number_length = 1 + random() % 4;
    shape.number = static_cast<uint32_t>(random() & ((uint64_t{1} << 8 * shape.number_length) - 1));
    shape.packet_bytes = 0;
    ByteVector frames(4 + random() % 3000);
    for (uint8_t& byte : frames) byte = static_cast<uint8_t>(random());
    ASSERT_EQ(OpenOwn(opener, SealInitial(shape, frames)), frames) << "round " << round;
  }
}

TEST(QuicInitialOpener, ADamagedByteAnywhereKeepsItShut) {
  QuicInitialOpener opener;
  const ByteVector good = FromHex(testing::kVersion1Initial);
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int bit : {0x01, 0x80}) {
      ByteVector bad = good;
      bad[at] ^= static_cast<uint8_t>(bit);
      EXPECT_TRUE(OpenOwn(opener, bad).empty()) << at;
    }
  }
  EXPECT_FALSE(OpenOwn(opener, good).empty()) << "and a failure leaves nothing behind";
}

TEST(QuicInitialOpener, OtherConnectionsServersAndCutPacketsStayShut) {
  QuicInitialOpener opener;
  const ByteVector frames = FromHex(testing::kVectorCryptoFrame);
  EXPECT_TRUE(OpenOwn(opener, SealInitial({.key_dcid = {9, 9, 9, 9}}, frames)).empty());
  EXPECT_TRUE(OpenOwn(opener, SealInitial({.from_server = true}, frames)).empty());
  const ByteVector good = SealInitial({}, frames);
  for (size_t length = 0; length < good.size(); ++length) {
    const ByteVector exact(good.begin(), good.begin() + static_cast<ptrdiff_t>(length));
    ASSERT_TRUE(OpenOwn(opener, exact).empty()) << length;
  }
}

TEST(QuicInitialOpener, APacketTooShortForItsSampleStaysShut) {
  QuicInitialOpener opener;
  for (size_t content = 0; content < 24; ++content) {
    ByteVector packet = testing::LongHeader({}, 0);
    testing::PutVarint(packet, 0);
    testing::PutVarint(packet, content);
    packet.resize(packet.size() + content, 0xee);
    EXPECT_TRUE(OpenOwn(opener, packet).empty()) << content;
  }
}

TEST(ClientHelloMessage, IsReadLikeOneInRecordsAtEveryLength) {
  const ByteVector frame = FromHex(testing::kVectorCryptoFrame);
  const Bytes message = Bytes(frame).subspan(4);
  ClientHello hello;
  bool found = false;
  for (size_t length = 1; length <= message.size(); ++length) {
    const ByteVector exact(message.begin(), message.begin() + static_cast<ptrdiff_t>(length));
    const HelloResult result = ParseClientHelloMessage(exact, &hello);
    EXPECT_EQ(result,
              found || !hello.server_name.empty() ? HelloResult::kFound : HelloResult::kNeedMore)
        << length;
    found |= result == HelloResult::kFound;
  }
  EXPECT_TRUE(found && hello.complete);
  EXPECT_EQ(ParseClientHelloMessage({}, &hello), HelloResult::kNeedMore);
  EXPECT_EQ(ParseClientHelloMessage(ByteVector{2, 0, 0, 80}, &hello), HelloResult::kNotHello);
  EXPECT_EQ(ParseClientHelloMessage(ByteVector{1, 0, 0, 1, 3}, &hello), HelloResult::kMalformed);
}

}  // namespace
}  // namespace gnomon::decode
