// `gnomon catalogue diff`, `export` and `add`.
#pragma once

#include <CLI/CLI.hpp>

namespace gnomon::cli {

void AddCatalogueDesk(CLI::App& group, int* exit_code);

}  // namespace gnomon::cli
