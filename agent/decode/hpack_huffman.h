// Huffman-coded strings of HPACK (RFC 7541 section 5.2, appendix B).
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"

namespace gnomon::decode {

// Writes the string into `out` and returns its length. Nothing where `out` is too small, where the
// string holds the end mark, or ends in other bits than the mark's first ones or in more than 7.
std::optional<size_t> DecodeHuffman(Bytes coded, std::span<uint8_t> out);

}  // namespace gnomon::decode
