// What the catalogue's commands share: reading one, and their exit codes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "catalogue/table.h"

namespace gnomon::cli {

// Of `lint` with findings, `match` with a host of no service, `diff` with differences; the codes of
// every other failure are those of gnomon itself.
inline constexpr int kCatalogueFound = 1;

inline constexpr char kCatalogueHelp[] =
    "Compiled catalogue (default: the one built or installed with this program)";

// Says what is wrong on the error stream; kExitWrongInput.
int FailCatalogue(const Status& status);

// `file` empty: the one built or installed with this program.
Result<std::shared_ptr<const catalogue::Table>> LoadTable(const std::string& file);
// A compiled file, or a folder of rules.
Result<v1::Catalogue> LoadCatalogue(const std::string& file);

// What people type: any case, maybe the root's dot.
std::string NormaliseHost(std::string host);

// Days since 1970-01-01, in UTC.
int32_t Today();

}  // namespace gnomon::cli
