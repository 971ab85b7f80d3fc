// The one door from the store to whoever answers questions: what comes out has passed the gate.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "collector/cube/release_gate.h"
#include "collector/store/store.h"

namespace gnomon::cube {

// Threads: safe where the store is.
class CubeSource {
 public:
  // `store` must outlive this. kInvalidArgument where the floor is under kFloorMinimum comes from
  // Read(), on every call.
  CubeSource(store::Store& store, uint32_t floor) : store_(store), floor_(floor) {}

  // The collector's own floor, or the policy's where that is higher (0: it has none).
  uint32_t FloorWith(uint32_t policy) const { return std::max(floor_, policy); }

  // Local days [first, end), which must lie in one calendar month: devices are counted a month.
  // `floor` below the collector's own is its own.
  Result<ReleasedCube> Read(Day first, Day end, std::span<const std::string> departments,
                            uint32_t floor = 0) const;

 private:
  store::Store& store_;
  const uint32_t floor_;
};

}  // namespace gnomon::cube
