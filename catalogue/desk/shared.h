// Names that more than one service, or one service and much else, is reached by.
#pragma once

#include <string_view>

namespace gnomon::catalogue {

// True where strangers share the names under `suffix` (a registry or a host of many tenants), or
// where such a suffix lies below it: a rule must not cover it.
bool IsSharedSuffix(std::string_view suffix);

}  // namespace gnomon::catalogue
