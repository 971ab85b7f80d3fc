// The `log:` mapping that every program's configuration has: level and format.
#pragma once

#include <string>

#include "base/log.h"
#include "base/yaml.h"

namespace gnomon::log {

// Reads `log: {level: info, format: text}` of `fields`; missing keys leave *level and *format alone.
// `origin` names the file in errors, which come back and not through `fields`.
Status ReadConfig(YamlFields& fields, const std::string& origin, Level* level, Format* format);

const char* LevelName(Level level);
const char* FormatName(Format format);

}  // namespace gnomon::log
