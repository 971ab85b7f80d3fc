#include "catalogue/locate.h"

#include <system_error>

namespace gnomon::catalogue {

std::filesystem::path DefaultCatalogue() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return "/usr/share/gnomon/catalogue.pb";
  return program.parent_path().parent_path() / "share" / "gnomon" / "catalogue.pb";
}

}  // namespace gnomon::catalogue
