#include "catalogue/locate.h"

#include "base/shared_file.h"

namespace gnomon::catalogue {

std::filesystem::path DefaultCatalogue() {
  return SharedFile("catalogue.pb");
}

}  // namespace gnomon::catalogue
