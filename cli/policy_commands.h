// gnomon policy lint | build | show | sign | cosign | verify
#pragma once

#include <CLI/CLI.hpp>

namespace gnomon::cli {

// Registers `policy` and its subcommands on `app`. Exit codes as in AddCatalogueCommands().
void AddPolicyCommands(CLI::App& app, int* exit_code);

}  // namespace gnomon::cli
