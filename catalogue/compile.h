// rules/*.yaml -> the catalogue file that agents load.
#pragma once

#include <filesystem>

#include "base/status.h"
#include "catalogue/rules.h"
#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::catalogue {

// Every error of the rules, one a line, each with file, line, service and field. The same rules
// give the same bytes: services by id, hosts by suffix, and as the day of building the newest
// review.
Result<v1::Catalogue> Compile(const RuleSet& rules);
Result<v1::Catalogue> CompileFolder(const std::filesystem::path& folder);

}  // namespace gnomon::catalogue
