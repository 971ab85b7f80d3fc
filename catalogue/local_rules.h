// Reads the `local` mapping of a service in rules/*.yaml. The format: docs/formats/catalogue.md.
#pragma once

#include <string>

#include "base/status.h"
#include "base/yaml.h"
#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::catalogue {

// `origin` names the file in errors. Bounds and spelling are checked here, with the line; what
// holds over all services, by the table.
Status ReadLocalModel(const YAML::Node& node, const std::string& origin, v1::LocalModel* out);

}  // namespace gnomon::catalogue
