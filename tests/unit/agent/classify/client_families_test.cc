#include "agent/classify/client_families.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "agent/classify/client_kinds.h"
#include "tests/unit/agent/classify/datagrams.h"
#include "tests/unit/agent/classify/traffic.h"
#include "tests/unit/agent/decode/offer_builder.h"

namespace gnomon::classify {
namespace {

using gnomon::testing::ChromiumOffer;
using gnomon::testing::InRecords;
using gnomon::testing::Offer;
using gnomon::testing::OfferHello;
using test::ByteVector;
using test::Ciphertext;
using test::Connection;
using test::Wire;

v1::Client KindOf(std::string_view text, int lasting) {
  decode::Ja4 fingerprint;
  std::copy(text.begin(), text.end(), fingerprint.text.begin());
  fingerprint.lasting_extensions = static_cast<uint8_t>(lasting);
  return KindOfLibrary(fingerprint);
}

// Each as the program itself sent it; see the table for versions.
TEST(ClientFamilies, MeasuredBrowsersAreBrowsers) {
  EXPECT_EQ(KindOf("t13d1517h2_8daaf6152771_cb7bf5808d99", 17), v1::CLIENT_BROWSER);
  EXPECT_EQ(KindOf("t13d1516h1_8daaf6152771_5b37b36a67c0", 16), v1::CLIENT_BROWSER);
  EXPECT_EQ(KindOf("t13d1517h1_8daaf6152771_c4a234726a38", 16), v1::CLIENT_BROWSER) << "resumed";
  EXPECT_EQ(KindOf("q13d0312h3_55b375c5d22e_178839b6cec1", 12), v1::CLIENT_BROWSER);
  EXPECT_EQ(KindOf("t13d1617h2_86a278354501_485b9b5d4c02", 17), v1::CLIENT_BROWSER);
}

TEST(ClientFamilies, MeasuredToolsAndRuntimesAreScriptRuntimes) {
  for (const auto& [text, lasting] :
       {std::pair{"t13d3112h2_e8f1e7e78f70_b26ce05bbdd6", 12},     // curl
        std::pair{"t12d2807h2_d943125447b4_a44c6288192a", 7},      // its TLS 1.2
        std::pair{"t13d3111h2_e8f1e7e78f70_1f22a2ca17c4", 11},     // openssl
        std::pair{"t13d311100_e8f1e7e78f70_d41ae481755e", 11},     // Python
        std::pair{"t13d1812h1_85036bcba153_b26ce05bbdd6", 12},     // requests
        std::pair{"t13d5911h1_a33745022dd6_1f22a2ca17c4", 11},     // Node
        std::pair{"t13d5912h1_a33745022dd6_dbd39dd1d406", 11},     // resumed
        std::pair{"t13d291300_723694b0fccc_899037bd0b8c", 13},     // wget
        std::pair{"q13d0415h3_9caa18292e23_84684a673e38", 15}}) {  // ngtcp2
    EXPECT_EQ(KindOf(text, lasting), v1::CLIENT_SCRIPT_RUNTIME) << text;
  }
}

// FoxIO's ja4plus-mapping.csv.
TEST(ClientFamilies, PublishedOnesFallIntoTheirFamilies) {
  EXPECT_EQ(KindOf("t13d1516h2_8daaf6152771_02713d6af862", 15), v1::CLIENT_BROWSER);
  EXPECT_EQ(KindOf("t13d1517h2_8daaf6152771_b1ff8ab2d16f", 16), v1::CLIENT_BROWSER);
  EXPECT_EQ(KindOf("q13d0312h3_55b375c5d22e_06cda9e17597", 12), v1::CLIENT_BROWSER);
  EXPECT_EQ(KindOf("t13d1715h2_5b57614c22b0_5c2c66f702b0", 15), v1::CLIENT_BROWSER);
  EXPECT_EQ(KindOf("t13d181000_85036bcba153_d41ae481755e", 10), v1::CLIENT_SCRIPT_RUNTIME);
  EXPECT_EQ(KindOf("t13d190900_9dc949149365_97f8aa674fd9", 9), v1::CLIENT_SCRIPT_RUNTIME);
}

TEST(ClientFamilies, WhatSeveralKindsOfProgramsSendIsUnknown) {
  EXPECT_EQ(KindOf("t13d2014h2_a09f3c656075_14788d8d241b", 14), v1::CLIENT_UNKNOWN) << "Apple's";
  EXPECT_EQ(KindOf("t13d2912h2_723694b0fccc_288f874c93d6", 12), v1::CLIENT_UNKNOWN) << "GnuTLS";
  EXPECT_EQ(KindOf("t13d1714h1_5b57614c22b0_7baf387fc6ff", 14), v1::CLIENT_UNKNOWN) << "Node 24";
  EXPECT_EQ(KindOf("t13d1314h2_f57a46bbacb6_000000000000", 14), v1::CLIENT_UNKNOWN) << "Safari";
  EXPECT_EQ(KindOf("q13d0310h3_55b375c5d22e_000000000000", 10), v1::CLIENT_UNKNOWN) << "some QUIC";
  EXPECT_EQ(KindOf("t13d0303h2_000000000000_000000000000", 3), v1::CLIENT_UNKNOWN);
}

class Asked : public ClientKinds {
 public:
  v1::Client KindOf(const FiveTuple&) override { return answer; }
  v1::Client answer = v1::CLIENT_UNKNOWN;
};

// One connection of a client that sends a hello as Chromium's.
ByteVector ChromiumStream() {
  return InRecords(OfferHello(ChromiumOffer()));
}

void ExpectAll(const Wire& wire, v1::Client kind, ClientBy by) {
  EXPECT_FALSE(wire.seen.all.empty());
  for (const test::Seen& seen : wire.seen.all) {
    EXPECT_EQ(seen.client, kind);
    EXPECT_EQ(seen.client_by, by);
  }
}

void Visit(Wire& wire, const ByteVector& stream) {
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, stream);
  connection.FromServer(0, Ciphertext(1000));
  wire.classifier.Finish(wire.now);
}

TEST(ClientHint, WithoutAnyoneToAskTheHelloHints) {
  Wire wire;
  Visit(wire, ChromiumStream());
  ExpectAll(wire, v1::CLIENT_BROWSER, ClientBy::kFingerprint);
  EXPECT_EQ(wire.classifier.coverage().client_by_fingerprint, 1u);
}

TEST(ClientHint, TheSocketsOwnerWinsOverTheHello) {
  Asked kinds;
  kinds.answer = v1::CLIENT_DESKTOP_APP;
  Wire wire({}, &kinds);
  Visit(wire, ChromiumStream());
  ExpectAll(wire, v1::CLIENT_DESKTOP_APP, ClientBy::kSocket);
  EXPECT_EQ(wire.classifier.coverage().client_by_socket, 1u);
}

TEST(ClientHint, WhereTheOwnerIsGoneTheHelloHints) {
  Asked kinds;
  Wire wire({}, &kinds);
  Visit(wire, ChromiumStream());
  ExpectAll(wire, v1::CLIENT_BROWSER, ClientBy::kFingerprint);
}

TEST(ClientHint, SwitchedOffItHintsNothing) {
  ClassifierOptions options;
  options.client_fingerprints = false;
  Wire wire(options);
  Visit(wire, ChromiumStream());
  ExpectAll(wire, v1::CLIENT_UNKNOWN, ClientBy::kNobody);
  EXPECT_EQ(wire.classifier.coverage().client_unknown, 1u);
}

TEST(ClientHint, AHelloInSegmentsHintsOnceItIsWhole) {
  const ByteVector stream = ChromiumStream();
  for (size_t cut = 1; cut < stream.size(); cut += 7) {
    Wire wire;
    Connection connection(wire);
    connection.Open();
    connection.FromClient(0, Bytes(stream).first(cut));
    EXPECT_TRUE(wire.seen.all.empty());
    connection.FromClient(static_cast<uint32_t>(cut), Bytes(stream).subspan(cut));
    connection.FromServer(0, Ciphertext(1000));
    ExpectAll(wire, v1::CLIENT_BROWSER, ClientBy::kFingerprint);
    EXPECT_EQ(wire.seen.Bytes(true), stream.size());
  }
}

TEST(ClientHint, WhereTheRestWasNotCapturedTheNameStandsWithoutAHint) {
  const ByteVector stream = ChromiumStream();
  const size_t cut = stream.size() - 10;
  for (const bool by_snap_length : {false, true}) {
    Wire wire;
    Connection connection(wire);
    connection.Open();
    connection.FromClient(0, Bytes(stream).first(cut),
                          by_snap_length ? static_cast<uint32_t>(stream.size()) : 0);
    EXPECT_EQ(wire.seen.Names().size(), by_snap_length ? 1u : 0u);
    connection.FromServer(0, Ciphertext(1000));
    EXPECT_EQ(wire.seen.NameTexts(), std::vector<std::string>{"tls:chat.example"});
    ExpectAll(wire, v1::CLIENT_UNKNOWN, ClientBy::kNobody);
  }
}

TEST(ClientHint, AHelloBehindAProxysHeadHints) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  const ByteVector head = test::Text("CONNECT chat.example:443 HTTP/1.1\r\n\r\n");
  connection.FromClient(0, head);
  connection.FromServer(0, test::Text("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_EQ(wire.seen.all.back().client, v1::CLIENT_UNKNOWN);
  connection.FromClient(static_cast<uint32_t>(head.size()), ChromiumStream());
  connection.FromServer(19, Ciphertext(1000));
  EXPECT_EQ(wire.seen.Names().size(), 2u);
  EXPECT_EQ(wire.seen.all.back().client, v1::CLIENT_BROWSER);
}

TEST(ClientHint, AFlowThatALateAnswerAttributesKeepsItsHint) {
  Wire wire;
  Offer offer = ChromiumOffer();
  std::erase(offer.extensions, 0);
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, InRecords(OfferHello(offer)));
  wire.Dns("chat.example", connection.server, 300);
  connection.FromServer(0, Ciphertext(1000));
  ExpectAll(wire, v1::CLIENT_BROWSER, ClientBy::kFingerprint);
}

TEST(ClientHint, AQuicHelloHints) {
  Offer offer = ChromiumOffer();
  offer.suites = {0x1301, 0x1302, 0x1303};
  offer.extensions = {0, 16, 43, 51, 13, 10, 45, 27, 57, 0x44cd, 0xfe0d, 0x001c};
  offer.protocols = {{'h', '3'}};
  Wire wire;
  test::Datagrams flow(wire);
  flow.FromClient(test::SealInitial({}, test::CryptoFrame(0, OfferHello(offer))));
  flow.FromServer(test::ShortPacket(1200));
  ExpectAll(wire, v1::CLIENT_BROWSER, ClientBy::kFingerprint);
}

}  // namespace
}  // namespace gnomon::classify
