// ClientHellos with chosen cipher suites, extensions and signature algorithms: what a fingerprint
// is made of.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/agent/decode/hello_builder.h"

namespace gnomon::testing {

struct Offer {
  std::vector<uint16_t> suites;
  std::vector<uint16_t> extensions;  // in this order; all but the three below have no content
  std::vector<uint16_t> algorithms;
  std::vector<ByteVector> protocols;
  std::vector<uint16_t> versions;
  uint16_t legacy_version = 0x0303;
  std::string name = "chat.example";
};

inline ByteVector OfferNumbers(const std::vector<uint16_t>& values, int width) {
  ByteVector list, data;
  for (const uint16_t value : values) Put(list, value, 2);
  PutVector(data, list, width);
  return data;
}

inline ByteVector OfferData(uint16_t type, const Offer& offer) {
  ByteVector data, list;
  switch (type) {
    case 0:
      return ServerNameData(offer.name);
    case 13:
      return OfferNumbers(offer.algorithms, 2);
    case 16:
      for (const ByteVector& protocol : offer.protocols) PutVector(list, protocol, 1);
      PutVector(data, list, 2);
      return data;
    case 43:
      return OfferNumbers(offer.versions, 1);
    default:
      return data;
  }
}

// The handshake message.
inline ByteVector OfferHello(const Offer& offer) {
  ByteVector body, suites, block, message;
  Put(body, offer.legacy_version, 2);
  Put(body, ByteVector(32, 0x42));
  PutVector(body, ByteVector(), 1);
  for (const uint16_t suite : offer.suites) Put(suites, suite, 2);
  PutVector(body, suites, 2);
  PutVector(body, ByteVector{0}, 1);
  for (const uint16_t type : offer.extensions) {
    Put(block, type, 2);
    PutVector(block, OfferData(type, offer), 2);
  }
  PutVector(body, block, 2);
  Put(message, 1, 1);
  PutVector(message, body, 3);
  return message;
}

// The example of the specification, JA4.md, "Example of JA4_r": its lists and its value.
inline Offer ChromiumOffer() {
  return {.suites = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
                     0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
          .extensions = {0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                         0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015},
          .algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601},
          .protocols = {{'h', '2'}, {'h', 't', 't', 'p', '/', '1', '.', '1'}},
          .versions = {0x0304, 0x0303}};
}

}  // namespace gnomon::testing
