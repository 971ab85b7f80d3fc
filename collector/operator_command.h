// `gnomon-collector operator`: an operator's credential made on the server itself, for the first
// day and for whoever is locked out. Whoever can run it holds the authority's key anyway.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/status.h"

namespace gnomon::collector {

struct OperatorArguments {
  std::filesystem::path data;  // the folder that init made; a collector may run on it
  std::string name;
  std::string role = "administrator";
  std::string expires = "90d";
  std::filesystem::path out;  // must not exist
};

// Writes the credential, and a line into the audit log.
Status MakeOperator(const OperatorArguments& arguments, TimeUs now);

}  // namespace gnomon::collector
