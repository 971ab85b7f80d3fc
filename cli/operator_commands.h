// gnomon operators create | list | revoke
#pragma once

#include <CLI/CLI.hpp>

#include "cli/session.h"

namespace gnomon::cli {

// See AddQueryCommands().
void AddOperatorCommands(CLI::App& app, const SessionOptions* session, int* exit_code);

}  // namespace gnomon::cli
