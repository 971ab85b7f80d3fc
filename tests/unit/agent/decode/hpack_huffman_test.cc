#include "agent/decode/hpack_huffman.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/unit/agent/decode/quic_builder.h"

namespace gnomon::decode {
namespace {

using testing::ByteVector;
using testing::FromHex;

std::optional<std::string> Decoded(const ByteVector& coded, size_t room = 64) {
  std::array<uint8_t, 64> out;
  const auto length = DecodeHuffman(coded, std::span(out).first(room));
  if (!length) return std::nullopt;
  return std::string(out.begin(), out.begin() + static_cast<ptrdiff_t>(*length));
}

// RFC 7541 appendix C.4 and C.6.
TEST(HpackHuffman, TheExamplesOfTheRfcAreRead) {
  EXPECT_EQ(Decoded(FromHex("f1e3c2e5f23a6ba0ab90f4ff")), "www.example.com");
  EXPECT_EQ(Decoded(FromHex("a8eb10649cbf")), "no-cache");
  EXPECT_EQ(Decoded(FromHex("25a849e95ba97d7f")), "custom-key");
  EXPECT_EQ(Decoded(FromHex("25a849e95bb8e8b4bf")), "custom-value");
  EXPECT_EQ(Decoded(FromHex("6402")), "302");
  EXPECT_EQ(Decoded(FromHex("aec3771a4b")), "private");
  EXPECT_EQ(Decoded(FromHex("d07abe941054d444a8200595040b8166e082a62d1bff")),
            "Mon, 21 Oct 2013 20:13:21 GMT");
  EXPECT_EQ(Decoded(FromHex("9d29ad171863c78f0b97c8e9ae82ae43d3")), "https://www.example.com");
  EXPECT_EQ(Decoded({}), "");
}

struct Code {
  uint8_t symbol;
  uint32_t bits;
  size_t length;
};

// RFC 7541 appendix B: a code or two of each length from 8 bits up.
TEST(HpackHuffman, CodesOfEveryLengthAreThoseOfTheRfc) {
  constexpr Code kCodes[] = {
      {'&', 0xf8, 8},      {'!', 0x3f8, 10},     {'|', 0x7fc, 11},     {'}', 0x3ffd, 14},
      {'#', 0xffa, 12},    {'~', 0x1ffd, 13},    {'{', 0x7ffe, 15},    {92, 0x7fff0, 19},
      {226, 0xfffed, 20},  {230, 0x1fffe8, 21},  {129, 0x3fffd2, 22},  {1, 0x7fffd8, 23},
      {142, 0xffffeb, 24}, {199, 0x1ffffec, 25}, {192, 0x3ffffe0, 26}, {203, 0x7ffffde, 27},
      {2, 0xfffffe2, 28},  {249, 0xffffffe, 28}, {10, 0x3ffffffc, 30}, {22, 0x3ffffffe, 30}};
  for (const Code& code : kCodes) {
    // Behind it, ones up to a whole byte.
    const size_t bytes = (code.length + 7) / 8;
    const uint64_t padded = (uint64_t{code.bits} << (bytes * 8 - code.length)) |
                            ((uint64_t{1} << (bytes * 8 - code.length)) - 1);
    ByteVector coded;
    testing::Put(coded, padded, bytes);
    EXPECT_EQ(Decoded(coded), std::string(1, static_cast<char>(code.symbol))) << int(code.symbol);
  }
}

TEST(HpackHuffman, OtherPaddingThanOnesIsRefused) {
  EXPECT_EQ(Decoded(FromHex("f1e3c2e5f23a6ba0ab90f4fe")), std::nullopt);
  EXPECT_EQ(Decoded(FromHex("f1e3c2e5f23a6ba0ab90f4ffff")), std::nullopt);  // over 7 bits
}

TEST(HpackHuffman, TheEndMarkInsideIsRefused) {
  EXPECT_EQ(Decoded(FromHex("ffffffff")), std::nullopt);
}

TEST(HpackHuffman, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(Decoded(FromHex("f1e3c2e5f23a6ba0ab90f4ff"), 15), "www.example.com");
  EXPECT_EQ(Decoded(FromHex("f1e3c2e5f23a6ba0ab90f4ff"), 14), std::nullopt);
}

}  // namespace
}  // namespace gnomon::decode
