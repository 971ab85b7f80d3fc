// The one door from the store to whoever answers questions: what comes out has passed the gate.
#pragma once

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

  uint32_t floor() const { return floor_; }

  // Local days [first, end), which must lie in one calendar month: devices are counted a month.
  Result<ReleasedCube> Read(Day first, Day end, std::span<const std::string> departments) const;

 private:
  store::Store& store_;
  const uint32_t floor_;
};

}  // namespace gnomon::cube
