// `gnomon catalogue list`: the services as a table, JSON or CSV, chosen and counted.
#pragma once

#include <CLI/CLI.hpp>

namespace gnomon::cli {

void AddCatalogueList(CLI::App& group, int* exit_code);

}  // namespace gnomon::cli
