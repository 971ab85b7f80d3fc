#include "catalogue/desk/public_suffix.h"

#include <libpsl.h>

namespace gnomon::catalogue {
namespace {

// The system's list where it is newer than the one inside the library. Kept to the program's end.
const psl_ctx_t* List() {
  static const psl_ctx_t* const list = psl_latest(nullptr);
  return list;
}

}  // namespace

bool IsPublicSuffix(std::string_view host) {
  const psl_ctx_t* list = List();
  return list != nullptr && psl_is_public_suffix2(list, std::string(host).c_str(),
                                                  PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1;
}

std::string RegisteredDomain(std::string_view host) {
  const std::string name{host};
  const psl_ctx_t* list = List();
  const char* domain = list == nullptr ? nullptr : psl_registrable_domain(list, name.c_str());
  return domain == nullptr ? name : domain;
}

}  // namespace gnomon::catalogue
