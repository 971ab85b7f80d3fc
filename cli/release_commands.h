// gnomon trust keygen | root | rotate; and for each kind of release: sign | cosign | verify
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/status.h"
#include "trust/release.h"

namespace gnomon::cli {

// Registers `trust` and its subcommands on `app`. Exit codes as in AddCatalogueCommands().
void AddTrustCommands(CLI::App& app, int* exit_code);

// Registers sign, cosign and verify on `group` (`gnomon catalogue`, `gnomon policy`). `check` says
// what is wrong with a body of this kind, or describes it in one line.
using BodyCheck = std::function<Result<std::string>(const std::string& body)>;
void AddReleaseCommands(CLI::App& group, trust::Kind kind, BodyCheck check, int* exit_code);

}  // namespace gnomon::cli
