// Files that are installed beside the programs.
#pragma once

#include <filesystem>
#include <string_view>

namespace gnomon {

// ../share/gnomon/NAME from the running program: right in a build folder and when installed. Falls back
// to /usr/share/gnomon/NAME. The file need not exist.
std::filesystem::path SharedFile(std::string_view name);

}  // namespace gnomon
