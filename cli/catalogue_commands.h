// gnomon catalogue build | lint | match | list | sign | cosign | verify
#pragma once

#include <CLI/CLI.hpp>

namespace gnomon::cli {

// Registers `catalogue` and its subcommands on `app`. They run while `app` parses, print to stdout,
// report errors on stderr and set *exit_code, which must outlive the parse: 0 done, 1 findings or a
// host without a service, 2 wrong input.
void AddCatalogueCommands(CLI::App& app, int* exit_code);

}  // namespace gnomon::cli
