// gnomon devices list | revoke | forget
#pragma once

#include <CLI/CLI.hpp>

#include "cli/session.h"

namespace gnomon::cli {

// See AddQueryCommands().
void AddDeviceCommands(CLI::App& app, const SessionOptions* session, int* exit_code);

}  // namespace gnomon::cli
