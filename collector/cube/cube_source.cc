#include "collector/cube/cube_source.h"

namespace gnomon::cube {

Result<ReleasedCube> CubeSource::Read(Day first, Day end,
                                      std::span<const std::string> departments,
                                      uint32_t floor) const {
  if (end > first && MonthOf(first) != MonthOf(end - 1)) {
    return Internal("a released cube spans one month");
  }
  GNOMON_ASSIGN_OR_RETURN(const std::vector<store::ServiceUsage> usage,
                          store_.UsageByService(first, end));
  return Release(usage, departments, FloorWith(floor));
}

}  // namespace gnomon::cube
