// gnomon departments | services
#pragma once

#include <CLI/CLI.hpp>

#include "cli/session.h"

namespace gnomon::cli {

// Registers the commands. They run while `app` parses and set *exit_code; both pointers must outlive
// the parse.
void AddQueryCommands(CLI::App& app, const SessionOptions* session, int* exit_code);

}  // namespace gnomon::cli
