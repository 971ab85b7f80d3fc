#include "agent/decode/hpack_huffman.h"

#include <array>

namespace gnomon::decode {
namespace {

constexpr size_t kSymbols = 257;
constexpr uint16_t kEndMark = 256;
constexpr size_t kLongest = 30;

// Bits of each symbol's code, the end mark's last (appendix B). Codes of one length follow one
// another in the order of their symbols, so the lengths say it all.
constexpr std::array<uint8_t, kSymbols> kLengths = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,  //
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,  //
    6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,   //
    5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8,  15, 6,  12, 10,  //
    13, 6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,   //
    7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8,  13, 19, 13, 14, 6,   //
    15, 5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,   //
    6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7,  15, 11, 14, 13, 28,  //
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,  //
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,  //
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,  //
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,  //
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,  //
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,  //
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,  //
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,  //
    30};

// By length: how many codes there are, the first of them, and its symbol's place in `symbols`.
struct Codes {
  std::array<uint16_t, kLongest + 1> count{};
  std::array<uint32_t, kLongest + 1> first{};
  std::array<uint16_t, kLongest + 1> place{};
  std::array<uint16_t, kSymbols> symbols{};
  uint32_t end = 0;  // behind the last code of the greatest length
};

constexpr Codes MakeCodes() {
  Codes codes;
  uint32_t code = 0;
  uint16_t place = 0;
  for (size_t length = 1; length <= kLongest; ++length) {
    code <<= 1;
    codes.first[length] = code;
    codes.place[length] = place;
    for (uint16_t symbol = 0; symbol < kSymbols; ++symbol) {
      if (kLengths[symbol] != length) continue;
      codes.symbols[place++] = symbol;
      ++codes.count[length];
      ++code;
    }
  }
  codes.end = code;
  return codes;
}

constexpr Codes kCodes = MakeCodes();
static_assert(kCodes.end == uint32_t{1} << kLongest, "a complete code uses every string of bits");

}  // namespace

std::optional<size_t> DecodeHuffman(Bytes coded, std::span<uint8_t> out) {
  size_t written = 0;
  uint32_t code = 0;
  size_t length = 0;
  for (const uint8_t byte : coded) {
    for (int bit = 7; bit >= 0; --bit) {
      code = code << 1 | (byte >> bit & 1);
      ++length;
      const uint32_t index = code - kCodes.first[length];
      if (code < kCodes.first[length] || index >= kCodes.count[length]) continue;
      const uint16_t symbol = kCodes.symbols[kCodes.place[length] + index];
      if (symbol == kEndMark || written == out.size()) return std::nullopt;
      out[written++] = static_cast<uint8_t>(symbol);
      code = 0;
      length = 0;
    }
  }
  // The end mark begins with ones.
  if (length > 7 || code != (uint32_t{1} << length) - 1) return std::nullopt;
  return written;
}

}  // namespace gnomon::decode
