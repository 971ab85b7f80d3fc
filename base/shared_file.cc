#include "base/shared_file.h"

#include <system_error>

namespace gnomon {

std::filesystem::path SharedFile(std::string_view name) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return std::filesystem::path("/usr/share/gnomon") / name;
  return program.parent_path().parent_path() / "share" / "gnomon" / name;
}

}  // namespace gnomon
