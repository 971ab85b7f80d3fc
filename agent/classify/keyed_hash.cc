#include "agent/classify/keyed_hash.h"

#include <array>
#include <bit>
#include <cstring>

#include "base/random.h"

namespace gnomon::classify {
namespace {

struct State {
  uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }
  void Absorb(uint64_t word) {
    v3 ^= word;
    Round();
    v0 ^= word;
  }
};

}  // namespace

KeyedHash KeyedHash::WithRandomKey() {
  std::array<uint8_t, 16> raw;
  FillRandom(raw);
  uint64_t keys[2];
  std::memcpy(keys, raw.data(), sizeof(keys));
  return KeyedHash(keys[0], keys[1]);
}

uint64_t KeyedHash::operator()(Bytes bytes) const {
  State state{key0_ ^ 0x736f6d6570736575, key1_ ^ 0x646f72616e646f6d, key0_ ^ 0x6c7967656e657261,
              key1_ ^ 0x7465646279746573};
  size_t at = 0;
  // Words are taken in the machine's byte order: the value never leaves this process.
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    state.Absorb(word);
  }
  uint64_t last = static_cast<uint64_t>(bytes.size()) << 56;
  for (unsigned shift = 0; at < bytes.size(); ++at, shift += 8) {
    last |= static_cast<uint64_t>(bytes[at]) << shift;
  }
  state.Absorb(last);
  state.v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) state.Round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace gnomon::classify
