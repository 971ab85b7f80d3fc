// The public suffix list (publicsuffix.org) by libpsl: under which names do strangers register?
#pragma once

#include <string>
#include <string_view>

namespace gnomon::catalogue {

// True for "co.uk", "github.io", "s3.amazonaws.com": names of the list, of registries and of
// providers alike. A top-level name that the list does not know is none. `host` as in a rule.
bool IsPublicSuffix(std::string_view host);

// "openai.com" of "api.openai.com"; the whole of `host` where nobody could register it.
std::string RegisteredDomain(std::string_view host);

}  // namespace gnomon::catalogue
