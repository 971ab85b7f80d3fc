// `gnomon finance`: what finance knows of departments, checked before the collector reads it.
#pragma once

#include <CLI/CLI.hpp>

namespace gnomon::cli {

void AddFinanceCommands(CLI::App& app, int* exit_code);

}  // namespace gnomon::cli
