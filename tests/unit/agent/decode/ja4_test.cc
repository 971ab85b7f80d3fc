#include "agent/decode/ja4.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/agent/decode/offer_builder.h"

namespace gnomon::decode {
namespace {

using testing::ByteVector;
using testing::ChromiumOffer;
using testing::Offer;
using testing::OfferHello;

std::string Ja4Of(const Offer& shape, Transport transport = Transport::kTcp) {
  ClientHello hello;
  EXPECT_EQ(ParseClientHelloMessage(OfferHello(shape), &hello), HelloResult::kFound);
  const auto made = MakeJa4(hello, transport);
  return made ? std::string(made->view()) : "none";
}

TEST(Ja4, TheExampleOfTheSpecification) {
  EXPECT_EQ(Ja4Of(ChromiumOffer()), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

// FoxIO's pcap/sigalg-grease.pcapng, python/test/testdata/sigalg-grease.pcapng.json: JA4_ro and
// JA4. The GREASE values (RFC 8701) that the file name speaks of are put back in.
TEST(Ja4, GreaseIsLeftOutOfEveryList) {
  const Offer shape = {
      .suites = {0x5a5a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
                 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
      .extensions = {0x1a1a, 0xfe0d, 0x0010, 0x0017, 0x0033, 0x44cd, 0xff01, 0x000a, 0x000d, 0x0023,
                     0x002b, 0x000b, 0xca34, 0x002d, 0x0000, 0x0005, 0x001b, 0x0012, 0xfafa},
      .algorithms = {0x0a0a, 0x0904, 0x0905, 0x0906, 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501,
                     0x0806, 0x0601},
      .protocols = {{'h', '2'}},
      .versions = {0xdada, 0x0304, 0x0303}};
  EXPECT_EQ(Ja4Of(shape), "t13d1517h2_8daaf6152771_cb7bf5808d99");
}

TEST(Ja4, OverQuicItBeginsWithAQ) {
  EXPECT_EQ(Ja4Of(ChromiumOffer(), Transport::kUdp), "q13d1516h2_8daaf6152771_e5627efa2ab1");
}

TEST(Ja4, WithoutANameItSaysI) {
  Offer shape = ChromiumOffer();
  std::erase(shape.extensions, 0);
  EXPECT_EQ(Ja4Of(shape), "t13i1515h2_8daaf6152771_e5627efa2ab1");
}

TEST(Ja4, TheVersionIsTheHighestThatIsOfferedOrTheLegacyOne) {
  Offer shape = ChromiumOffer();
  shape.versions = {0x0302, 0x0303};
  EXPECT_EQ(Ja4Of(shape).substr(0, 3), "t12");
  std::erase(shape.extensions, 43);
  shape.legacy_version = 0x0301;
  EXPECT_EQ(Ja4Of(shape).substr(0, 3), "t10");
  shape.legacy_version = 0x0300;
  EXPECT_EQ(Ja4Of(shape).substr(0, 3), "ts3");
}

TEST(Ja4, EmptyListsHaveZerosForTheirHash) {
  const Offer bare = {.suites = {0x0a0a}, .legacy_version = 0x0303};
  EXPECT_EQ(Ja4Of(bare), "t12i000000_000000000000_000000000000");
}

// The specification's table under "ALPN Extension Value".
TEST(Ja4, AProtocolThatIsNoTextIsShownByItsDigits) {
  const std::vector<std::pair<ByteVector, std::string>> cases = {
      {{0xab}, "ab"},
      {{0xab, 0xcd}, "ad"},
      {{0x30, 0xab}, "3b"},
      {{0x30, 0x31, 0xab, 0xcd}, "3d"},
      {{0x30, 0xab, 0xcd, 0x31}, "01"},
      {{'h'}, "hh"},
      {{'h', 't', 't', 'p', '/', '1', '.', '1'}, "h1"}};
  for (const auto& [protocol, ends] : cases) {
    Offer shape = ChromiumOffer();
    shape.protocols = {protocol};
    EXPECT_EQ(Ja4Of(shape).substr(8, 2), ends);
  }
}

TEST(Ja4, CountsStopAt99AndLongerListsThanAreKeptGiveNone) {
  Offer shape = ChromiumOffer();
  for (uint16_t i = 0; i < 100; ++i) shape.suites.push_back(static_cast<uint16_t>(0xc100 + i));
  EXPECT_EQ(Ja4Of(shape).substr(0, 8), "t13d9916");
  for (uint16_t i = 0; i < 100; ++i) shape.suites.push_back(static_cast<uint16_t>(0xc200 + i));
  EXPECT_EQ(Ja4Of(shape), "none");
}

TEST(Ja4, AResumedHelloHasTheSameLastingExtensions) {
  Offer shape = ChromiumOffer();
  ClientHello hello;
  ParseClientHelloMessage(OfferHello(shape), &hello);
  const auto first = MakeJa4(hello, Transport::kTcp);
  std::erase(shape.extensions, 0x0015);  // padding
  shape.extensions.push_back(42);        // early_data
  shape.extensions.push_back(41);        // pre_shared_key
  ParseClientHelloMessage(OfferHello(shape), &hello);
  const auto resumed = MakeJa4(hello, Transport::kTcp);
  ASSERT_TRUE(first && resumed);
  EXPECT_NE(first->view(), resumed->view());
  EXPECT_EQ(first->lasting_extensions, 15);
  EXPECT_EQ(resumed->lasting_extensions, 15);
}

TEST(Ja4, NoPartOfAHelloHasOne) {
  const ByteVector whole = OfferHello(ChromiumOffer());
  for (size_t length = 0; length < whole.size(); ++length) {
    ClientHello hello;
    ParseClientHelloMessage(Bytes(whole).first(length), &hello);
    EXPECT_FALSE(MakeJa4(hello, Transport::kTcp)) << length;
  }
}

TEST(Ja4, ListsThatContradictThemselvesStopNothing) {
  const ByteVector whole = OfferHello(ChromiumOffer());
  for (size_t at = 60; at < whole.size(); ++at) {
    for (const int value : {0, 0xff}) {
      ByteVector broken = whole;
      broken[at] = static_cast<uint8_t>(value);
      ClientHello hello;
      if (ParseClientHelloMessage(broken, &hello) != HelloResult::kFound) continue;
      if (const auto made = MakeJa4(hello, Transport::kTcp)) {
        EXPECT_EQ(made->text[10], '_');
        EXPECT_EQ(made->text[23], '_');
      }
    }
  }
}

}  // namespace
}  // namespace gnomon::decode
