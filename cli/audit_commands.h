// gnomon audit: who asked what, and whether the log of it is whole.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/session.h"

namespace gnomon::cli {

// Pointers must outlive the parsing.
void AddAuditCommands(CLI::App& app, const SessionOptions* session, int* exit_code);

}  // namespace gnomon::cli
