// That a user of this laptop has paused the agent: one small file in the state folder, so that it holds over restarts.
#pragma once

#include <filesystem>
#include <optional>

#include "base/clock.h"
#include "base/status.h"

namespace gnomon::control {

inline constexpr int64_t kNoEnd = 0;

// Until when, Unix seconds, or kNoEnd; nothing where it is not paused at `now`. A damaged file is a pause without an end:
// somebody asked for one.
std::optional<int64_t> ReadPause(const std::filesystem::path& state, TimeUs now);
Status WritePause(const std::filesystem::path& state, int64_t until);
Status RemovePause(const std::filesystem::path& state);

}  // namespace gnomon::control
