// Seeded chance that is the same on every machine: the standard library's distributions are not.
#pragma once

#include <cstdint>
#include <string_view>

namespace gnomon::fleet {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    return Scramble(state_);
  }
  // Uniform in [low, high].
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Next() % static_cast<uint64_t>(high - low + 1));
  }
  bool Chance(double probability) {
    return static_cast<double>(Next() >> 11) * 0x1.0p-53 < probability;
  }
  // At least 1, `mean` on average, many small and a few large (geometric), `most` at most.
  int Count(double mean, int most) {
    int count = 1;
    while (count < most && Chance(1.0 - 1.0 / mean)) ++count;
    return count;
  }

  static uint64_t Scramble(uint64_t value) {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
  }

 private:
  uint64_t state_;
};

// A seed for one thing among many, so that what one does never shifts what another does.
inline uint64_t SeedOf(uint64_t seed, std::string_view name, uint64_t number) {
  for (const char c : name) seed = Dice::Scramble(seed ^ static_cast<unsigned char>(c));
  return Dice::Scramble(seed + 0x9e3779b97f4a7c15 * (number + 1));
}

}  // namespace gnomon::fleet
