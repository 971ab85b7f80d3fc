// Random bytes from the kernel (getrandom(2)).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace gnomon {

void FillRandom(std::span<uint8_t> out);  // aborts where the kernel has no entropy source
std::string RandomHex(size_t bytes);      // 2 * bytes characters

std::string ToHex(std::span<const uint8_t> bytes);

}  // namespace gnomon
