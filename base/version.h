// The version that programs print and agents report; set from the project's version by CMake.
#pragma once

namespace gnomon {
inline constexpr char kVersion[] = GNOMON_VERSION;
}  // namespace gnomon
